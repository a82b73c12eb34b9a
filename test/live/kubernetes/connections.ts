import { reach } from '../../../constructs/platforms/kubernetes/reach';
import type { Workload } from '../../../constructs/workload';
import type { KubernetesDeployment } from '../../../cli/kubernetes/deployment';
import { newestPods, podOf } from '../../../cli/kubernetes/pods';

/** One connection that was tried. */
export interface Tried {
  readonly from: string;
  readonly to: string;
  readonly declared: boolean;
  readonly opened: boolean;
}

interface Target {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** What a policy drops is not answered at all. */
const SECONDS = 2;

/**
 * Tries every port of every pod from every pod, one command per pod, by address: names are not what policies are about. The
 * API server of the cluster is tried as well, which nobody has declared.
 */
export async function tryConnections(
  deployment: KubernetesDeployment,
  workloads: readonly Workload[],
): Promise<Tried[]> {
  const pods = newestPods(await deployment.pods());
  const { core } = await deployment.access();
  const api = await core.readNamespacedService({ name: 'kubernetes', namespace: 'default' });
  const forever = workloads.filter(({ runs }) => runs === 'forever');
  const targets: Target[] = [
    ...forever.flatMap(({ name, ports = {} }) =>
      Object.values(ports).map(({ number: port }) => ({ name, host: podOf(pods, name)!.status!.podIP!, port })),
    ),
    { name: 'the API server', host: api.spec!.clusterIP!, port: api.spec!.ports![0]!.port },
  ];
  const declared = reach(workloads);
  const tried = await Promise.all(
    forever.map(async ({ name: from }) => {
      const others = targets.filter(({ name }) => name !== from);
      const opened = await open(deployment, from, others);
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

/** Every image has bash, for its health command if for nothing else. */
async function open(deployment: KubernetesDeployment, from: string, targets: readonly Target[]): Promise<boolean[]> {
  const script = targets
    .map(({ host, port }) => `(timeout ${SECONDS} bash -c '</dev/tcp/${host}/${port}' && echo + || echo -) 2>/dev/null`)
    .join('\n');
  const { output } = await deployment.exec(from, ['bash', '-c', script]);
  const answers = output.trim().split('\n');
  if (answers.length !== targets.length || answers.some((one) => one !== '+' && one !== '-'))
    throw new Error(`${from} cannot try connections: ${output}`);
  return answers.map((one) => one === '+');
}
