import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { DEPLOYMENT_LABEL } from '../../constructs/platforms/docker/naming';
import { imageReference } from '../../toolchain/images/reference';
import { checkout, deployment, SOURCE, withoutSettings } from './support/checkout';
import { documented } from './support/documented';
import { run } from './support/run';

/** Another deployment than the one of the tests: it must never come into being. */
const NAME = `${deployment.name.slice(0, 14)}-bad`;
const settings = { STREAMING_NAME: NAME, STREAMING_PORT_OFFSET: '2700' };
const docker = new Docker();

const up = (env: NodeJS.ProcessEnv = {}, command = process.execPath, before: readonly string[] = []) =>
  run(command, [...before, join(checkout, 'toolchain', 'first.cjs'), 'up', '--no-proof'], {
    env: { ...withoutSettings(process.env), ...settings, ...env },
    timeoutSeconds: 60,
  });

/** Everything on the engine that has the name. */
async function made(): Promise<string[]> {
  const filters = { label: [`${DEPLOYMENT_LABEL}=${NAME}`] };
  const [containers, networks, volumes] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  return [
    ...containers.flatMap((c) => c.Names),
    ...networks.map((n) => n.Name),
    ...(volumes.Volumes ?? []).map((v) => v.Name),
  ];
}

afterEach(async () => expect(await made()).toEqual([]));

describe('what would end in the middle of a deployment is found before it begins:', () => {
  it('addresses that another network has', async () => {
    const network = await docker.createNetwork({ Name: `${NAME}x`, IPAM: { Config: [{ Subnet: '10.213.219.0/24' }] } });
    try {
      const { code, output } = await up();
      expect([code, output]).toEqual([2, expect.stringMatching(/10\.213\.219\.0\/24 is taken by the network/)]);
      expect(output).toMatch(/example \{ "subnetRange": "[\d./]+" \}/);
    } finally {
      await network.remove();
    }
  });

  it('a volume and a container with our names that are not ours', async () => {
    const volume = await docker
      .createVolume({ Name: `${NAME}-kafka-data` })
      .then(() => docker.getVolume(`${NAME}-kafka-data`));
    const container = await docker.createContainer({ name: `${NAME}-cassandra`, Image: imageReference('base') });
    try {
      const { code, output } = await up();
      expect(code).toBe(2);
      expect(output).toContain(`docker volume rm ${NAME}-kafka-data`);
      expect(output).toContain(`docker container rm ${NAME}-cassandra`);
    } finally {
      await container.remove();
      await volume.remove();
    }
  });

  it('a name that a deployment of another checkout has', async () => {
    const other = mkdtempSync(join(tmpdir(), 'other-'));
    mkdirSync(join(other, 'pipeline-code', 'dags'), { recursive: true });
    const container = await docker.createContainer({
      name: `${NAME}-airflow-scheduler`,
      Image: imageReference('base'),
      Labels: { [DEPLOYMENT_LABEL]: NAME },
      HostConfig: { Binds: [`${join(other, 'pipeline-code', 'dags')}:/dags:ro`] },
    });
    try {
      const { code, output } = await up();
      expect([code, output]).toEqual([2, expect.stringContaining(`a deployment of the checkout ${other}`)]);
    } finally {
      await container.remove();
      rmSync(other, { recursive: true });
    }
  });

  it('a state that is cut off', async () => {
    const folder = join(checkout, '.deployments', NAME);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'local.tfstate'), '{ "version": 4, "resources": [');
    try {
      const { code, output } = await up();
      expect([code, output]).toEqual([2, expect.stringMatching(/broken or cut off .*\n[^]*mv .*local\.tfstate/)]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('a disk that is full', async () => {
    // A file system of 1 MiB in a name space of its own: nobody else sees it, and it ends with the command.
    const script = `mount -t tmpfs -o size=1m none ${tmpdir()} && exec "$0" "$@"`;
    const { code, output } = await up({ XDG_CACHE_HOME: join(tmpdir(), 'cache') }, 'unshare', [
      '--mount',
      'sh',
      '-c',
      script,
      process.execPath,
    ]);
    expect([code, output]).toEqual([2, expect.stringMatching(/cache folder .*MiB free in[^]*make room on the disk/)]);
  });

  it('a checkout that cannot be written', async () => {
    const script = 'mount --bind "$PWD" "$PWD" && mount -o remount,bind,ro "$PWD" && exec "$0" "$@"';
    const { code, output } = await up({}, 'unshare', ['--mount', 'sh', '-c', script, process.execPath]);
    expect([code, output]).toEqual([
      2,
      expect.stringMatching(/folder of the deployment .*cannot be written \(EROFS\)/),
    ]);
  });

  it('a user who may not talk to the engine', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'engine-'));
    const socket = join(folder, 'docker.sock');
    const server = createServer().listen(socket);
    await new Promise((done) => server.once('listening', done));
    chmodSync(socket, 0o600);
    chownSync(socket, 65534, 65534);
    // Without this right even root is a user like others.
    const drop = '--bounding-set=-dac_override';
    try {
      const { code, output } = await up({ DOCKER_HOST: `unix://${socket}` }, 'setpriv', [drop, process.execPath]);
      expect([code, output]).toEqual([
        1,
        expect.stringMatching(/does not let the user \w+ in\. Run "sudo usermod -aG docker/),
      ]);
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('an engine that is not there:', () => {
  const servers: { close(): void }[] = [];
  afterAll(() => servers.forEach((server) => server.close()));
  const listen = async (server: Server): Promise<string> => {
    servers.push(server.listen(0, '127.0.0.1'));
    await new Promise((done) => server.once('listening', done));
    return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  it.each<[string, () => Promise<string>]>([
    ['nothing listens', async () => 'tcp://127.0.0.1:1'],
    ['a socket that does not exist', async () => 'unix:///nowhere/docker.sock'],
    ['a server that hangs up', () => listen(createServer((socket) => socket.destroy()))],
    ['a web server', () => listen(createHttp((_, answer) => void answer.end('<html>')))],
  ])('%s', async (_, start) => {
    const DOCKER_HOST = await start();
    const { code, output } = await up({ DOCKER_HOST });
    expect([code, output]).toEqual([
      1,
      expect.stringContaining(`DOCKER_HOST is "${DOCKER_HOST}", and no Docker engine answers there`),
    ]);
    expect(output).not.toMatch(/\n\s+at /);
  });
});

describe('the pages', () => {
  it('show the settings and a file with mistakes as they are printed', async () => {
    const settings = await run('npx', ['streaming', 'settings']);
    documented('docs/commands/settings.md', 'settings', settings.output);
    const file = join(checkout, 'wrong.json');
    writeFileSync(file, '{\n  "portOfset": 100,\n  "profile": "large",\n  "memoryMiB": { "kafka": 100 }\n}\n');
    const check = await run('npx', ['streaming', 'settings', 'check', 'wrong.json']);
    rmSync(file);
    expect(check.code).toBe(2);
    documented('docs/commands/settings.md', 'settings-check', check.output);
  });

  it('name everything that the doctor looks at, with one JSON document on its output', async () => {
    const { output, code } = await run('sh', ['-c', 'npx streaming doctor --json 2> /dev/null']);
    const { healthy, findings } = JSON.parse(output) as {
      healthy: boolean;
      findings: { what: string; state: string }[];
    };
    expect(healthy).toBe(code === 0);
    const page = readFileSync(join(SOURCE, 'docs/commands/doctor.md'), 'utf8');
    const unnamed = findings.map(({ what }) => what).filter((what) => !page.includes(what.replace(/ ".*"$/, '')));
    expect(unnamed.filter((what) => what !== deployment.name && !/^(port \d|the \w+ name )/.test(what))).toEqual([]);
  });
});
