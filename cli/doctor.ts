import { readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { streamGroup, topics, usersSubject } from '../pipeline-code/contract';
import { loadSettings } from '../stacks/settings';
import { cacheFolder } from '../toolchain/cache';
import { forbidden, noEngine } from '../toolchain/engine';
import { run } from '../toolchain/run';
import { secretNames } from '../toolchain/secrets';
import { canInstall } from '../toolchain/system';
import { decisions, realBinary } from '../toolchain/terraform-shim/decisions.cjs';
import { withDeadline } from './deadline';
import { type DockerDeployment, openDocker, services } from './docker';
import { explain } from './errors';
import { fitOf, missingImages } from './fit';
import { readOrEmpty } from './read';

export type State = 'ok' | 'warning' | 'wrong';

/** One line of the report. */
export interface Finding {
  readonly part: 'machine' | 'network' | 'files' | 'deployment';
  readonly what: string;
  readonly state: State;
  readonly value: string;
  /** The command or the step that mends it. */
  readonly mend?: string;
}

interface Check {
  readonly part: Finding['part'];
  readonly what: string;
  /** @throws with what is wrong, in words */
  readonly look: () => Promise<Answer | readonly Finding[]>;
  /** What to do where the look fails. */
  readonly mend?: string;
  /** A failure is no reason to say no: the deployment works without. */
  readonly optional?: boolean;
}

type Answer = Pick<Finding, 'value'> & Partial<Pick<Finding, 'state' | 'mend'>>;

const CHECK_SECONDS = 15;
const REGISTRY_SECONDS = 5;
/** Airflow's tokens and Cassandra's timestamps suffer from more; a registry's certificate from much more. */
const SKEW_SECONDS = 60;

/** Everything at once: what one check waits for does not keep the others waiting. */
export async function examine(): Promise<Finding[]> {
  const deployment = openDocker(loadSettings());
  const engine = await findEngine(deployment);
  const answers = engine.state !== 'wrong';
  const needsDownloads = !answers || (await missingImages(deployment.docker).catch(() => ['?'])).length > 0;
  const checks = [
    ...machineChecks(deployment, answers),
    ...networkChecks(needsDownloads),
    ...fileChecks(deployment),
    ...(answers ? await deploymentChecks(deployment) : []),
  ];
  return [engine, ...(await Promise.all(checks.map(perform))).flat()];
}

async function perform({ part, what, look, mend, optional }: Check): Promise<readonly Finding[]> {
  try {
    const answer = await withDeadline(Promise.resolve().then(look), CHECK_SECONDS);
    return 'value' in answer ? [{ part, what, state: 'ok', ...answer }] : answer;
  } catch (error) {
    return [{ part, what, state: optional ? 'warning' : 'wrong', value: explain(error).split('\n')[0]!, mend }];
  }
}

interface EngineFacts {
  readonly OperatingSystem: string;
  readonly Driver: string;
  readonly CgroupVersion?: string;
  readonly CgroupDriver?: string;
}

async function findEngine({ docker }: DockerDeployment): Promise<Finding> {
  const found = { part: 'machine', what: 'Docker engine' } as const;
  try {
    const [version, info] = await withDeadline(Promise.all([docker.version(), docker.info()]), CHECK_SECONDS);
    const { Driver: driver, CgroupVersion: cgroup, CgroupDriver: by, OperatingSystem: os } = info as EngineFacts;
    return {
      ...found,
      state: 'ok',
      value: `${version.Version}, API ${version.ApiVersion}, storage ${driver}, cgroup ${cgroup ?? '?'} (${by}), ${os}`,
    };
  } catch (error) {
    const { code, address = '' } = error as NodeJS.ErrnoException & { address?: string };
    const mend =
      code === 'EACCES' || code === 'EPERM'
        ? forbidden(address, process.env['USER'] ?? 'you')
        : process.env['DOCKER_HOST']
          ? `start the engine at ${process.env['DOCKER_HOST']}, or unset DOCKER_HOST`
          : canInstall()
            ? 'npm run setup (installs and starts one)'
            : noEngine(process.platform);
    return { ...found, state: 'wrong', value: `no answer (${code ?? explain(error).split('\n')[0]})`, mend };
  }
}

function machineChecks(deployment: DockerDeployment, engineAnswers: boolean): Check[] {
  const part = 'machine';
  const setUp = 'npm run setup';
  const always: Check[] = [
    // first.cjs has refused every other version before this runs.
    { part, what: 'Node', look: async () => ({ value: process.versions.node }) },
    {
      part,
      what: 'npm',
      mend: 'install npm together with Node',
      look: async () => ({ value: firstLine(await succeed('npm', ['--version'])) }),
    },
    {
      part,
      what: 'Terraform',
      mend: `${setUp} (builds OpenTofu where PATH has neither)`,
      look: async () => {
        const path = realBinary();
        return { value: `${firstLine(await succeed(path, ['version']))} at ${path}` };
      },
    },
    {
      part,
      what: 'Docker provider',
      mend: setUp,
      look: async () => {
        const { cliConfigFile, terraform } = decisions();
        if (terraform === undefined) return { state: 'wrong', value: 'not decided yet', mend: setUp };
        if (cliConfigFile === undefined) return { value: 'from the registry of Terraform' };
        statSync(cliConfigFile);
        return { value: 'from the mirror in the cache' };
      },
    },
  ];
  if (!engineAnswers) return always;
  return [
    ...always,
    {
      part,
      what: 'service images',
      look: async () => {
        const missing = await missingImages(deployment.docker);
        if (missing.length === 0) return { value: 'all there' };
        return { state: 'wrong', value: `missing: ${missing.join(', ')}`, mend: 'npm run images' };
      },
    },
    {
      part,
      what: 'room for the deployment',
      look: async () =>
        (await fitOf(deployment)).map(({ what, needed, found, verdict, mend }): Finding => ({
          part,
          what,
          state: verdict === 'missing' ? 'wrong' : verdict === 'tight' || verdict === 'unknown' ? 'warning' : 'ok',
          value: `${found} (needed: ${needed})`,
          mend,
        })),
    },
  ];
}

/** The registries that the ordinary clients of this machine are told to use. */
function registries(): readonly { what: string; find: () => Promise<string>; setting: string }[] {
  const home = homedir();
  return [
    {
      what: 'npm registry',
      setting: 'npm config get registry',
      find: async () => firstLine(await succeed('npm', ['config', 'get', 'registry'])),
    },
    {
      what: 'Python index',
      setting: 'pip config list',
      find: async () => {
        const { stdout } = await run('python3', ['-m', 'pip', 'config', 'list'], { timeoutSeconds: 10 });
        return process.env['PIP_INDEX_URL'] ?? /index-url\s*=\s*'?([^'\s]+)/.exec(stdout)?.[1] ?? '';
      },
    },
    {
      what: 'Go module proxy',
      setting: 'GOPROXY',
      find: async () => {
        const { stdout } = await run('go', ['env', 'GOPROXY'], { timeoutSeconds: 10 });
        const set = process.env['GOPROXY'] ?? stdout;
        return (
          set
            .trim()
            .split(/[,|]/)
            .find((one) => one.startsWith('http')) ?? ''
        );
      },
    },
    {
      what: 'Maven repository',
      setting: '~/.m2/settings.xml',
      find: async () =>
        /<mirror>[^]*?<url>([^<]+)<\/url>/.exec(readOrEmpty(join(home, '.m2', 'settings.xml')))?.[1]?.trim() ?? '',
    },
  ];
}

function networkChecks(needed: boolean): Check[] {
  const part = 'network';
  return [
    ...registries().map(({ what, find, setting }): Check => ({
      part,
      what,
      optional: !needed,
      mend: `check the address (${setting}), the network and the proxy`,
      look: async () => {
        const address = await find();
        if (address === '') return { value: `not set (${setting}): the client's own default` };
        const { took } = await reach(address);
        return { value: `answers in ${(took / 1000).toFixed(1)} s (${setting})` };
      },
    })),
    {
      part,
      what: 'clock',
      optional: true,
      mend: 'it is compared with the npm registry, which has to be reached for that',
      look: async () => clock((await reach(firstLine(await succeed('npm', ['config', 'get', 'registry'])))).skew),
    },
    { part, what: 'proxy', look: async () => proxy(process.env) },
  ];
}

/** @param skew - seconds that this machine is ahead of a server, which says the time in whole seconds; undefined if it does not */
export function clock(skew: number | undefined): Answer {
  if (skew === undefined) return { value: 'the npm registry does not say what time it is' };
  if (Math.abs(skew) <= SKEW_SECONDS) return { value: `within ${SKEW_SECONDS} s of the npm registry's` };
  return {
    state: 'warning',
    value: `${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} the npm registry's`,
    mend: 'set the clock: sudo timedatectl set-ntp true',
  };
}

/** Any answer will do: many registries say 404 to their own root. */
async function reach(address: string): Promise<{ took: number; skew?: number }> {
  const url = new URL(address);
  const began = Date.now();
  const credentials = url.username
    ? { authorization: `Basic ${btoa(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`)}` }
    : undefined;
  url.username = url.password = '';
  const failed = (why: string) => new Error(`${url.href} does not answer (${why})`);
  const response = await fetch(url, {
    headers: credentials,
    signal: AbortSignal.timeout(REGISTRY_SECONDS * 1000),
  }).catch((error: Error) => Promise.reject(failed(explain(error))));
  await response.body?.cancel();
  if (response.status >= 500 || response.status === 407) throw failed(`HTTP ${response.status}`);
  const date = Date.parse(response.headers.get('date') ?? '');
  const took = Date.now() - began;
  return { took, skew: Number.isNaN(date) ? undefined : Math.round((began + took / 2 - date) / 1000) };
}

/** Programs that reach the services on this machine must not go through the proxy. */
export function proxy(env: NodeJS.ProcessEnv): Answer {
  const of = (name: string) => env[name] || env[name.toUpperCase()];
  const set = ['http_proxy', 'https_proxy'].filter(of);
  if (set.length === 0) return { value: 'none set' };
  const except = (of('no_proxy') ?? '').split(',').map((one) => one.trim());
  const value = `${set.join(' and ')} set`;
  if (except.some((one) => ['localhost', '127.0.0.1', '*'].includes(one))) return { value };
  return {
    state: 'warning',
    value: `${value}, also for this machine`,
    mend: 'export NO_PROXY=localhost,127.0.0.1 (with what it holds already)',
  };
}

function fileChecks({ folder, secretsFolder }: DockerDeployment): Check[] {
  const part = 'files';
  const cache = cacheFolder();
  return [
    {
      part,
      what: 'cache',
      look: async () => {
        const half = list(cache).filter((name) => name.startsWith('.half-'));
        const value = `${cache}, ${(await sizeOf(cache)).toFixed(1)} GiB`;
        if (half.length === 0) return { value };
        return {
          state: 'warning',
          value: `${value}, with ${half.length} half-written: ${half.join(', ')}`,
          mend: 'the next "npm run setup" makes them anew; if none runs now, they can be removed',
        };
      },
    },
    {
      part,
      what: 'secrets',
      look: async () => {
        const there = list(secretsFolder);
        const missing = secretNames.filter((name) => !there.includes(name));
        if (there.length === 0) return { value: 'none yet: the first "npm start" makes them' };
        if (missing.length === 0) return { value: `${secretNames.length} in ${join(folder, 'secrets')}` };
        return { state: 'wrong', value: `missing: ${missing.join(', ')}`, mend: 'npm run setup' };
      },
    },
  ];
}

async function sizeOf(folder: string): Promise<number> {
  const { stdout } = await run('du', ['-sk', folder], { timeoutSeconds: 10 });
  return Number.parseInt(stdout, 10) / 2 ** 20 || 0;
}

/** The way of a record from outside, each hop by its own protocol. */
async function deploymentChecks(deployment: DockerDeployment): Promise<Check[]> {
  const part = 'deployment';
  const { ports, name } = deployment.settings;
  if ((await services(deployment)).length === 0) {
    return [{ part, what: name, look: async () => ({ value: 'not deployed: "npm start" deploys it' }) }];
  }
  const hop = (what: string, service: string, look: Check['look']): Check => ({
    part,
    what,
    look,
    mend: `npx streaming logs ${service}`,
  });
  return [
    {
      part,
      what: 'services',
      mend: 'npx streaming status',
      look: async () => {
        const { troubled } = await import('./running.js');
        const trouble = await troubled(deployment);
        if (trouble.length === 0) return { value: 'all do their work' };
        return { state: 'wrong', value: trouble.join('; '), mend: 'npx streaming status' };
      },
    },
    hop('Airflow', 'airflow-api-server', async () => {
      const { Airflow } = await import('./airflow.js');
      const airflow = await Airflow.logIn(
        url(ports.airflow),
        'operations',
        deployment.secret('airflow-operations-password'),
      );
      const dag = await airflow.dag();
      if (dag === undefined)
        return { state: 'wrong', value: 'does not know the DAG', mend: 'npx streaming logs airflow-dag-processor' };
      return {
        state: dag.is_paused ? 'warning' : 'ok',
        value: `${dag.dag_id}${dag.is_paused ? ' is paused' : ' is ready'}`,
        mend: dag.is_paused ? `unpause it in ${url(ports.airflow)}` : undefined,
      };
    }),
    hop('producer', 'producer', async () => health(deployment, 'producer')),
    hop('Kafka', 'kafka', async () => {
      const { kafkaOf } = await import('./clients.js');
      const admin = (await kafkaOf(deployment)).admin();
      try {
        await admin.connect();
        const ends = await admin.fetchTopicOffsets(topics.users);
        return { value: `${topics.users}: ${ends.reduce((sum, one) => sum + Number(one.offset), 0)} records written` };
      } finally {
        await admin.disconnect();
      }
    }),
    hop('Schema Registry', 'schema-registry', async () => {
      const { registryUrlOf } = await import('./clients.js');
      const { version } = (await ask(
        `${await registryUrlOf(deployment)}/subjects/${usersSubject}/versions/latest`,
      )) as {
        version: number;
      };
      return { value: `${usersSubject}, version ${version}` };
    }),
    hop('stream', 'stream', async () => {
      const { kafkaOf } = await import('./clients.js');
      const admin = (await kafkaOf(deployment)).admin();
      try {
        await admin.connect();
        const [ends, [done]] = await Promise.all([
          admin.fetchTopicOffsets(topics.users),
          admin.fetchOffsets({ groupId: streamGroup, topics: [topics.users] }),
        ]);
        const lag = ends.reduce((sum, { partition, offset }) => {
          const at = Number(done?.partitions.find((one) => one.partition === partition)?.offset ?? 0);
          return sum + Number(offset) - Math.max(0, at);
        }, 0);
        await ask(`${url(ports.sparkDriver)}/api/v1/applications`);
        return { value: `driver answers, ${lag} records behind` };
      } finally {
        await admin.disconnect();
      }
    }),
    hop('Cassandra', 'cassandra', async () => {
      const { cassandraOf } = await import('./clients.js');
      const { keyspace, usersTable } = await import('../pipeline-code/contract/index.js');
      const client = await cassandraOf(deployment);
      try {
        const { rowLength } = await client.execute(`SELECT id FROM ${keyspace}.${usersTable} LIMIT 1`);
        return { value: rowLength > 0 ? 'the reader sees users' : 'the reader sees no user yet' };
      } finally {
        await client.shutdown();
      }
    }),
    hop('Control Center', 'control-center', async () => {
      await ask(`${url(ports.controlCenter)}/`, 'text');
      return { value: url(ports.controlCenter) };
    }),
  ];
}

/** Of a service that is not published: what its own check says. */
async function health({ docker, settings }: DockerDeployment, service: string): Promise<Answer> {
  const { State: state } = await docker.getContainer(`${settings.name}-${service}`).inspect();
  const value = state.Health?.Status ?? state.Status;
  return value === 'healthy' ? { value } : { state: 'wrong', value, mend: `npx streaming logs ${service}` };
}

function url(port: number): string {
  return `http://127.0.0.1:${port}`;
}

async function ask(address: string, as: 'json' | 'text' = 'json'): Promise<unknown> {
  const response = await fetch(address, { signal: AbortSignal.timeout(REGISTRY_SECONDS * 1000) });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response[as]();
}

async function succeed(command: string, args: readonly string[]): Promise<string> {
  const { code, stdout, output } = await run(command, args, { timeoutSeconds: CHECK_SECONDS });
  if (code !== 0) throw new Error(`"${command} ${args.join(' ')}" fails: ${firstLine(output)}`);
  return stdout;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
