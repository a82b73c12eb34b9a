import type { V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { quantity } from '../../constructs/platforms/kubernetes/quantities';
import { verdictOfPod } from '../../constructs/platforms/kubernetes/rollout';
import { diagnose } from '../signatures';
import { byCreation, type Failure, type Judgement, type Listeners, Poll, type Timeline, type Watch } from '../watch';
import type { KubernetesDeployment } from './deployment';
import { newestPods, workloadOf } from './pods';
import { logOf, troubleOf } from './services';

/** Watches the pods of a deployment while it is made. */
export class PodsWatch implements Watch {
  /** Restarts of each pod before the deployment began: they are not its failures. */
  private readonly before = new Map<string, number>();
  private readonly seen = new Map<string, Timeline>();
  /** An API server that does not answer is reported by Terraform. */
  private readonly poll = new Poll(() => this.lookOnce());
  private deployed = false;

  constructor(
    private readonly deployment: KubernetesDeployment,
    private readonly listeners: Listeners,
  ) {}

  async start(): Promise<void> {
    for (const pod of await this.deployment.pods()) this.before.set(pod.metadata!.uid!, restartsOf(pod));
    this.poll.start();
  }

  stop(): Promise<void> {
    return this.poll.stop();
  }

  /** Nothing is ever stopped: whoever wants fewer pods changes the declaration. */
  revive(): Promise<void> {
    return Promise.resolve();
  }

  /** Terraform waits for what the cluster says, which is seen here as well. */
  complete(): void {}

  judgeAll(): void {
    this.deployed = true;
  }

  get timelines(): readonly Timeline[] {
    return byCreation(this.seen.values());
  }

  look(): Promise<void> {
    return this.poll.now();
  }

  private async lookOnce(): Promise<void> {
    const pods = newestPods(await this.deployment.pods());
    this.seen.clear();
    let first: Failure | undefined;
    for (const pod of pods) {
      const timeline = this.timelineOf(pod, pods);
      this.seen.set(pod.metadata!.uid!, timeline);
      if (timeline.judgement.state === 'failed') first ??= await this.failure(pod, timeline.judgement.why);
    }
    this.listeners.changed?.(this.timelines);
    if (first) this.listeners.failed?.(first);
  }

  private timelineOf(pod: V1Pod, all: readonly V1Pod[]): Timeline {
    const workload = workloadOf(pod);
    const replicated = all.filter((other) => workloadOf(other) === workload).length > 1;
    const { metadata, spec, status } = pod;
    const [container] = status?.containerStatuses ?? [];
    const ready = status?.conditions?.find(({ type, status: is }) => type === 'Ready' && is === 'True');
    const finished = container?.state?.terminated?.finishedAt;
    const once = spec?.restartPolicy !== 'Always';
    const started = container?.state?.running?.startedAt;
    const limit = spec?.containers[0]?.resources?.limits?.['memory'];
    return {
      workload: replicated ? metadata!.name! : workload,
      id: metadata!.uid!,
      once,
      kept: this.before.has(metadata!.uid!),
      restarts: restartsOf(pod) - (this.before.get(metadata!.uid!) ?? 0),
      memoryMiB: limit === undefined ? 0 : Math.round(quantity(limit) / 2 ** 20),
      judgement: this.judge(pod, once),
      createdAt: milliseconds(metadata?.creationTimestamp) ?? Date.now(),
      startedAt: milliseconds(started),
      readyAt: once ? milliseconds(finished) : milliseconds(ready?.lastTransitionTime),
    };
  }

  private judge(pod: V1Pod, once: boolean): Judgement {
    const { phase } = pod.status ?? {};
    if (phase === 'Succeeded') return { state: 'done' };
    // A job tries again with another pod; Terraform's own wait ends when it has given up.
    if (once) return { state: phase === 'Failed' ? 'stopped' : 'starting' };
    const verdict = verdictOfPod(pod);
    if (verdict.state !== 'failed') return { state: verdict.state };
    // One that was there before may be on its way out, or about to be mended.
    if (this.before.has(pod.metadata!.uid!) && !this.deployed) return { state: 'starting' };
    return verdict;
  }

  private async failure(pod: V1Pod, why: string): Promise<Failure> {
    const workload = workloadOf(pod);
    const log = (await logOf(await this.deployment.access(), pod)) || '(it has said nothing)';
    const [container] = pod.status?.containerStatuses ?? [];
    const exitCode = (container?.state?.terminated ?? container?.lastState?.terminated)?.exitCode;
    const signature = diagnose({ workload, exitCode, oomKilled: troubleOf(pod).oomKilled, log });
    return { workload, why, log, signature };
  }
}

function restartsOf({ status }: V1Pod): number {
  return status?.containerStatuses?.[0]?.restartCount ?? 0;
}

function milliseconds(time: Date | string | undefined): number | undefined {
  return time === undefined ? undefined : Number(new Date(time));
}
