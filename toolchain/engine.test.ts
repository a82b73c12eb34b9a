import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engine, forbidden, forgetDeadEngine, noEngine, startCommand } from './engine';

test('an engine that DOCKER_HOST names wrongly is not replaced by another one', async () => {
  await expect(engine(() => {}, { DOCKER_HOST: 'unix:///nowhere.sock' })).rejects.toThrow(
    'DOCKER_HOST is "unix:///nowhere.sock", and no Docker engine answers there',
  );
});

test('a user without permission reads which command gives it', () => {
  expect(forbidden('unix:///var/run/docker.sock', 'ada')).toContain('sudo usermod -aG docker ada');
});

test('where nothing may be installed, the message has the command', () => {
  expect(noEngine('linux')).toContain('sudo apt-get install docker.io iptables');
  expect(noEngine('darwin')).toContain('Docker Desktop');
});

test('systemd starts the engine where it runs the machine, or it would not come back after a reboot', () => {
  expect(startCommand(true)).toBe('systemctl');
  expect(startCommand(false)).toBe('dockerd');
});

test('an engine that was killed does not keep the next one from starting', () => {
  const [run, proc] = [mkdtempSync(join(tmpdir(), 'run-')), mkdtempSync(join(tmpdir(), 'proc-'))];
  mkdirSync(join(run, 'docker/containerd'), { recursive: true });
  mkdirSync(join(proc, '7'));
  mkdirSync(join(proc, '8'));
  writeFileSync(join(proc, '7', 'comm'), 'bash\n');
  writeFileSync(join(proc, '8', 'comm'), 'containerd\n');
  writeFileSync(join(run, 'docker.pid'), '7');
  writeFileSync(join(run, 'docker/containerd/containerd.pid'), '8');
  forgetDeadEngine(run, proc);
  expect(existsSync(join(run, 'docker.pid'))).toBe(false);
  expect(existsSync(join(run, 'docker/containerd/containerd.pid'))).toBe(true);
});
