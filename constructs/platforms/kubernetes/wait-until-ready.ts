/**
 * Run by Terraform after it has made a StatefulSet or a Job: returns when it is ready or has succeeded, fails as soon as it
 * cannot any more. Plain `cdktf deploy` shows what this prints.
 *
 * Usage: wait-until-ready.ts KUBECONFIG CONTEXT NAMESPACE statefulset|job WORKLOAD NAME SECONDS
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CoreV1Api, V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { connect } from './client';
import { podLabels, selectorOf } from './labels';
import { isRolledOut, verdictOfJob, verdictOfPod, type Verdict } from './rollout';

const POLL_MS = 700;
const LOG_LINES = 20;

async function main([kubeconfig, context, namespace, kind, workload, name, seconds]: string[]): Promise<void> {
  const { AppsV1Api, BatchV1Api, CoreV1Api } = await import('@kubernetes/client-node');
  const config = await connect({ kubeconfig: kubeconfig!, context });
  const core = config.makeApiClient(CoreV1Api);
  const apps = config.makeApiClient(AppsV1Api);
  const batch = config.makeApiClient(BatchV1Api);
  const at = { name: name!, namespace: namespace! };
  const labelSelector = selectorOf(podLabels(workload!));
  const podsNow = async () => (await core.listNamespacedPod({ namespace: namespace!, labelSelector })).items;
  const look = async (): Promise<Verdict> => {
    if (kind === 'job') return verdictOfJob(await batch.readNamespacedJob(at));
    if (isRolledOut(await apps.readNamespacedStatefulSet(at))) return { state: 'ready' };
    const verdicts = (await podsNow()).map(verdictOfPod);
    return (
      verdicts.find((one) => one.state === 'failed') ??
      verdicts.find((one) => one.state === 'starting') ?? { state: 'starting' }
    );
  };
  const deadline = Date.now() + Number(seconds) * 1000;
  for (;;) {
    const seen = await look();
    if (seen.state !== 'starting' && seen.state !== 'failed') return;
    const late = Date.now() > deadline;
    if (seen.state === 'failed' || late) {
      const why =
        seen.state === 'failed'
          ? seen.why
          : `is not ready after ${seconds} s${seen.on ? `: it waits for ${seen.on}` : ''}`;
      console.error(`${workload} ${why}. Its last log lines:\n${await lastLog(core, namespace!, await podsNow())}`);
      process.exitCode = 1;
      return;
    }
    await sleep(POLL_MS);
  }
}

/** The end of what the newest pod has said: of the container before, where the one of now has said nothing yet. */
async function lastLog(core: CoreV1Api, namespace: string, pods: readonly V1Pod[]): Promise<string> {
  const [newest] = [...pods].sort(
    (a, b) => Number(b.metadata?.creationTimestamp) - Number(a.metadata?.creationTimestamp),
  );
  if (newest === undefined) return '(there is no pod)';
  const read = (previous: boolean) =>
    core
      .readNamespacedPodLog({ name: newest.metadata!.name!, namespace, tailLines: LOG_LINES, previous })
      .catch(() => '');
  return (await read(false)).trim() || (await read(true)).trim() || '(it has said nothing)';
}

main(process.argv.slice(2)).then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
