import { engine, forbidden, noEngine, startCommand } from './engine';

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
