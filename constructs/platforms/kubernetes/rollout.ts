import type { V1Deployment, V1Job, V1Pod, V1StatefulSet } from '@kubernetes/client-node' with {
  'resolution-mode': 'import',
};

/** What Terraform waits for by itself. */
export type WaitKind = 'statefulset' | 'job';

export type Verdict =
  | { readonly state: 'starting'; readonly on?: string }
  | { readonly state: 'ready' | 'done' }
  | { readonly state: 'failed'; readonly why: string };

/** A broker that comes back too early after a kill may stop once or twice until its old session has timed out. */
const RESTARTS_ALLOWED = 2;

/** Reasons of a waiting container that time does not mend. */
const HOPELESS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

/** What the cluster says about a pod that should run for ever. */
export function verdictOfPod({ status, metadata }: V1Pod): Verdict {
  if (metadata?.deletionTimestamp !== undefined) return { state: 'starting', on: 'the end of the pod before it' };
  const [container] = status?.containerStatuses ?? [];
  if (container?.ready) return { state: 'ready' };
  const waiting = container?.state?.waiting;
  if (waiting?.reason !== undefined && HOPELESS.has(waiting.reason))
    return { state: 'failed', why: `cannot start: ${waiting.reason}: ${waiting.message ?? 'no more is said'}` };
  const last = container?.lastState?.terminated ?? container?.state?.terminated;
  if ((container?.restartCount ?? 0) > RESTARTS_ALLOWED && last !== undefined)
    return {
      state: 'failed',
      why: `was restarted ${container!.restartCount} times, last ${ended(last.exitCode, last.reason)}`,
    };
  if (status?.phase === 'Failed') return { state: 'failed', why: status.message ?? status.reason ?? 'has failed' };
  const unscheduled = status?.conditions?.find((one) => one.type === 'PodScheduled' && one.status === 'False');
  return { state: 'starting', on: unscheduled?.message ?? waiting?.reason };
}

export function ended(exitCode: number, reason?: string): string {
  return `exit code ${exitCode}${reason === 'OOMKilled' ? ', because it needed more than its limit of memory' : ''}`;
}

/** As many replicas as are wanted, of the version that is wanted, take clients. */
export function isRolledOut({ metadata, spec, status }: V1StatefulSet | V1Deployment): boolean {
  const wanted = spec?.replicas ?? 1;
  return (
    (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) &&
    (status?.readyReplicas ?? 0) >= wanted &&
    (status?.updatedReplicas ?? 0) >= wanted
  );
}

export function verdictOfJob({ status }: V1Job): Verdict {
  if ((status?.succeeded ?? 0) > 0) return { state: 'done' };
  const failure = status?.conditions?.find((one) => one.type === 'Failed' && one.status === 'True');
  if (failure) return { state: 'failed', why: `failed: ${failure.message ?? failure.reason ?? 'no reason is given'}` };
  return { state: 'starting' };
}
