import type { V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };

/** The workload that a pod runs. */
export function workloadOf({ metadata }: V1Pod): string {
  return metadata?.labels?.['app.kubernetes.io/name'] ?? '';
}

/**
 * The pods that count, one per replica: of those in the same place (a name that stays, or one of a Deployment or a Job) the
 * one that was made last. The ones before it are on their way out, or tries that have failed.
 */
export function newestPods(pods: readonly V1Pod[]): V1Pod[] {
  const made = (pod: V1Pod) => Number(pod.metadata?.creationTimestamp ?? 0);
  const ending = (pod: V1Pod) => (pod.metadata?.deletionTimestamp === undefined ? 0 : 1);
  const places = new Map<string, V1Pod>();
  for (const pod of [...pods].sort((a, b) => ending(b) - ending(a) || made(a) - made(b))) places.set(placeOf(pod), pod);
  return [...places.values()].sort((a, b) => placeOf(a).localeCompare(placeOf(b)));
}

/** A member of a StatefulSet keeps its name; of the others there is one. */
function placeOf(pod: V1Pod): string {
  const [owner] = pod.metadata?.ownerReferences ?? [];
  return owner?.kind === 'StatefulSet' ? pod.metadata!.name! : workloadOf(pod);
}

/** The pod of a service that takes connections and commands: one that is ready, if there is one. */
export function podOf(pods: readonly V1Pod[], workload: string): V1Pod | undefined {
  const running = pods.filter(
    (pod) =>
      workloadOf(pod) === workload &&
      pod.status?.phase === 'Running' &&
      pod.metadata?.deletionTimestamp === undefined &&
      pod.status.containerStatuses?.some(({ state }) => state?.running !== undefined),
  );
  return running.find((pod) => pod.status?.containerStatuses?.every(({ ready }) => ready)) ?? running[0];
}
