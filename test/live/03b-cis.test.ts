import { WORKLOAD_LABEL } from '../../constructs/platforms/docker/naming';
import { unexplained, waivers } from '../policy/waivers';
import { judge, rules, type Seen } from './cis';
import { containers, engine } from './support/engine';

describe('the runtime section of the CIS Docker Benchmark', () => {
  let running: Seen[];

  beforeAll(async () => {
    const all = (await containers()).filter((c) => c.State.Running);
    running = await Promise.all(
      all.map(async (inspected) => ({
        workload: inspected.Config.Labels[WORKLOAD_LABEL]!,
        inspected,
        processes: ((await engine.getContainer(inspected.Id).top()) as { Processes: string[][] }).Processes.map((p) =>
          p.join(' '),
        ),
      })),
    );
  });

  it('is kept by every container but for what is waived, and every waiver is needed', () => {
    expect(running.length).toBeGreaterThanOrEqual(14);
    expect(unexplained(judge(running), waivers.cis)).toEqual([]);
  });

  it('is not kept by a container that is careless: every rule can fail', () => {
    const [one] = running as [Seen];
    const careless = {
      ...one.inspected,
      AppArmorProfile: 'unconfined',
      Config: { ...one.inspected.Config, Healthcheck: undefined },
      HostConfig: {
        Privileged: true,
        PublishAllPorts: true,
        PortBindings: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '80' }] },
        RestartPolicy: { Name: 'always' },
        SecurityOpt: ['seccomp=unconfined', 'label=disable'],
        Devices: [{}],
        Ulimits: [{}],
        CgroupParent: '/',
        ...{ NetworkMode: 'host', PidMode: 'host', IpcMode: 'host', UTSMode: 'host', UsernsMode: 'host' },
      },
      NetworkSettings: { Networks: { bridge: {} } },
      Mounts: [{ Type: 'bind', Source: '/var/run/docker.sock', Destination: '/s', RW: true, Propagation: 'rshared' }],
    } as unknown as Seen['inspected'];
    const found = judge([{ workload: 'careless', inspected: careless, processes: ['/usr/sbin/sshd -D'] }]);
    expect(new Set(found.map(({ rule }) => rule))).toEqual(new Set(Object.keys(rules)));
  });
});
