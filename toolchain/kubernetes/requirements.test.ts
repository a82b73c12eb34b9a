import { adviceFor, missingRequirements } from './requirements';

const fine = { OSType: 'linux', ServerVersion: '20.10.24', SecurityOptions: ['name=seccomp'], MemTotal: 4 * 2 ** 30 };

test('an engine that can run the node is let through', () => {
  expect(missingRequirements(fine)).toEqual([]);
  expect(missingRequirements({ ...fine, ServerVersion: '29.0.1', CgroupVersion: '2' })).toEqual([]);
});

test.each([
  ['a rootless one', { SecurityOptions: ['name=seccomp,profile=default', 'name=rootless'] }, 'DOCKER_HOST'],
  ['one for Windows containers', { OSType: 'windows' }, 'switch it to Linux containers'],
  ['an old one', { ServerVersion: '19.03.15' }, 'update it'],
  ['a small one', { MemTotal: 512 * 2 ** 20 }, '512 MiB of memory'],
])('%s is refused before anything is built, with what to do', (_, differs, advice) => {
  expect(missingRequirements({ ...fine, ...differs })).toEqual([expect.stringContaining(advice)]);
});

test.each([
  ['OCI runtime create failed: unable to apply caps: operation not permitted', 'without a capability'],
  ['node: the kernel of the machine has not loaded br_netfilter', 'modprobe br_netfilter'],
  ['error gathering device information: stat /dev/kmsg: no such file or directory', 'mknod /dev/kmsg'],
  ['node: /sys/fs/cgroup/memory cannot be made writable', 'userns-remap'],
  ['Bind for 127.0.0.1:16443 failed: port is already allocated', 'run the command again'],
])('"%s" comes with advice, or nobody would know what the engine wants', (message, advice) => {
  expect(adviceFor(message)).toContain(advice);
});

test('a message that is not known gets no advice', () => {
  expect(adviceFor('no space left on device')).toBeUndefined();
});
