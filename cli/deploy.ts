import { setTimeout as sleep } from 'node:timers/promises';
import { type CdktfRun, completedWorkload, doingNow, failureLines, readLog, startCdktf } from './cdktf';
import type { Deployment } from './deployment';
import { CommandError } from './errors';
import { type Failure, Monitor, type Timeline } from './monitor';
import { LiveLines, say } from './output';
import { Progress } from './progress';

/** How long Terraform may take to write its state after a failure; it goes on by itself afterwards. */
const STOP_SECONDS = 3;
/** Ctrl-C: nobody waits for a message, so there is time to end well. */
const INTERRUPT_SECONDS = 60;
/** Services that were there before the deployment get this long to be healthy after it. */
const SETTLE_SECONDS = 120;

export interface Deploying {
  readonly began: number;
  readonly timelines: readonly Timeline[];
}

/** Runs `cdktf deploy` and watches what it makes; the first container that fails ends it. @throws {CommandError} */
export async function deploy(deployment: Deployment): Promise<Deploying> {
  const run = await startCdktf(deployment, 'deploy', say);
  const began = Date.now();
  const live = new LiveLines();
  const progress = new Progress(live, `deploying "${deployment.settings.name}"`, began);
  let failed!: (failure: Failure) => void;
  const failure = new Promise<Failure>((resolve) => (failed = resolve));
  const monitor = new Monitor(deployment, { failed, changed: (all) => progress.changed(all) });
  const interruption = interrupted();
  const reading = setInterval(() => read(run, monitor, progress), 250);
  try {
    await monitor.start();
    progress.start();
    const first = await Promise.race([
      run.ended.then((code) => ({ code })),
      failure.then((broken) => ({ broken })),
      interruption.happened.then(() => ({ interrupted: true as const })),
    ]);
    if ('interrupted' in first) {
      progress.say('interrupted: Terraform ends what it has begun and writes its state');
      const ended = await run.stop(INTERRUPT_SECONDS);
      throw new CommandError(
        `interrupted${ended ? '' : '; Terraform is still ending'}. Run the command again: it goes on from here`,
      );
    }
    if ('broken' in first) throw await failedService(first.broken, run, deployment, progress);
    read(run, monitor, progress);
    await monitor.look();
    if (first.code !== 0) {
      // Terraform's own wait can be a moment faster than the next look.
      const broken = await Promise.race([failure, sleep(500, undefined)]);
      if (broken) throw await failedService(broken, run, deployment, progress);
      throw new CommandError(
        [`cdktf deploy failed:`, ...failureLines(readLog(run.logFile)), `Everything it said: ${run.logFile}`].join(
          '\n',
        ),
      );
    }
    monitor.judgeAll();
    const late = await Promise.race([settled(monitor), failure]);
    if (late) throw await failedService(late, run, deployment, progress);
    return { began, timelines: monitor.timelines };
  } finally {
    clearInterval(reading);
    interruption.forget();
    await monitor.stop();
    progress.stop();
  }
}

/** Hands what Terraform has written since to those who show it. */
function read(run: CdktfRun, monitor: Monitor, progress: Progress): void {
  for (const line of run.newLines()) {
    const workload = completedWorkload(line);
    if (workload !== undefined) monitor.complete(workload);
    const doing = doingNow(line);
    if (doing !== undefined) progress.now(doing);
  }
}

/** All services are healthy again: also those that the deployment left alone, for example after a restart of the engine. */
async function settled(monitor: Monitor): Promise<undefined> {
  const deadline = Date.now() + SETTLE_SECONDS * 1000;
  for (;;) {
    await monitor.look();
    const waiting = monitor.timelines.filter(
      ({ judgement }) => judgement.state !== 'ready' && judgement.state !== 'done',
    );
    if (waiting.length === 0) return undefined;
    if (Date.now() > deadline) {
      throw new CommandError(
        `not healthy ${SETTLE_SECONDS} s after the deployment: ${waiting.map((one) => one.workload).join(', ')}. ` +
          'See "docker ps" and "docker logs", or take the deployment down and up again',
      );
    }
    await sleep(500);
  }
}

async function failedService(
  { workload, why, log }: Failure,
  run: CdktfRun,
  deployment: Deployment,
  progress: Progress,
): Promise<CommandError> {
  progress.stop();
  const ended = await run.stop(STOP_SECONDS);
  return new CommandError(
    [
      `${workload} ${why}. Its last log lines:`,
      ...log
        .trimEnd()
        .split('\n')
        .map((line) => `  ${line}`),
      `More: docker logs ${deployment.settings.name}-${workload}; what Terraform said: ${run.logFile}`,
      ...(ended ? [] : ['Terraform is still ending what it has begun; the next command waits for it']),
    ].join('\n'),
  );
}

/** The first Ctrl-C (or SIGTERM) is an event; a second one ends the process as usual. */
function interrupted(): { happened: Promise<void>; forget: () => void } {
  let tell!: () => void;
  const happened = new Promise<void>((resolve) => (tell = resolve));
  const forget = () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, once);
  };
  const once = () => {
    forget();
    tell();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, once);
  return { happened, forget };
}
