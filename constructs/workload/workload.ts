import type { Construct } from 'constructs';
import type { Image } from '../images';

/**
 * A fact about one running replica that only its platform can spell.
 *
 * - `host`: the name under which this replica is reached from everywhere on the platform.
 * - `index`: which one of the replicas it is, from 0.
 * - `published`: the `host:port` under which a client outside the platform reaches the named port.
 * - `url`: where a person opens the page on the named port.
 *
 * Allowed in `command` and `env` only.
 */
export type Self =
  | { readonly self: 'host' }
  | { readonly self: 'index' }
  | { readonly self: 'published'; readonly port: string }
  | { readonly self: 'url'; readonly port: string };

/** Plain text, or text with facts about the replica in between. */
export type Text = string | { readonly parts: readonly (string | Self)[] };

/** A generated credential. The value never passes through synth: platforms hand over the file the set-up made. */
export interface Secret {
  /** Name of the file in the deployment's `secrets` folder, for example `producer-token`. */
  readonly secret: string;
}

/** A TCP port that the workload listens on. */
export interface Port {
  readonly number: number;
  /**
   * Port on the loopback address of the machine that runs the deployment.
   * @default - reachable only by workloads that declare it in `uses` or `joins`
   */
  readonly publish?: number;
}

/** Data that outlives the container. One per replica. */
export interface Volume {
  /** Absolute path; the folder must exist in the image with the workload's user as its owner. */
  readonly path: string;
  readonly storageGiB: number;
}

/** A volume that several workloads share. */
export interface SharedVolume {
  readonly sharedVolume: string;
  readonly storageGiB: number;
}

/** A folder of this repository, visible to a workload as it is now: an edit is live without a deployment. */
export interface RepositoryFolder {
  /** Path from the root of the repository. */
  readonly folder: string;
}

/** Something that is mounted into the workload beside its own volumes. */
export interface Mount {
  readonly source: SharedVolume | RepositoryFolder;
  readonly path: string;
  /** @default false */
  readonly writable?: boolean;
}

/** When a workload counts as started, and when it must be restarted. */
export interface Health {
  /**
   * Command that exits 0 when the service answers its own protocol. It runs every few seconds for as long as the
   * container lives: it must cost under 50 ms of CPU (no JVM) and needs no credentials.
   */
  readonly ready: readonly string[];
  /** Time the service may take to become ready before failures count. */
  readonly startSeconds: number;
}

/** How a workload ends. With which signal it is asked to, its image says: STOPSIGNAL, or else SIGTERM. */
export interface Stop {
  /** Time between the signal and SIGKILL. */
  readonly graceSeconds: number;
}

/** Processes that all reach each other on their declared ports, without order: a Spark cluster, a quorum. */
export interface Mesh {
  readonly mesh: string;
}

/**
 * One containerised program, without saying where it runs.
 *
 * Only what every platform honours is in here. A platform that cannot honour a value throws, naming the workload, the
 * field, itself and the way out. The kind of a workload is never guessed: own volumes or a mesh give it a stable
 * identity, `runs: 'once'` makes it a job.
 */
export interface Workload {
  /** DNS label, unique in the deployment: the name by which others reach it. */
  readonly name: string;
  readonly image: Image;
  readonly runs: 'forever' | 'once';
  /** The whole process; the entry point of the image is always overridden. */
  readonly command: readonly Text[];
  /** Never a secret. */
  readonly env?: Readonly<Record<string, Text>>;
  /** File name in `/run/config` to content. Never a secret. */
  readonly config?: Readonly<Record<string, string>>;
  /** Secrets as files in `/run/secrets`, named like the secret, readable by the workload's user only. */
  readonly secrets?: readonly Secret[];
  /**
   * Environment variable to secret. Only where a file would be readable by foreign code under the same user; each use
   * is explained in docs/security.md.
   */
  readonly secretEnv?: Readonly<Record<string, Secret>>;
  readonly ports?: Readonly<Record<string, Port>>;
  /** Its own data, by a name that is unique in the workload. */
  readonly volumes?: Readonly<Record<string, Volume>>;
  readonly mounts?: readonly Mount[];
  /** Folders that are writable and lost with the container, with the space they may take. `/tmp` is always there. */
  readonly scratch?: readonly Scratch[];
  readonly user: User;
  /** Their names are {@link replicaHosts}. @default 1 */
  readonly replicas?: number;
  /** Share of the processor in cores while the machine is busy; a request, not a limit: JVMs need all of it to start. */
  readonly cpu: number;
  /** A limit; the process is killed above it. There is no swap beyond it. */
  readonly memoryMiB: number;
  /** Required for `runs: 'forever'`. */
  readonly health?: Health;
  /** @default - SIGTERM and 10 seconds */
  readonly stop?: Stop;
  /** Servers that it talks to: opens the network to them and starts after those of this deployment. Acyclic. */
  readonly uses?: readonly Server[];
  /** Programs that must have succeeded (jobs) or be ready before it starts; opens no network. */
  readonly after?: readonly Dependable[];
  readonly joins?: readonly Mesh[];
  /** May open connections to the internet. @default false */
  readonly internet?: boolean;
}

/** A folder in memory, lost with the container. */
export interface Scratch {
  readonly path: string;
  readonly sizeMiB: number;
  /** Programs may be executed from it (native libraries that a JVM unpacks). @default false */
  readonly executable?: boolean;
}

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** Something another workload can be started after. */
export interface Dependable {
  readonly workload: string;
}

/** A port of a deployed workload, as its clients see it. */
export interface Endpoint extends Dependable {
  readonly port: string;
  readonly number: number;
  /** `host:port` inside the platform. */
  readonly address: string;
}

/** A server that somebody else runs: there before this deployment, and after it. */
export interface External {
  /** Name of what it stands for, for example `kafka`. */
  readonly external: string;
  /** One address per server, of a cluster several. */
  readonly hosts: readonly Host[];
  /** `host:port`, of a cluster several with commas between, as its clients spell it. */
  readonly address: string;
}

export interface Host {
  /** Name or IPv4 address. */
  readonly host: string;
  readonly port: number;
}

/** What a client needs to know, whoever runs the server. */
export type Server = Endpoint | External;

/** What a platform gives back for a declared workload. */
export interface Deployed extends Dependable {
  /** Address of a declared port for clients inside the platform. */
  endpoint(port: string): Endpoint;
}

/** Where workloads are declared: Docker or Kubernetes. */
export interface Platform {
  /**
   * Declares the workload under `scope`. Its resources, of this platform's own provider, are named after the workload,
   * so that a plan reads `docker_container.kafka` and moving a construct in the tree replaces nothing.
   *
   * @throws if the workload contradicts itself or asks for something this platform cannot honour
   */
  deploy(scope: Construct, workload: Workload): Deployed;
}

/** Names of the replicas of one workload, which other workloads reach them by. One alone has the name of the workload. */
export function replicaHosts(name: string, replicas = 1): string[] {
  return replicas === 1 ? [name] : Array.from({ length: replicas }, (_, index) => `${name}-${index}.${name}`);
}

/** Space that `/tmp` gets when a workload does not say otherwise. */
export const DEFAULT_TMP_MIB = 64;

/** A server of somebody else by its addresses: `a.example:9092,b.example:9092`. */
export function external(name: string, addresses: string): External {
  const hosts = addresses.split(',').map((address) => {
    const [host, port] = address.split(':') as [string, string];
    return { host, port: Number(port) };
  });
  return { external: name, hosts, address: addresses };
}

/** What is asked of everything that is deployed, whoever makes its pods. */
export type Connected = Pick<Workload, 'name' | 'ports' | 'uses' | 'after' | 'joins' | 'replicas' | 'internet'> & {
  /** Labels of its pods, where they are not ours. */
  readonly pods?: Readonly<Record<string, string>>;
};

/** Text as it is where nothing about the replica is in it; throws for platform facts, which only a renderer can spell. */
export function renderText(text: Text, self: (fact: Self) => string): string {
  return typeof text === 'string' ? text : text.parts.map((p) => (typeof p === 'string' ? p : self(p))).join('');
}

/** Builds a {@link Text}: text`INTERNAL://${{ self: 'host' }}:29092`. */
export function text(strings: TemplateStringsArray, ...values: (string | number | Self)[]): Text {
  const parts: (string | Self)[] = [];
  strings.forEach((s, i) => {
    if (s !== '') parts.push(s);
    const value = values[i];
    if (value !== undefined) parts.push(typeof value === 'number' ? String(value) : value);
  });
  return { parts };
}
