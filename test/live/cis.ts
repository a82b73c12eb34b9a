import type { ContainerInspectInfo } from 'dockerode';
import type { Finding } from '../policy/waivers';

/** A container as the engine and its kernel see it. */
export interface Seen {
  readonly workload: string;
  readonly inspected: ContainerInspectInfo;
  /** Command lines of what runs in it. */
  readonly processes: readonly string[];
}

interface Rule {
  readonly title: string;
  /** What is wrong; undefined or nothing where it is kept. */
  readonly broken: (container: ContainerInspectInfo, seen: Seen) => string | false | undefined;
}

/** Folders that belong to the system of the machine. */
const SENSITIVE = /^\/(boot|dev|etc|lib|proc|sys|usr)?(\/|$)/;

type Bindings = Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>>;
const bindings = (c: ContainerInspectInfo) =>
  Object.values((c.HostConfig.PortBindings ?? {}) as Bindings).flatMap((all) => all ?? []);
const options = (c: ContainerInspectInfo) => (c.HostConfig.SecurityOpt as readonly string[] | undefined) ?? [];
const said = (what: string, value: unknown) => `${what} is ${JSON.stringify(value)}`;

/**
 * Section 5, container runtime, of the CIS Docker Benchmark 1.6, as far as it can be seen on a container. 5.1 is about the
 * engine (Swarm); 5.23, 5.24 and 5.28 are about what people do (exec, pulling newer images).
 */
export const rules: Readonly<Record<string, Rule>> = {
  '5.2': {
    title: 'AppArmor is not switched off',
    broken: (c) => c.AppArmorProfile === 'unconfined' && 'unconfined',
  },
  '5.3': { title: 'SELinux is not switched off', broken: (c) => options(c).find((o) => o.startsWith('label=disable')) },
  '5.4': {
    title: 'capabilities are restricted',
    broken: ({ HostConfig: h }) =>
      (!(h.CapDrop ?? []).includes('ALL') || (h.CapAdd ?? []).length > 0) && said('CapDrop', h.CapDrop),
  },
  '5.5': { title: 'not privileged', broken: (c) => c.HostConfig.Privileged && 'privileged' },
  '5.6': {
    title: 'no sensitive folder of the machine is mounted',
    broken: (c) => c.Mounts.find((m) => (m.Type as string) === 'bind' && (SENSITIVE.test(m.Source) || m.RW))?.Source,
  },
  '5.7': { title: 'no sshd runs', broken: (_, { processes }) => processes.find((p) => /\bsshd\b/.test(p)) },
  '5.8': {
    title: 'no privileged port of the machine is taken',
    broken: (c) => bindings(c).find((b) => Number(b.HostPort) < 1024)?.HostPort,
  },
  '5.9': {
    title: 'nothing is published that the image merely exposes',
    broken: (c) => c.HostConfig.PublishAllPorts && 'PublishAllPorts',
  },
  '5.10': { title: 'a network of its own', broken: (c) => c.HostConfig.NetworkMode === 'host' && 'host' },
  '5.11': { title: 'memory is limited', broken: (c) => !c.HostConfig.Memory && said('Memory', c.HostConfig.Memory) },
  '5.12': {
    title: 'it has a share of the processor',
    broken: (c) => !c.HostConfig.CpuShares && said('CpuShares', c.HostConfig.CpuShares),
  },
  '5.13': { title: 'the root file system is read-only', broken: (c) => !c.HostConfig.ReadonlyRootfs && 'writable' },
  '5.14': {
    title: 'ports are bound to one address of the machine',
    broken: (c) => {
      const open = bindings(c).find((b) => ['', '0.0.0.0', '::'].includes(b.HostIp));
      return open && said('the address', open.HostIp);
    },
  },
  '5.15': {
    title: 'restarts end after five failures',
    broken: ({ HostConfig: { RestartPolicy: policy } }) =>
      policy?.Name !== 'no' &&
      !(policy?.Name === 'on-failure' && policy.MaximumRetryCount === 5) &&
      said('the policy', policy?.Name),
  },
  '5.16': { title: 'processes of its own', broken: (c) => c.HostConfig.PidMode === 'host' && 'host' },
  '5.17': { title: 'shared memory of its own', broken: (c) => c.HostConfig.IpcMode === 'host' && 'host' },
  '5.18': {
    title: 'no device of the machine',
    broken: ({ HostConfig: { Devices: devices } }) =>
      ((devices as unknown[] | null) ?? []).length > 0 && said('Devices', devices),
  },
  '5.19': {
    title: 'the limits of the engine hold',
    broken: ({ HostConfig: { Ulimits: limits } }) =>
      ((limits as unknown[] | null) ?? []).length > 0 && said('Ulimits', limits),
  },
  '5.20': {
    title: 'no mount is shared back to the machine',
    broken: (c) => c.Mounts.find((m) => /^r?shared$/.test(m.Propagation))?.Destination,
  },
  '5.21': { title: 'a host name of its own', broken: (c) => c.HostConfig.UTSMode === 'host' && 'host' },
  '5.22': {
    title: 'seccomp is not switched off',
    broken: (c) => options(c).find((o) => /^seccomp[=:]unconfined/.test(o)),
  },
  '5.25': {
    title: 'the cgroup is the one that the engine chooses',
    broken: (c) => c.HostConfig.CgroupParent || undefined,
  },
  '5.26': {
    title: 'nobody becomes more than they are',
    broken: (c) =>
      !options(c).some((o) => /^no-new-privileges(:true|=true)?$/.test(o)) && said('SecurityOpt', options(c)),
  },
  '5.27': {
    title: 'what runs for ever is asked for its health',
    broken: (c) => c.State.Running && !c.Config.Healthcheck?.Test?.length && 'no health check',
  },
  '5.29': {
    title: 'processes are limited',
    broken: ({ HostConfig: { PidsLimit: limit } }) => !(limit && limit > 0) && said('PidsLimit', limit),
  },
  '5.30': {
    title: 'not on the network that all containers share',
    broken: (c) => 'bridge' in c.NetworkSettings.Networks && 'bridge',
  },
  '5.31': { title: 'the user namespace of the engine', broken: (c) => c.HostConfig.UsernsMode === 'host' && 'host' },
  '5.32': {
    title: 'the engine cannot be told anything',
    broken: (c) => c.Mounts.find((m) => m.Source.includes('docker.sock'))?.Source,
  },
};

/** Every rule that one of the containers does not keep. */
export function judge(all: readonly Seen[]): Finding[] {
  return Object.entries(rules).flatMap(([rule, { title, broken }]) =>
    all.flatMap((seen) => {
      const message = broken(seen.inspected, seen);
      return message ? [{ rule, object: seen.workload, message: `${title}: ${message}` }] : [];
    }),
  );
}
