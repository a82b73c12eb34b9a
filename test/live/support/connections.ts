import { reach } from '../../../constructs/platforms/kubernetes/reach';
import type { Workload } from '../../../constructs/workload';

/** One connection that was tried. */
export interface Tried {
  readonly from: string;
  readonly to: string;
  readonly declared: boolean;
  readonly opened: boolean;
}

export interface Target {
  readonly name: string;
  /** All addresses it has. */
  readonly hosts: readonly string[];
  readonly port: number;
}

/** Runs a command where a workload runs. */
export type Exec = (workload: string, command: string[]) => Promise<{ code: number; output: string }>;

/** Nobody listens there now: an executor takes this port only while the one before it has not ended yet. */
export const SILENT: ReadonlySet<string> = new Set(['spark-worker:7080']);

/** What a policy or another network drops is not answered at all. */
const SECONDS = 2;

/** Every port that the workloads which run for ever declare. */
export function declaredTargets(workloads: readonly Workload[], addresses: (name: string) => string[]): Target[] {
  return forever(workloads).flatMap(({ name, ports = {} }) =>
    Object.values(ports).map(({ number: port }) => ({ name, hosts: addresses(name), port })),
  );
}

/** Tries every target from every workload but itself, one command per workload, by address: a name may just be unknown. */
export async function tryConnections(
  workloads: readonly Workload[],
  targets: readonly Target[],
  exec: Exec,
): Promise<Tried[]> {
  const declared = reach(workloads);
  const tried = await Promise.all(
    forever(workloads).map(async ({ name: from }) => {
      const others = targets.filter(({ name }) => name !== from);
      const opened = await open(exec, from, others);
      return others.map(({ name, port }, at): Tried => ({
        from,
        to: `${name}:${port}`,
        declared: declared.get(from)?.get(name)?.has(port) === true,
        opened: opened[at]!,
      }));
    }),
  );
  return tried.flat();
}

function forever(workloads: readonly Workload[]): readonly Workload[] {
  return workloads.filter(({ runs }) => runs === 'forever');
}

/** All at the same time, each with its number. Every image has bash, for its health command if for nothing else. */
async function open(exec: Exec, from: string, targets: readonly Target[]): Promise<boolean[]> {
  const tries = targets.map(({ hosts, port }, at) => {
    const any = hosts.map((host) => `timeout ${SECONDS} bash -c '</dev/tcp/${host}/${port}'`).join(' || ');
    return `({ ${any}; } 2>/dev/null && echo ${at} + || echo ${at} -) &`;
  });
  const { code, output } = await exec(from, ['bash', '-c', [...tries, 'wait'].join('\n')]);
  const answers = new Map([...output.matchAll(/^(\d+) ([+-])$/gm)].map(([, at, sign]) => [Number(at), sign === '+']));
  if (code !== 0 || answers.size !== targets.length)
    throw new Error(`${from} cannot try ${targets.length} connections, exit code ${code}: ${output}`);
  return targets.map((_, at) => answers.get(at)!);
}
