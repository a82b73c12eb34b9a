/** What the engine says about itself (`docker info`), as far as a cluster's node depends on it. */
export interface EngineInfo {
  readonly OSType?: string;
  readonly CgroupVersion?: string;
  readonly SecurityOptions?: readonly string[];
  readonly MemTotal?: number;
  readonly ServerVersion?: string;
}

/** Kubernetes with nothing deployed takes half of it. */
const minimumMiB = 1024;

/** Why this engine cannot run the node, each with what to do; empty where it can. */
export function missingRequirements(info: EngineInfo): string[] {
  const problems: string[] = [];
  if (info.OSType !== 'linux')
    problems.push(
      `the engine runs ${info.OSType ?? 'unknown'} containers, not linux ones: switch it to Linux containers`,
    );
  if (info.SecurityOptions?.some((option) => /\bname=rootless\b/.test(option)))
    problems.push(
      'the engine is rootless, and the node mounts and makes cgroups: name an engine of root by DOCKER_HOST',
    );
  const version = Number.parseInt(info.ServerVersion ?? '', 10);
  if (version < 20)
    problems.push(`the engine is version ${info.ServerVersion}, and cgroup namespaces came with 20.10: update it`);
  const memoryMiB = Math.floor((info.MemTotal ?? Infinity) / 1024 / 1024);
  if (memoryMiB < minimumMiB)
    problems.push(`the engine has ${memoryMiB} MiB of memory, and the node alone needs ${minimumMiB}: give it more`);
  return problems;
}

const knownFailures: readonly { readonly matches: RegExp; readonly advice: string }[] = [
  {
    matches: /unable to apply caps|operation not permitted.*caps/i,
    advice:
      'the engine itself runs without a capability that the node needs (all but CAP_SYS_RESOURCE); ' +
      'run it outside of the container or sandbox that took it away, or set k8s.context to a cluster that you have',
  },
  {
    matches: /no such file or directory.*\/dev\/kmsg|\/dev\/kmsg.*no such file/i,
    advice: 'the machine of the engine has no /dev/kmsg, which the kubelet reads: run "mknod /dev/kmsg c 1 11" there',
  },
  {
    matches: /br_netfilter/,
    advice: 'run "sudo modprobe br_netfilter" on the machine of the engine, then this command again',
  },
  {
    matches: /cannot be made writable/,
    advice: 'the engine keeps cgroups from its containers (seen with user namespaces: "userns-remap"); switch that off',
  },
  {
    matches: /port is already allocated|address already in use/,
    advice: 'another program took the port in this moment: run the command again',
  },
];

/** What to do about a node that did not start, where the message is a known one. */
export function adviceFor(message: string): string | undefined {
  return knownFailures.find(({ matches }) => matches.test(message))?.advice;
}
