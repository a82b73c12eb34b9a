import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import Docker from 'dockerode';
import { imageReference } from '../../toolchain/images/reference';
import { buildImages } from '../../toolchain/images/build';
import { runOrFail } from '../../toolchain/run';
import { deployment, makeCheckout, port, SOURCE } from '../live/support/checkout';
import { until } from '../live/support/engine';
import { begin, cdktf, checkout, deployed, end, passed, streaming } from '../live/kubernetes/support';
import { onCluster } from './support/cluster';

const k8s = ['--platform', 'k8s'];
const name = `${deployment.name}-registry`;
const password = randomBytes(12).toString('hex');
/** The same on both sides: the engine pushes to it, and the node pulls from it. Only on this host need neither use TLS. */
const number = port(5000);
const registry = `localhost:${number}`;
const login = 'registry-login.json';

onCluster('a cluster whose nodes pull from a registry that asks for a login', () => {
  const docker = new Docker();
  let proxy: Server;

  const settings = (pullSecretFile?: string) => {
    const { context, kubeconfig } = deployed().settings.k8s;
    const images = { registry, ...(pullSecretFile === undefined ? {} : { pullSecretFile }) };
    makeCheckout(checkout, { ...deployment, userSource: 'twin', k8s: { context, kubeconfig }, images }, true);
    const auth = Buffer.from(`nodes:${password}`).toString('base64');
    writeFileSync(join(checkout, login), JSON.stringify({ auths: { [registry]: { auth } } }), { mode: 0o600 });
  };

  beforeAll(async () => {
    await begin('own');
    const node = docker.getContainer(deployed().settings.k8s.context!);
    await buildImages({ only: ['base'] });
    const folder = join(SOURCE, 'test/k8s/registry');
    await runOrFail('docker build', 'docker', [
      'build',
      '--quiet',
      '--tag',
      name,
      '--build-arg',
      `BASE=${imageReference('base')}`,
      folder,
    ]);
    await docker
      .getContainer(name)
      .remove({ force: true, v: true })
      .catch(() => {});
    const container = await docker.createContainer({
      name,
      Image: name,
      Env: [`PASSWORD=${password}`, `PORT=${number}`],
      HostConfig: { NetworkMode: `container:${node.id}` },
    });
    await container.start();
    const { NetworkSettings } = await node.inspect();
    const host = Object.values(NetworkSettings.Networks)[0]!.IPAddress;
    proxy = createServer((client) => {
      const server = connect(number, host);
      client.pipe(server).pipe(client);
      client.on('error', () => server.destroy());
      server.on('error', () => client.destroy());
    }).listen(number, '127.0.0.1');
    await until('the registry', 30, async () => (await fetch(`http://${registry}/v2/`)).status === 401);
    settings(login);
    passed(await streaming(['setup', ...k8s], { timeoutSeconds: 1800 }));
  }, 3_600_000);

  afterAll(async () => {
    proxy?.close();
    await docker
      .getContainer(name)
      .remove({ force: true, v: true })
      .catch(() => {});
    await docker
      .getImage(name)
      .remove()
      .catch(() => {});
    await end();
  }, 300_000);

  test('images that are not in the registry are named before anything is created', async () => {
    const { code, output } = await cdktf('deploy', 'k8s', '--auto-approve');
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/kafka:[0-9a-f]{12} is not there .* npx streaming images push/),
    ]);
    expect((await deployed().belongings()).nothing).toBe(true);
  }, 240_000);

  test('without the login nothing can be pushed, and the message says where a login comes from', async () => {
    settings();
    const { code, output } = await streaming(['images', 'push']);
    expect([code, output]).toEqual([1, expect.stringMatching(/was not pushed: .*Log in with "docker login"/)]);
    settings(login);
  }, 120_000);

  test('up pushes them, the nodes pull them with the login, and the proof passes', async () => {
    const up = await streaming(['up', ...k8s, '--users', '10'], { timeoutSeconds: 1200 });
    passed(up);
    expect(up.output).toContain('proof passed');
    const images = (await deployed().pods()).map(({ spec }) => spec!.containers[0]!.image!);
    expect(images.filter((image) => !image.startsWith(`${registry}/streaming-platform/`))).toEqual([]);
  }, 1_220_000);

  test('the password is in no output and in no plan', async () => {
    const diff = await cdktf('diff', 'k8s');
    expect([diff.code, diff.output]).toEqual([0, expect.stringContaining('No changes')]);
    expect(diff.output).not.toContain(password);
    expect(diff.output).not.toContain(Buffer.from(`nodes:${password}`).toString('base64'));
  }, 240_000);
});
