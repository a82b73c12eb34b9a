import { existsSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import Docker from 'dockerode';
import { cacheFolder, whileLocked, writeAtomically } from '../cache';
import { engine } from '../engine';
import { type Log, print, seconds, timed } from '../log';
import { runOrFail } from '../run';
import { findCommand } from '../system';
import { kubeconfig, type Kubeconfig, kubeconfigFile } from './kubeconfig';
import { kubernetesProgram, nodeImage, nodeImageReference } from './node-image';
import { freePort } from './port';
import { adviceFor, missingRequirements } from './requirements';

/** The cluster of this machine, where no other name is given: the container's name and the context's. */
export const defaultCluster = 'streaming-cluster';

/** Only containers with it are ours to start and remove. */
const CLUSTER_LABEL = 'io.streaming-platform.cluster';
const readySeconds = 240;
/** The types of the client do not know it. */
const ownCgroups = { CgroupnsMode: 'private' };

export interface Cluster {
  readonly name: string;
  /** Name of the context, in a kubeconfig of its own. */
  readonly context: string;
  readonly kubeconfig: string;
  readonly container: string;
}

export interface UpOptions {
  readonly name?: string;
  /** Adds the context to the user's own kubeconfig as well. @default false */
  readonly writeKubeconfig?: boolean;
  readonly log?: Log;
}

/** Makes sure that the test cluster runs and answers. Safe to repeat. */
export async function clusterUp({ name = defaultCluster, writeKubeconfig = false, log = print }: UpOptions = {}) {
  const started = Date.now();
  const docker = await connect(log);
  const problems = missingRequirements((await docker.info()) as Parameters<typeof missingRequirements>[0]);
  if (problems.length > 0) throw new Error(`a Kubernetes node cannot run here:\n- ${problems.join('\n- ')}`);
  // One that exists is kept as it is, so nothing is built for it.
  const exists = (await find(docker, name)) !== undefined;
  const image = exists ? nodeImageReference() : await timed(log, 'node image', () => nodeImage(log));
  const cluster: Cluster = { name, context: name, kubeconfig: kubeconfigFile(name), container: name };
  await whileLocked(join(cacheFolder(), `cluster-${name}.lock`), `starting ${name}`, log, async () => {
    const node = await timed(log, 'node', () => start(docker, name, image));
    await timed(log, 'kubernetes', () => ready(node, name));
    await writeAccess(node.container, cluster);
  });
  log(`cluster: up as context ${name} in ${seconds(Date.now() - started)}`);
  log('To deploy to it:');
  log(`  export STREAMING_K8S_CONTEXT=${cluster.context} STREAMING_K8S_KUBECONFIG=${cluster.kubeconfig}`);
  if (writeKubeconfig) await mergeIntoUsers(cluster, log);
  return cluster;
}

/** Takes the cluster away with everything in it. Another container of that name is an error and stays. */
export async function clusterDown(name = defaultCluster, log: Log = print): Promise<void> {
  const docker = await connect(log);
  await whileLocked(join(cacheFolder(), `cluster-${name}.lock`), `removing ${name}`, log, async () => {
    const container = await find(docker, name);
    await container?.remove({ force: true, v: true });
    rmSync(dirname(kubeconfigFile(name)), { recursive: true, force: true });
    log(
      container ? `cluster: ${name} is removed, with its volumes and its kubeconfig` : `cluster: there is no ${name}`,
    );
    const left = namedIn(userKubeconfigs(), name);
    if (left !== undefined)
      log(`kubeconfig: ${left} still has the context; "kubectl config delete-context ${name}" takes it out`);
  });
}

/** Our own cluster of that name where it runs and answers; for who must not start one. */
export async function runningCluster(name = defaultCluster): Promise<Cluster | undefined> {
  const container = await find(new Docker(), name);
  if (container === undefined || !existsSync(kubeconfigFile(name))) return undefined;
  if (!(await isReady(container))) return undefined;
  return { name, context: name, kubeconfig: kubeconfigFile(name), container: name };
}

async function connect(log: Log): Promise<Docker> {
  const { host } = await timed(log, 'engine', () => engine(log));
  if (host !== undefined) process.env['DOCKER_HOST'] = host;
  return new Docker();
}

async function find(docker: Docker, name: string): Promise<Docker.Container | undefined> {
  const all = await docker.listContainers({ all: true, filters: { name: [`^/${name}$`] } });
  const found = all.find(({ Names }) => Names.includes(`/${name}`));
  if (found === undefined) return undefined;
  if (found.Labels[CLUSTER_LABEL] !== name)
    throw new Error(
      `the container ${name} was not made by this project and is left alone: rename it, or name the cluster otherwise (--name)`,
    );
  return docker.getContainer(found.Id);
}

interface Node {
  readonly container: Docker.Container;
  /** Made by this run: without anything in it that could be lost. */
  readonly fresh: boolean;
}

async function start(
  docker: Docker,
  name: string,
  image: string,
): Promise<{ readonly value: Node; readonly because: string }> {
  const found = await find(docker, name);
  if (found !== undefined) {
    const { State, Config } = await found.inspect();
    const other = Config.Image === image ? '' : ', made of other sources ("npm run cluster:down" first to renew it)';
    const value = { container: found, fresh: false };
    if (State.Running) return { value, because: `${name} runs already${other}` };
    await found.start();
    return { value, because: `${name} was stopped and is started again${other}` };
  }
  const port = await freePort();
  const made: Docker.ContainerCreateOptions = {
    name,
    Image: image,
    Hostname: 'node',
    Labels: { [CLUSTER_LABEL]: name },
    ExposedPorts: { '6443/tcp': {} },
    StopTimeout: 30,
    HostConfig: {
      // Not "privileged": that asks for CAP_SYS_RESOURCE too, which engines inside of containers do not have themselves.
      CapAdd: ['ALL'],
      CapDrop: ['SYS_RESOURCE'],
      SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined', 'label=disable'],
      MaskedPaths: [],
      ReadonlyPaths: [],
      ...ownCgroups,
      Devices: [{ PathOnHost: '/dev/kmsg', PathInContainer: '/dev/kmsg', CgroupPermissions: 'rwm' }],
      DeviceCgroupRules: ['a *:* rwm'],
      Tmpfs: { '/run': '' },
      // A port of ours and not the engine's choice, which would be another one after a restart.
      PortBindings: { '6443/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] },
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
    },
  };
  const container = await docker.createContainer(made);
  try {
    await container.start();
  } catch (error) {
    await container.remove({ force: true, v: true });
    throw new Error(notStarted((error as Error).message));
  }
  return { value: { container, fresh: true }, because: `${name} is made, with its API at 127.0.0.1:${port}` };
}

async function ready({ container, fresh }: Node, name: string) {
  const end = Date.now() + readySeconds * 1000;
  for (;;) {
    const { State } = await container.inspect();
    if (!State.Running) {
      const log = await lastLog(container);
      if (fresh) await container.remove({ force: true, v: true });
      throw new Error(notStarted(log));
    }
    if (await isReady(container)) return { value: undefined, because: 'it answers, and so does its DNS' };
    if (Date.now() > end)
      throw new Error(
        `the cluster ${name} is not ready after ${readySeconds} s; see "docker logs ${name}" and /var/log/node in it. ` +
          `Its last lines:\n${await lastLog(container)}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** The node says so itself. One that ends in this moment is not ready either. */
async function isReady(container: Docker.Container): Promise<boolean> {
  return execute(container, ['test', '-e', '/run/ready']).then(
    ({ code }) => code === 0,
    () => false,
  );
}

function notStarted(message: string): string {
  const advice = adviceFor(message);
  return `the cluster's node did not start: ${message.trim()}${advice === undefined ? '' : `\n${advice}`}`;
}

async function lastLog(container: Docker.Container): Promise<string> {
  const log = await container.logs({ stdout: true, stderr: true, tail: 30 });
  return withoutFrames(log).trim();
}

/** Runs a command in the node. */
export async function execute(container: Docker.Container, command: readonly string[]) {
  const exec = await container.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({});
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const { ExitCode } = await exec.inspect();
  return { code: ExitCode ?? 1, output: withoutFrames(Buffer.concat(chunks)) };
}

/** Without a terminal, the engine puts eight bytes before each piece: which stream, and how long. */
function withoutFrames(data: Buffer): string {
  let text = '';
  for (let at = 0; at + 8 <= data.length;) {
    const length = data.readUInt32BE(at + 4);
    text += data.subarray(at + 8, at + 8 + length).toString();
    at += 8 + length;
  }
  return text;
}

async function writeAccess(container: Docker.Container, cluster: Cluster): Promise<void> {
  const { NetworkSettings, HostConfig } = await container.inspect();
  const bindings =
    NetworkSettings.Ports['6443/tcp'] ?? (HostConfig.PortBindings as typeof NetworkSettings.Ports)['6443/tcp'];
  const read = async (file: string) => (await execute(container, ['cat', `/etc/kubernetes/${file}`])).output;
  const token = (await read('tokens.csv'))
    .split('\n')
    .find((line) => line.includes(',admin,'))
    ?.split(',')[0];
  if (!bindings?.[0] || !token) throw new Error(`the container ${cluster.container} holds no access to its API`);
  const server = `https://127.0.0.1:${bindings[0].HostPort}`;
  const content = kubeconfig(cluster.context, { server, certificateAuthority: await read('ca.crt'), token });
  writeAtomically(cluster.kubeconfig, content, 0o600);
}

function userKubeconfigs(env: NodeJS.ProcessEnv = process.env): string[] {
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  return named.length > 0 ? named : [join(env['HOME'] || homedir(), '.kube', 'config')];
}

function namedIn(files: readonly string[], context: string): string | undefined {
  return files.find((file) => existsSync(file) && readFileSync(file, 'utf8').includes(`name: ${context}\n`));
}

/** kubectl itself writes into the user's file: it keeps what is there, and locks it. */
async function mergeIntoUsers({ context, kubeconfig: ours }: Cluster, log: Log): Promise<void> {
  const [command, ...first] = await kubectl(log);
  const { clusters, users } = JSON.parse(readFileSync(ours, 'utf8')) as Kubeconfig;
  const { server, 'certificate-authority-data': authority } = clusters[0].cluster;
  const file = `${ours}.ca.crt`;
  writeAtomically(file, Buffer.from(authority, 'base64').toString(), 0o600);
  const config = (...args: string[]) =>
    runOrFail('adding the context to your kubeconfig', command, [...first, 'config', ...args]);
  await config('set-cluster', context, `--server=${server}`, `--certificate-authority=${file}`, '--embed-certs=true');
  await config('set-credentials', context, `--token=${users[0].user.token}`);
  await config('set-context', context, `--cluster=${context}`, `--user=${context}`);
  rmSync(file);
  log(`kubeconfig: context ${context} is added to ${userKubeconfigs()[0]}; the current context stays as it was`);
}

/** kubectl as a command with its first arguments: the one on PATH, else the one that the cluster is made of. */
export async function kubectl(log: Log = print): Promise<readonly [string, ...string[]]> {
  const onPath = findCommand('kubectl');
  if (onPath !== undefined) return [onPath];
  if (process.platform !== 'linux') throw new Error('kubectl is not on PATH and is needed: install it');
  return [await kubernetesProgram(log), 'kubectl'];
}
