import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { quantity } from '../../constructs/platforms/kubernetes/quantities';
import { ended, verdictOfPod } from '../../constructs/platforms/kubernetes/rollout';
import { servicesOf } from '../../stacks/settings';
import { diagnose } from '../signatures';
import type { ServiceStatus, State } from '../status/services';
import type { Access, KubernetesDeployment } from './deployment';
import { newestPods, workloadOf } from './pods';

/** Enough to find the line that says why; a stack trace may follow it. */
const LINES_READ = 300;

/** Every service that is deployed or should be, by its pods; nothing where nothing is deployed. */
export async function servicesNow(deployment: KubernetesDeployment, now = Date.now()): Promise<ServiceStatus[]> {
  const access = await deployment.access();
  const pods = newestPods(await deployment.pods());
  if (pods.length === 0) return [];
  const memory = await usedMemory(access, pods);
  const seen = await Promise.all(
    pods.map(async (pod): Promise<ServiceStatus> => {
      const status = podStatus(pod, nameOf(pod, pods), now);
      const used = memory.get(pod.metadata!.name!);
      return { ...status, ...(used === undefined ? {} : { memoryMiB: used }), ...(await reason(status, pod, access)) };
    }),
  );
  const { charts } = deployment.settings.k8s;
  const fromChart = (name: string) => charts.includes('airflow') && name.startsWith('airflow-');
  const order = servicesOf(deployment.settings).filter((name) => !fromChart(name)) as readonly string[];
  const known = new Set(pods.map(workloadOf));
  const missing = order
    .filter((name) => !known.has(name))
    .map((name): ServiceStatus => ({ name, job: false, state: 'missing', restarts: 0, why: 'has no pod' }));
  const rank = (name: string) => {
    const at = order.findIndex((one) => name === one || name.replace(/-\d+$/, '') === one);
    return at === -1 ? order.length : at;
  };
  return [...seen, ...missing].sort((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name));
}

/** The name of its workload; with several replicas, the pod's own. */
function nameOf(pod: V1Pod, all: readonly V1Pod[]): string {
  const workload = workloadOf(pod);
  return all.filter((other) => workloadOf(other) === workload).length > 1 ? pod.metadata!.name! : workload;
}

/** What the cluster says about a pod. Pure. */
export function podStatus(pod: V1Pod, name: string, now: number): ServiceStatus {
  const [container] = pod.status?.containerStatuses ?? [];
  const job = pod.spec?.restartPolicy !== 'Always';
  const started = container?.state?.running?.startedAt ?? container?.state?.terminated?.startedAt;
  const running = container?.state?.running !== undefined;
  const last = container?.state?.terminated ?? (running ? undefined : container?.lastState?.terminated);
  const limit = pod.spec?.containers[0]?.resources?.limits?.['memory'];
  return {
    name,
    job,
    state: stateOf(pod, container, job),
    restarts: container?.restartCount ?? 0,
    ...(started === undefined ? {} : { startedAt: new Date(started).toISOString() }),
    ...(running && started !== undefined
      ? { uptimeSeconds: Math.max(0, Math.round((now - Number(new Date(started))) / 1000)) }
      : {}),
    ...(last === undefined ? {} : { exitCode: last.exitCode }),
    ...(limit === undefined ? {} : { memoryLimitMiB: Math.round(quantity(limit) / 2 ** 20) }),
  };
}

function stateOf(pod: V1Pod, container: V1ContainerStatus | undefined, job: boolean): State {
  const { phase } = pod.status ?? {};
  if (phase === 'Succeeded') return 'done';
  if (phase === 'Failed') return 'failed';
  // Its successor is made when it has ended.
  if (pod.metadata?.deletionTimestamp !== undefined) return 'restarting';
  if (container?.state?.running !== undefined) {
    if (job) return 'starting';
    if (container.ready) return 'healthy';
    // Until its startup probe has passed nobody has expected it to answer.
    return container.started ? 'unhealthy' : 'starting';
  }
  if (verdictOfPod(pod).state === 'failed') return 'failed';
  return (container?.restartCount ?? 0) > 0 || container?.state?.terminated !== undefined ? 'restarting' : 'starting';
}

async function reason(
  { name, state, exitCode }: ServiceStatus,
  pod: V1Pod,
  access: Access,
): Promise<Pick<ServiceStatus, 'why' | 'signature'>> {
  if (state === 'starting') {
    const verdict = verdictOfPod(pod);
    return verdict.state === 'starting' && pod.spec?.nodeName === undefined && verdict.on !== undefined
      ? { why: `has no node yet: ${verdict.on}` }
      : {};
  }
  if (!['unhealthy', 'restarting', 'failed'].includes(state)) return {};
  if (pod.metadata?.deletionTimestamp !== undefined) return { why: 'is being replaced' };
  const log = await logOf(access, pod).catch(() => '');
  const { why, oomKilled } = troubleOf(pod);
  const signature = diagnose({ workload: workloadOf(pod) || name, exitCode, oomKilled, log });
  return { why, ...(signature ? { signature } : {}) };
}

/** What is wrong with a pod, in words. Pure. */
export function troubleOf(pod: V1Pod): { why: string; oomKilled: boolean } {
  const [container] = pod.status?.containerStatuses ?? [];
  const last = container?.state?.terminated ?? container?.lastState?.terminated;
  const oomKilled = last?.reason === 'OOMKilled';
  const verdict = verdictOfPod(pod);
  if (verdict.state === 'failed') return { why: verdict.why, oomKilled };
  if (container?.state?.running !== undefined) return { why: 'does not answer its own protocol', oomKilled };
  if (last !== undefined) return { why: `ended with ${ended(last.exitCode, last.reason)}`, oomKilled };
  return { why: 'does not run', oomKilled };
}

/** The end of what a pod has said; what the container before it said, where the one of now has said nothing. */
export async function logOf({ core, namespace }: Access, pod: V1Pod): Promise<string> {
  const read = (previous: boolean) =>
    core
      .readNamespacedPodLog({ name: pod.metadata!.name!, namespace, tailLines: LINES_READ, previous })
      .catch(() => '');
  return (await read(false)) || (await read(true));
}

interface Summary {
  readonly pods?: readonly {
    readonly podRef: { readonly name: string; readonly namespace: string };
    readonly memory?: { readonly workingSetBytes?: number };
  }[];
}

/**
 * Memory of each pod in MiB as its node measures it: without the file cache, which the kernel takes back. Empty where this
 * user may not ask the nodes; a metrics server need not be there.
 */
async function usedMemory({ core, namespace }: Access, pods: readonly V1Pod[]): Promise<ReadonlyMap<string, number>> {
  const nodes = [...new Set(pods.flatMap(({ spec }) => spec?.nodeName ?? []))];
  const answers = await Promise.all(
    nodes.map(async (name): Promise<Summary | undefined> => {
      // The client reads JSON and has no type for it.
      const answer: unknown = await core
        .connectGetNodeProxyWithPath({ name, path: 'stats/summary' })
        .catch(() => undefined);
      return answer as Summary | undefined;
    }),
  );
  return new Map(
    answers
      .flatMap((answer) => answer?.pods ?? [])
      .filter(({ podRef }) => podRef.namespace === namespace)
      .flatMap(({ podRef, memory }) =>
        memory?.workingSetBytes === undefined ? [] : [[podRef.name, Math.round(memory.workingSetBytes / 2 ** 20)]],
      ),
  );
}
