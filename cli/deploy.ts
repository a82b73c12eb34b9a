import { setTimeout as sleep } from 'node:timers/promises';
import { type CdktfRun, completedWorkload, doingNow, failedWorkload, failureLines, readLog, startCdktf } from './cdktf';
import type { Deployment } from './deployment';
import { CommandError } from './errors';
import { interruption } from './interruption';
import { failureText, likelyCause } from './failure';
import { colours, LiveLines, note, say } from './output';
import { Progress } from './progress';
import { StartError } from './start';
import type { Failure, Timeline, Watch } from './watch';

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

/** Runs `cdktf deploy` and watches what it makes; the first service that fails ends it. @throws {CommandError} */
export async function deploy(deployment: Deployment): Promise<Deploying> {
  const run = await startCdktf(deployment, 'deploy', say);
  const began = Date.now();
  const live = new LiveLines();
  const progress = new Progress(live, `deploying "${deployment.settings.name}"`, began);
  let failed!: (failure: Failure) => void;
  const failure = new Promise<Failure>((resolve) => (failed = resolve));
  const monitor = await deployment.watch({ failed, changed: (all) => progress.changed(all) });
  const interrupted = interruption();
  const ending = new AbortController();
  const reading = setInterval(() => read(run, monitor, progress), 250);
  try {
    await monitor.start();
    progress.start();
    const starting = monitor.revive((line) => progress.say(line), ending.signal);
    starting.catch((error: unknown) => {
      if (error instanceof StartError) failed(error.failure);
    });
    const first = await Promise.race([
      Promise.all([run.ended, starting]).then(([code]) => ({ code })),
      run.ended.then((code) => (code === 0 ? forEver : { code })),
      failure.then((broken) => ({ broken })),
      interrupted.happened.then(() => ({ interrupted: true as const })),
    ]);
    if ('interrupted' in first) {
      progress.say('interrupted: Terraform ends what it has begun and writes its state');
      const ended = await run.stop(INTERRUPT_SECONDS);
      throw new CommandError(
        `interrupted${ended ? '' : '; Terraform is still ending'}. Run the command again: it goes on from here`,
      );
    }
    if ('broken' in first) throw await failedService(deployment, first.broken, run, progress);
    read(run, monitor, progress);
    await monitor.look();
    if (first.code !== 0) {
      // Terraform's own wait can be a moment faster than the next look.
      const broken = await Promise.race([failure, sleep(500, undefined)]);
      if (broken) throw await failedService(deployment, broken, run, progress);
      const log = readLog(run.logFile);
      throw new CommandError(
        [
          `cdktf deploy failed:`,
          ...failureLines(log),
          ...likelyCause({ workload: failedWorkload(log) ?? 'Terraform', log }),
          `Everything it said: ${run.logFile}`,
        ].join('\n'),
      );
    }
    monitor.judgeAll();
    const late = await Promise.race([settled(deployment, monitor), failure]);
    if (late) throw await failedService(deployment, late, run, progress);
    return { began, timelines: monitor.timelines };
  } finally {
    clearInterval(reading);
    ending.abort();
    interrupted.forget();
    await monitor.stop();
    progress.stop();
  }
}

const forEver = new Promise<never>(() => undefined);

/** Hands what Terraform has written since to those who show it. */
function read(run: CdktfRun, monitor: Watch, progress: Progress): void {
  for (const line of run.newLines()) {
    const workload = completedWorkload(line);
    if (workload !== undefined) monitor.complete(workload);
    const doing = doingNow(line);
    if (doing !== undefined) progress.now(doing);
  }
}

/** All services are healthy again: also those that the deployment left alone, for example after a restart of the engine. */
async function settled(deployment: Deployment, monitor: Watch): Promise<undefined> {
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
          `See "${deployment.command('status')}" and "${deployment.command('logs')}", or take the deployment down and up again`,
      );
    }
    await sleep(500);
  }
}

async function failedService(
  deployment: Deployment,
  failure: Failure,
  run: CdktfRun,
  progress: Progress,
): Promise<CommandError> {
  progress.stop();
  const more = deployment.command(`logs ${failure.workload}`);
  const error = new CommandError(failureText(failure, run.logFile, more).join('\n'));
  // Said at once: ending Terraform takes a while.
  note(`${colours.red('failed')}: ${failure.workload} ${failure.why}`);
  const ended = await run.stop(STOP_SECONDS);
  if (!ended) error.message += '\nTerraform is still ending what it has begun; the next command waits for it';
  return error;
}
