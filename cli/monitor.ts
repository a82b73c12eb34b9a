import type { ContainerInspectInfo } from 'dockerode';
import { lastLogLines, verdict } from '../constructs/platforms/docker/container-state';
import { type Deployment, services } from './deployment';
import { socketsOf } from './sockets';

/** What a container was like before the deployment began: what it did then is not the deployment's failure. */
export interface Before {
  readonly startedAt: string;
  readonly restarts: number;
}

export type Judgement =
  | { readonly state: 'created' | 'starting' | 'ready' | 'done' | 'stopped' }
  | { readonly state: 'failed'; readonly why: string };

/** One workload on its way up. Times are milliseconds since 1970; a time that was not seen is missing. */
export interface Timeline {
  readonly workload: string;
  readonly id: string;
  /** Runs once and ends. */
  readonly once: boolean;
  /** Was there before, and was left alone. */
  readonly kept: boolean;
  readonly restarts: number;
  readonly memoryMiB: number;
  readonly judgement: Judgement;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly listeningAt?: number;
  readonly readyAt?: number;
  readonly usedAt?: number;
}

export interface Failure {
  readonly workload: string;
  readonly why: string;
  readonly log: string;
}

const POLL_MS = 1000;

/**
 * Judges one container. While Terraform works, one that was there before may be on its way out, or about to be mended: it
 * counts only when the deployment is made.
 */
export function judge(info: ContainerInspectInfo, before?: Before, deployed = false): Judgement {
  const { State: state } = info;
  if (state.Status === 'created') return { state: 'created' };
  const over = state.Status === 'exited' || state.Status === 'dead' || state.Status === 'removing';
  if (runsOnce(info)) {
    if (!over) return { state: 'starting' };
    if (state.ExitCode === 0) return { state: 'done' };
    const now = before?.startedAt !== state.StartedAt;
    return now ? failed(info, `ended with exit code ${state.ExitCode}`) : { state: 'stopped' };
  }
  const seen = verdict({ ...info, RestartCount: info.RestartCount - (before?.restarts ?? 0) });
  if (seen.state !== 'failed') return seen;
  if (before === undefined) return failed(info, seen.why);
  if (!deployed) return { state: over ? 'stopped' : 'starting' };
  // After a restart of the machine a service is unhealthy until those that it needs are there.
  return state.Health?.Status === 'unhealthy' && !over ? { state: 'starting' } : failed(info, seen.why);
}

function failed({ State: state, HostConfig: { Memory: memory = 0 } }: ContainerInspectInfo, why: string): Judgement {
  const outOfMemory = state.OOMKilled
    ? `; it needed more than its limit of ${Math.round(memory / 2 ** 20)} MiB of memory`
    : '';
  return { state: 'failed', why: `${why}${outOfMemory}` };
}

function runsOnce(info: ContainerInspectInfo): boolean {
  return ['', 'no'].includes(info.HostConfig.RestartPolicy?.Name ?? '');
}

/** Watches the containers of a deployment while it is made. */
export class Monitor {
  private readonly before = new Map<string, Before>();
  private readonly seen = new Map<string, Timeline>();
  private timer?: NodeJS.Timeout;
  private looking?: Promise<void>;
  /** Names of workloads that Terraform has said to be complete: their own wait has passed, before the engine's next check. */
  private readonly completed = new Set<string>();

  private deployed = false;

  constructor(
    private readonly deployment: Deployment,
    private readonly listeners: {
      changed?: (all: readonly Timeline[]) => void;
      failed?: (failure: Failure) => void;
    } = {},
  ) {}

  /** Notes what is there already, then looks every second. */
  async start(): Promise<void> {
    for (const { id } of await services(this.deployment)) {
      const info = await this.inspect(id);
      if (info) this.before.set(id, { startedAt: info.State.StartedAt, restarts: info.RestartCount });
    }
    const again = async () => {
      await this.look().catch(() => undefined); // an engine that does not answer is reported by Terraform
      if (this.timer) this.timer = setTimeout(again, POLL_MS);
    };
    this.timer = setTimeout(again, 0);
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.looking?.catch(() => undefined);
  }

  /** From here on nothing is replaced any more: every container counts. */
  judgeAll(): void {
    this.deployed = true;
  }

  complete(workload: string): void {
    this.completed.add(workload);
  }

  get timelines(): readonly Timeline[] {
    return [...this.seen.values()].sort((a, b) => a.createdAt - b.createdAt || a.workload.localeCompare(b.workload));
  }

  /** One look at every container. */
  look(): Promise<void> {
    this.looking ??= this.lookOnce().finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async lookOnce(): Promise<void> {
    const found = await services(this.deployment);
    const infos = await Promise.all(
      found.map(async ({ workload, id }) => ({ workload, info: await this.inspect(id) })),
    );
    for (const workload of this.seen.keys()) {
      if (!found.some((one) => one.workload === workload)) this.seen.delete(workload);
    }
    const broken: { workload: string; why: string; id: string }[] = [];
    for (const { workload, info } of infos) {
      if (info === undefined) continue;
      const timeline = this.extend(workload, info);
      this.seen.set(workload, timeline);
      if (timeline.judgement.state === 'failed') broken.push({ workload, why: timeline.judgement.why, id: info.Id });
    }
    this.listeners.changed?.(this.timelines);
    const [first] = broken;
    if (first && this.listeners.failed) this.listeners.failed({ ...first, log: await this.logOf(first.id) });
  }

  private extend(workload: string, info: ContainerInspectInfo): Timeline {
    const known = this.seen.get(workload);
    const same = known?.id === info.Id ? known : undefined;
    const before = this.before.get(info.Id);
    const now = Date.now();
    const judged = judge(info, before, this.deployed);
    const once = runsOnce(info);
    const started = Date.parse(info.State.StartedAt);
    const sockets =
      info.State.Running && !once && !(same?.listeningAt && same.usedAt) ? socketsOf(info.State.Pid) : undefined;
    const judgement: Judgement =
      judged.state === 'starting' && this.completed.has(workload) ? { state: 'ready' } : judged;
    const finished = judgement.state === 'done' ? Date.parse(info.State.FinishedAt) : undefined;
    return {
      workload,
      id: info.Id,
      once,
      kept: before !== undefined && before.startedAt === info.State.StartedAt,
      restarts: info.RestartCount - (before?.restarts ?? 0),
      memoryMiB: Math.round((info.HostConfig.Memory ?? 0) / 2 ** 20),
      judgement,
      // One that was there before and was started again begins then. The year 1 means never.
      createdAt: before !== undefined && started > 0 ? started : Date.parse(info.Created),
      startedAt: started > 0 ? started : undefined,
      listeningAt: same?.listeningAt ?? (sockets?.listening ? now : undefined),
      readyAt: same?.readyAt ?? finished ?? (judgement.state === 'ready' ? now : undefined),
      usedAt: same?.usedAt ?? (sockets?.used ? now : undefined),
    };
  }

  private async inspect(id: string): Promise<ContainerInspectInfo | undefined> {
    try {
      return await this.deployment.docker.getContainer(id).inspect();
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode === 404) return undefined; // removed between the two questions
      throw error;
    }
  }

  private async logOf(id: string): Promise<string> {
    const lines = await lastLogLines(this.deployment.docker.getContainer(id), 20).catch(
      () => '(the container is gone)',
    );
    return lines.trim() === '' ? '(it has said nothing)' : lines;
  }
}
