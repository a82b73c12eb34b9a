import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { platform, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import type Docker from 'dockerode';
import { DEPLOYMENT_LABEL } from '../constructs/platforms/docker/naming';
import { memoryProfiles, ROOT, servicesOf, type Settings } from '../stacks/settings';
import { cacheFolder } from '../toolchain/cache';
import { imageReference } from '../toolchain/images/reference';
import { imageNames } from '../toolchain/images/table';
import { mendState, stateProblem } from '../toolchain/terraform-shim/stack.cjs';
import { withDeadline } from './deadline';
import type { DockerDeployment } from './docker';
import { wrongInput } from './errors';
import { memoryOf } from './memory';
import { table } from './output';
import { freeOffset, takenPorts } from './ports';
import { readOrEmpty } from './read';

/** One thing that a deployment needs of its machine. */
export interface Need {
  readonly what: string;
  readonly needed: string;
  readonly found: string;
  /** `tight`: it can be deployed, and may suffer under load. */
  readonly verdict: 'fits' | 'tight' | 'missing' | 'unknown';
  /** What mends it. */
  readonly mend?: string;
}

/**
 * What the services of the small profile were measured to use after a proof, in MiB. Their limits together are two and a
 * half times as much: a limit is what one of them may take at its worst moment, and they do not have it all at once.
 */
export const measuredMiB: Readonly<Record<keyof Settings['memory'], number>> = {
  zookeeper: 52,
  kafka: 348,
  'schema-registry': 227,
  'control-center': 39,
  postgres: 50,
  'airflow-api-server': 302,
  'airflow-scheduler': 316,
  'airflow-dag-processor': 166,
  'spark-master': 163,
  'spark-worker': 427,
  stream: 578,
  cassandra: 792,
  producer: 46,
  'random-user': 31,
};
/** cdktf, Terraform and the build of the programs, while a deployment is made. */
const DEPLOYING_MIB = 512;
/** Volumes after the first proof (0.4 GiB) and full logs of every container. */
const DATA_GIB = 2;
const IMAGES_GIB = 6;
/** Processes and threads of all services, measured, and as many again for a start. */
const THREADS = 1000;
/** The kernel's own default, with which the tests run; Cassandra asks for 1048575 and only warns. */
const MAP_COUNT = 65530;
const STATE_MIB = 50;
const ENGINE_SECONDS = 10;

/** What the services will use with these limits: a larger limit means a larger heap, so in proportion. */
export function neededMiB(memory: Partial<Settings['memory']>): number {
  const services = Object.entries(memory) as [keyof Settings['memory'], number][];
  return services.reduce((sum, [name, limit]) => sum + measuredMiB[name] * (limit / memoryProfiles.small[name]), 0);
}

/**
 * Asks before anything is created whether the deployment can be made here: memory, disk, ports, addresses, names, kernel.
 *
 * @returns what is tight, in lines
 * @throws {CommandError} with a table of what is needed and found, exit code for wrong input
 */
export async function checkFit(deployment: DockerDeployment): Promise<string[]> {
  const needs = await fitOf(deployment);
  const missing = needs.filter(({ verdict }) => verdict === 'missing');
  if (missing.length > 0) {
    const rows = needs
      .filter(({ verdict }) => verdict !== 'unknown')
      .map(({ what, needed, found, verdict }) => [verdict === 'missing' ? '✖' : '✔', what, needed, found]);
    throw wrongInput(
      [
        `"${deployment.settings.name}" does not fit here; nothing was created`,
        table(['', 'what', 'needed', 'found'], rows),
        ...missing.map(({ what, mend }) => `${what}: ${mend ?? 'see above'}`),
      ].join('\n'),
    );
  }
  return needs.flatMap(({ what, needed, found, verdict, mend }) =>
    verdict === 'tight' ? [`${what}: needed ${needed}, found ${found}${mend ? `; ${mend}` : ''}`] : [],
  );
}

/** The same where an engine answers already; undefined where the set-up has to start one. */
export async function fitsAlready(deployment: DockerDeployment): Promise<string[] | undefined> {
  const answers = await withDeadline(deployment.docker.version(), ENGINE_SECONDS).then(
    ({ ApiVersion: version }) => typeof version === 'string', // a web server answers as well
    () => false,
  );
  return answers ? checkFit(deployment) : undefined;
}

/** Everything that a deployment needs, as it is now. @throws where the engine cannot be asked */
export async function fitOf(deployment: DockerDeployment): Promise<Need[]> {
  const { docker } = deployment;
  const info = (await withDeadline(docker.info(), ENGINE_SECONDS)) as EngineInfo;
  const isHere = isLocal(info);
  const parts = await Promise.all([
    memoryNeed(deployment, info, isHere),
    diskNeed(docker, info, isHere),
    portNeeds(deployment),
    nameNeeds(deployment),
    subnetNeed(deployment, isHere),
  ]);
  return [
    ...replicaNeeds(deployment.settings),
    ...parts.flat(),
    ...kernelNeeds(isHere),
    ...folderNeeds(deployment.folder),
    stateNeed(deployment.stateFile),
  ];
}

/** The Docker platform would refuse as well, after the set-up. */
export function replicaNeeds({ replicas }: Pick<Settings, 'replicas'>): Need[] {
  const several = Object.entries(replicas).filter(([, count]) => count > 1);
  if (several.length === 0) return [];
  return [
    {
      what: 'replicas',
      needed: several.map(([service, count]) => `${count} of ${service}`).join(', '),
      found: 'an engine that runs one of each',
      verdict: 'missing',
      mend: 'set "profile" to "small" or "standard" and leave "sparkWorkers" out, or deploy to a cluster: npx cdktf deploy k8s',
    },
  ];
}

interface EngineInfo {
  readonly MemTotal: number;
  readonly DockerRootDir: string;
}

/** Whether the engine shares this machine's memory and disk: its own figure of the memory is this kernel's. */
function isLocal({ MemTotal: theirs, DockerRootDir: root }: EngineInfo): boolean {
  return platform() === 'linux' && Math.abs(theirs - totalmem()) < 2 ** 20 && existsSync(root);
}

async function memoryNeed(deployment: DockerDeployment, info: EngineInfo, isHere: boolean): Promise<Need> {
  const { profile } = deployment.settings;
  const memory = Object.fromEntries(
    servicesOf(deployment.settings).map((one) => [one, deployment.settings.memory[one]]),
  );
  const own = async () => (await memoryOf(deployment)).reduce((sum, { usedMiB }) => sum + usedMiB, 0);
  const free = isHere ? memAvailable() : info.MemTotal / 2 ** 20 - (await usedByAll(deployment.docker));
  const needed = neededMiB(memory) + DEPLOYING_MIB;
  // What the deployment itself uses now comes free, or is not needed a second time.
  const available = free >= needed ? free : free + (await own());
  return memoryVerdict(memory, profile, available);
}

/** @param available - in MiB */
export function memoryVerdict(memory: Partial<Settings['memory']>, profile: string, available: number): Need {
  const limits = Object.values(memory).reduce((sum, one) => sum + one, 0);
  const needed = neededMiB(memory) + DEPLOYING_MIB;
  const need = { what: 'memory', needed: gib(needed), found: `${gib(available)} available` };
  if (available >= limits) return { ...need, verdict: 'fits' };
  if (available >= needed)
    return {
      ...need,
      verdict: 'tight',
      mend: `the limits together are ${gib(limits)}, which is needed only under load`,
    };
  const { small, standard } = memoryProfiles;
  const fitting = Object.entries({ small, standard })
    .filter(([name]) => name !== profile)
    .map(([name, limit]) => ({ name, needed: neededMiB(limit) + DEPLOYING_MIB }))
    .filter((one) => one.needed <= available)
    .sort((a, b) => b.needed - a.needed)[0];
  const mend = fitting
    ? `the largest profile that fits is "${fitting.name}" (${gib(fitting.needed)}): set { "profile": "${fitting.name}" } in settings.json`
    : `no profile fits: end other programs or deployments until ${gib(needed)} are free ("docker stats" shows what containers use)`;
  return { ...need, verdict: 'missing', mend };
}

async function diskNeed(docker: Docker, { DockerRootDir: folder }: EngineInfo, isHere: boolean): Promise<Need> {
  const missing = await missingImages(docker);
  const needed = DATA_GIB + (IMAGES_GIB * missing.length) / imageNames.length;
  const need = { what: 'disk of the engine', needed: `${needed.toFixed(1)} GiB` };
  if (!isHere) return { ...need, found: 'not known: the engine is on another machine', verdict: 'unknown' };
  const { bavail, bsize } = statfsSync(folder);
  const free = (bavail * bsize) / 2 ** 30;
  return {
    ...need,
    found: `${free.toFixed(1)} GiB free in ${folder}`,
    verdict: free >= needed ? 'fits' : 'missing',
    mend:
      free >= needed
        ? undefined
        : '"docker system df" shows what takes the room; "docker image prune" removes images that nothing uses',
  };
}

/** Service images that the set-up would have to build. */
export async function missingImages(docker: Docker): Promise<string[]> {
  const there = new Set((await docker.listImages()).flatMap(({ RepoTags: tags }) => tags ?? []));
  return imageNames.filter((name) => !there.has(imageReference(name)));
}

async function portNeeds(deployment: DockerDeployment): Promise<Need[]> {
  const { ports, portOffset } = deployment.settings;
  const taken = await takenPorts(deployment);
  const what = 'ports on 127.0.0.1';
  if (taken.length === 0)
    return [{ what, needed: Object.values(ports).join(', '), found: 'all free, or ours', verdict: 'fits' }];
  const other = await freeOffset(portOffset);
  const move =
    other === undefined
      ? 'no other offset is free'
      : `or move all of ours: set { "portOffset": ${other} } in settings.json (now ${portOffset})`;
  return taken.map(({ port, wantedBy, heldBy }) => ({
    what: `port ${port} (${wantedBy})`,
    needed: 'free',
    found: heldBy,
    verdict: 'missing',
    mend: `end ${heldBy}, ${move}`,
  }));
}

/** Names of containers, networks and volumes that this deployment would use, and that are somebody else's. */
async function nameNeeds({ docker, settings, folder }: DockerDeployment): Promise<Need[]> {
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listNetworks(),
    docker.listVolumes(),
  ]);
  const { name } = settings;
  const objects = [
    ...containers.map((one) => ({ kind: 'container', name: one.Names[0]?.slice(1) ?? '', labels: one.Labels })),
    ...networks.map((one) => ({ kind: 'network', name: one.Name, labels: one.Labels })),
    ...(volumes ?? []).map((one) => ({ kind: 'volume', name: one.Name, labels: one.Labels })),
  ];
  const foreign = objects.filter((one) => one.labels?.[DEPLOYMENT_LABEL] === undefined && wouldUse(name, one.name));
  const elsewhere = containers
    .filter((one) => one.Labels[DEPLOYMENT_LABEL] === name)
    .flatMap((one) => one.Mounts.map(({ Source: source }) => source ?? ''))
    .find((source) => source.endsWith(DAGS) && source !== join(ROOT, DAGS));
  const what = `the name "${name}"`;
  const needed = 'ours alone';
  const rename = 'set another "name" in settings.json (and another "portOffset" to run both)';
  return [
    elsewhere !== undefined
      ? {
          what,
          needed,
          found: `a deployment of the checkout ${elsewhere.slice(0, -DAGS.length - 1)}`,
          verdict: 'missing',
          mend: `${rename}, or run "npm run down" in that checkout`,
        }
      : { what, needed, found: existsSync(folder) ? 'ours' : 'free', verdict: 'fits' },
    ...foreign.map(({ kind, name: object }): Need => ({
      what: `the ${kind} name ${object}`,
      needed,
      found: `a ${kind} that is not of this project`,
      verdict: 'missing',
      mend: `remove it ("docker ${kind} rm ${object}", if nobody needs it), or ${rename}`,
    })),
  ];
}

const DAGS = join('pipeline-code', 'dags');
/** What there is besides the services: one-shot programs and networks that several share. */
const otherNames = ['airflow-init', 'migrate', 'edge', 'internet', 'spark', 'airflow-logs'];

/** Whether a deployment gives this name to one of its containers, networks or volumes. */
export function wouldUse(deployment: string, name: string): boolean {
  if (!name.startsWith(`${deployment}-`)) return false;
  const rest = name.slice(deployment.length + 1);
  return [...Object.keys(memoryProfiles.small), ...otherNames].some(
    (own) =>
      rest === own ||
      (rest.startsWith(`${own}-`) && /^(config|secrets|data|checkpoints|recovery)/.test(rest.slice(own.length + 1))),
  );
}

async function subnetNeed({ docker, settings }: DockerDeployment, isHere: boolean): Promise<Need> {
  const range = settings.subnetRange;
  const networks = (await docker.listNetworks())
    .filter(({ Labels: labels }) => labels?.[DEPLOYMENT_LABEL] !== settings.name)
    .flatMap(({ Name: name, IPAM: ipam }) =>
      (ipam?.Config ?? []).map(({ Subnet: cidr }) => ({ cidr, by: `the network ${name}` })),
    );
  const routes = isHere
    ? hostRoutes(readOrEmpty('/proc/net/route')).map(({ cidr, device }) => ({
        cidr,
        by: `this machine's route through ${device}`,
      }))
    : [];
  const all = [...networks, ...routes].filter((one): one is { cidr: string; by: string } =>
    /^[\d.]+\/\d+$/.test(one.cidr ?? ''),
  );
  const clash = all.find(({ cidr }) => overlaps(cidr, range));
  const need = { what: 'addresses of the networks', needed: range };
  if (clash === undefined) return { ...need, found: 'free', verdict: 'fits' };
  const other = Array.from({ length: 32 }, (_, i) => `10.214.${i * 8}.0/21`).find(
    (free) => !all.some(({ cidr }) => overlaps(cidr, free)),
  );
  return {
    ...need,
    found: `${clash.cidr} is taken by ${clash.by}`,
    verdict: 'missing',
    mend: `set another range in settings.json${other === undefined ? '' : `, for example { "subnetRange": "${other}" }`}`,
  };
}

/** Networks that this machine reaches without the default route. The engine's own bridges are listed by the engine. */
export function hostRoutes(text: string): { cidr: string; device: string }[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.split(/\s+/))
    .filter(
      ([device = '', destination]) =>
        destination !== undefined && destination !== '00000000' && !/^(br-|docker|veth)/.test(device),
    )
    .map(([device = '', destination = '', , , , , , mask = '']) => {
      const bits = [...Number.parseInt(mask, 16).toString(2)].filter((bit) => bit === '1').length;
      const octets = destination
        .match(/../g)!
        .reverse()
        .map((hex) => Number.parseInt(hex, 16));
      return { cidr: `${octets.join('.')}/${bits}`, device };
    });
}

export function overlaps(one: string, other: string): boolean {
  const [a, b] = [one, other].map((cidr) => {
    const [address, bits] = cidr.split('/') as [string, string];
    return {
      first: address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0),
      size: 2 ** (32 - Number(bits)),
    };
  }) as [{ first: number; size: number }, { first: number; size: number }];
  return a.first < b.first + b.size && b.first < a.first + a.size;
}

/** Only limits that have stopped somebody, with the figure that was measured. */
function kernelNeeds(isHere: boolean): Need[] {
  if (!isHere) return [];
  const maps = Number(readOrEmpty('/proc/sys/vm/max_map_count'));
  const pids = Math.min(
    Number(readOrEmpty('/proc/sys/kernel/pid_max')),
    Number(readOrEmpty('/proc/sys/kernel/threads-max')),
  );
  const running = Number(/\/(\d+)/.exec(readOrEmpty('/proc/loadavg'))?.[1] ?? 0);
  if (!maps || !pids) return [];
  const enough = pids - running >= THREADS;
  return [
    {
      what: 'vm.max_map_count (Cassandra)',
      needed: String(MAP_COUNT),
      found: String(maps),
      verdict: maps >= MAP_COUNT ? 'fits' : 'missing',
      mend: maps >= MAP_COUNT ? undefined : `sudo sysctl -w vm.max_map_count=${MAP_COUNT}`,
    },
    {
      what: 'processes and threads',
      needed: String(THREADS),
      found: `${pids - running} of ${pids} free`,
      verdict: enough ? 'fits' : 'missing',
      mend: enough ? undefined : `sudo sysctl -w kernel.pid_max=${pids * 2} kernel.threads-max=${pids * 2}`,
    },
  ];
}

/** Folders that a deployment writes: its own, which holds the state, and the cache. */
export function folderNeeds(folder: string, cache = cacheFolder()): Need[] {
  return [
    ['folder of the deployment', folder],
    ['cache folder', cache],
  ].map(([what = '', path = '']) => {
    const need = { what, needed: `writable, ${STATE_MIB} MiB` };
    const there = firstThere(path);
    try {
      accessSync(there, constants.W_OK | constants.X_OK);
      const { bavail, bsize } = statfsSync(there);
      const free = (bavail * bsize) / 2 ** 20;
      if (free >= STATE_MIB) return { ...need, found: path, verdict: 'fits' };
      return {
        ...need,
        found: `${Math.floor(free)} MiB free in ${there}`,
        verdict: 'missing',
        mend: `make room on the disk of ${there}`,
      };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return {
        ...need,
        found: `${there} cannot be written (${code})`,
        verdict: 'missing',
        mend: `"sudo chown -R $USER ${there}", or use a checkout (and XDG_CACHE_HOME) of your own`,
      };
    }
  });
}

function firstThere(path: string): string {
  return existsSync(path) || path === dirname(path) ? path : firstThere(dirname(path));
}

/** The terraform shim would find out as well, after everything else has been prepared. */
export function stateNeed(file: string): Need {
  const need = { what: 'state of Terraform', needed: 'format 4, or none' };
  if (!existsSync(file)) return { ...need, found: 'none yet', verdict: 'fits' };
  const problem = stateProblem(file);
  if (problem === undefined) return { ...need, found: 'format 4', verdict: 'fits' };
  // The shim mends what a killed run has left, and waits for one that goes on.
  if (existsSync(`${file}.run`)) return { ...need, found: 'that of a run that did not finish', verdict: 'fits' };
  const mend = `${mendState(file)}. "npm start" makes containers and networks that it does not know anew and keeps the volumes with their data`;
  return { ...need, found: `${problem} (${file})`, verdict: 'missing', mend };
}

function memAvailable(): number {
  return Number(/^MemAvailable:\s+(\d+)/m.exec(readOrEmpty('/proc/meminfo'))?.[1] ?? 0) / 1024;
}

/** What the containers of an engine elsewhere use: the engine does not say what is free. */
async function usedByAll(docker: Docker): Promise<number> {
  const all = await docker.listContainers();
  const used = await Promise.all(
    all.map(
      async ({ Id: id }) =>
        (await docker.getContainer(id).stats({ stream: false, 'one-shot': true })).memory_stats.usage ?? 0,
    ),
  );
  return used.reduce((sum, one) => sum + one, 0) / 2 ** 20;
}

function gib(mib: number): string {
  return `${(mib / 1024).toFixed(1)} GiB`;
}
