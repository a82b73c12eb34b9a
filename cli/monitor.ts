import type { Readable } from 'node:stream';
import type { ContainerInspectInfo } from 'dockerode';
import { lastLogLines, verdict } from '../constructs/platforms/docker/container-state';
import { DEPLOYMENT_LABEL } from '../constructs/platforms/docker/naming';
import { type DockerDeployment, services } from './docker';
import { diagnose } from './signatures';
import { socketsOf } from './sockets';
import { byCreation, type Failure, type Judgement, type Listeners, Poll, type Timeline, type Watch } from './watch';

/** What a container was like before the deployment began: what it did then is not the deployment's failure. */
export interface Before {
  readonly startedAt: string;
  readonly restarts: number;
  /** When this command has started it again; what it does since then is this command's. */
  readonly startedAgain?: number;
}

/** Enough to find the line that says why; a stack trace may follow it. */
const LINES_READ = 300;

/**
 * Judges one container. While Terraform works, one that was there before may be on its way out, or about to be mended: it
 * counts only when the deployment is made.
 */
export function judge(info: ContainerInspectInfo, before?: Before, deployed = false): Judgement {
  const { State: state } = info;
  if (state.Status === 'created') return { state: 'created' };
  // Looked at just before it was started again: the end of its life before is nobody's failure.
  if (before?.startedAgain !== undefined && before.startedAt === state.StartedAt) return { state: 'stopped' };
  const over = state.Status === 'exited' || state.Status === 'dead' || state.Status === 'removing';
  if (runsOnce(info)) {
    if (!over) return { state: 'starting' };
    if (state.ExitCode === 0) return { state: 'done' };
    const now = before?.startedAt !== state.StartedAt;
    return now ? failed(info, `ended with exit code ${state.ExitCode}`) : { state: 'stopped' };
  }
  const seen = verdict({ ...info, RestartCount: restartsSince(info, before) });
  if (seen.state !== 'failed') return seen;
  if (before === undefined) return failed(info, seen.why);
  // After a restart a service may be unhealthy until those that it needs are there, and all of them start at once.
  const unwell = state.Health?.Status === 'unhealthy' && !over;
  if (before.startedAgain !== undefined) return unwell ? { state: 'starting' } : failed(info, seen.why);
  if (!deployed) return { state: over ? 'stopped' : 'starting' };
  return unwell ? { state: 'starting' } : failed(info, seen.why);
}

/** The engine counts from zero again when a container is started by hand. */
function restartsSince({ RestartCount: restarts }: ContainerInspectInfo, before?: Before): number {
  return Math.max(0, restarts - (before === undefined || before.startedAgain !== undefined ? 0 : before.restarts));
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

/** Watches the containers of a deployment. */
export class Monitor implements Watch {
  private readonly before = new Map<string, Before>();
  private readonly seen = new Map<string, Timeline>();
  /** An engine that does not answer is reported by Terraform. */
  private readonly poll = new Poll(() => this.lookOnce());
  /** Names of workloads that Terraform has said to be complete: their own wait has passed, before the engine's next check. */
  private readonly completed = new Set<string>();

  private deployed = false;
  /** Containers that the kernel has taken memory from; the engine forgets it when it starts them again. */
  private readonly outOfMemory = new Set<string>();
  private events?: { destroy(): void };

  constructor(
    private readonly deployment: DockerDeployment,
    private readonly listeners: Listeners = {},
  ) {}

  async start(): Promise<void> {
    for (const { id } of await services(this.deployment)) {
      const info = await this.inspect(id);
      if (info) this.before.set(id, { startedAt: info.State.StartedAt, restarts: info.RestartCount });
    }
    await this.listen();
    this.poll.start();
  }

  stop(): Promise<void> {
    this.events?.destroy();
    return this.poll.stop();
  }

  private async listen(): Promise<void> {
    const label = [`${DEPLOYMENT_LABEL}=${this.deployment.settings.name}`];
    const stream = (await this.deployment.docker.getEvents({ filters: { event: ['oom'], label } })) as Readable;
    this.events = stream;
    stream.on('error', () => undefined); // an engine that goes away is reported by Terraform
    stream.on('data', (event: Buffer) => {
      const id = /"id":"([0-9a-f]{64})"/.exec(event.toString())?.[1];
      if (id !== undefined) this.outOfMemory.add(id);
    });
  }

  /** What `stop` has stopped runs again: the same containers. Terraform compares in the meantime. */
  async revive(say: (line: string) => void, signal: AbortSignal): Promise<void> {
    const { startAgain, stoppedServices } = await import('./start.js');
    const stopped = await stoppedServices(this.deployment);
    if (stopped.length === 0) return;
    say(`starting ${stopped.length === 1 ? 'a service that is' : `${stopped.length} services that are`} stopped`);
    await startAgain(this.deployment, stopped, ({ id }) => this.startedAgain(id), signal);
  }

  private startedAgain(id: string): void {
    const before = this.before.get(id);
    if (before) this.before.set(id, { ...before, startedAgain: Date.now() });
  }

  judgeAll(): void {
    this.deployed = true;
  }

  complete(workload: string): void {
    this.completed.add(workload);
  }

  get timelines(): readonly Timeline[] {
    return byCreation(this.seen.values());
  }

  look(): Promise<void> {
    return this.poll.now();
  }

  private async lookOnce(): Promise<void> {
    const found = await services(this.deployment);
    const infos = await Promise.all(
      found.map(async ({ workload, id }) => ({ workload, info: await this.inspect(id) })),
    );
    for (const workload of this.seen.keys()) {
      if (!found.some((one) => one.workload === workload)) this.seen.delete(workload);
    }
    const broken: Failure[] = [];
    for (const { workload, info } of infos) {
      if (info === undefined) continue;
      const timeline = this.extend(workload, info);
      const failure = await this.failureOf(timeline, info);
      if (failure) broken.push(failure);
      this.seen.set(workload, failure ? { ...timeline, judgement: { state: 'failed', why: failure.why } } : timeline);
    }
    this.listeners.changed?.(this.timelines);
    const [first] = broken;
    if (first) this.listeners.failed?.(first);
  }

  /** What has failed for good: also a service that may still be restarted, if its log says that it will not help. */
  private async failureOf(
    { workload, judgement, restarts, kept }: Timeline,
    info: ContainerInspectInfo,
  ): Promise<Failure | undefined> {
    const given = judgement.state === 'failed' ? judgement.why : undefined;
    // A service that has failed since the last time may be about to be replaced by this deployment.
    const before = this.before.get(info.Id);
    const isOurs = this.deployed || before === undefined || before.startedAgain !== undefined;
    const trying = judgement.state === 'starting' && restarts > 0 && !kept && isOurs;
    if (given === undefined && !trying) return undefined;
    const log = await this.logOf(info);
    const { ExitCode: exitCode } = info.State;
    const oomKilled = info.State.OOMKilled || this.outOfMemory.has(info.Id);
    const signature = diagnose({ workload, exitCode, oomKilled, log });
    if (given !== undefined) return { workload, why: given, log, signature };
    if (!signature?.lasting) return undefined;
    // The engine forgets how a container has ended when it starts it again.
    const end = info.State.Running ? 'has ended' : `ended with exit code ${exitCode}`;
    return { workload, why: `${end}, and a restart will not help`, log, signature };
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
      restarts: restartsSince(info, before),
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

  /** What it has said since this command has to do with it. */
  private async logOf({ Id: id }: ContainerInspectInfo): Promise<string> {
    const since = this.before.get(id)?.startedAgain;
    const lines = await lastLogLines(this.deployment.docker.getContainer(id), LINES_READ, since).catch(
      () => '(the container is gone)',
    );
    return lines.trim() === '' ? '(it has said nothing)' : lines;
  }
}
