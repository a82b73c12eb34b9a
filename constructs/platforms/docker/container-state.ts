import type { Container, ContainerInspectInfo } from 'dockerode';
import { WORKLOAD_LABEL } from './naming';

const RESTARTS_ALLOWED = 2;
/**
 * A broker that was killed finds its old session when it comes back, and stops. ZooKeeper ends a session of 6 s within
 * 8 s; a broker needs 1.3 s to find it, and the engine waits 0.1 s before the first restart and twice as long before
 * each next one.
 */
const BROKER_RESTARTS_ALLOWED = 5;

export type Verdict = { state: 'starting' | 'ready' } | { state: 'failed'; why: string };

/** What the engine says about a container that should run for ever. */
export function verdict({ State: state, RestartCount: restarts, Config: config }: ContainerInspectInfo): Verdict {
  if (state.Health?.Status === 'healthy') return { state: 'ready' };
  if (state.Status === 'exited' || state.Status === 'dead')
    return { state: 'failed', why: `ended with exit code ${state.ExitCode}` };
  const allowed = config.Labels[WORKLOAD_LABEL] === 'kafka' ? BROKER_RESTARTS_ALLOWED : RESTARTS_ALLOWED;
  if (restarts > allowed)
    return { state: 'failed', why: `was restarted ${restarts} times, last exit code ${state.ExitCode}` };
  // The engine calls what has just ended unhealthy until it has started it again.
  if (!state.Restarting && state.Health?.Status === 'unhealthy') {
    return {
      state: 'failed',
      why: `is unhealthy: ${state.Health.Log?.at(-1)?.Output.trim() || 'its health command fails'}`,
    };
  }
  return { state: 'starting' };
}

/** The end of a container's log, both streams in order. @param sinceMs milliseconds since 1970 */
export async function lastLogLines(container: Container, lines: number, sinceMs = 0): Promise<string> {
  const raw = await container.logs({ stdout: true, stderr: true, tail: lines, since: sinceMs / 1000 });
  return demultiplex(raw);
}

/** The engine puts an 8 byte header (stream, length) before each piece of a log. */
function demultiplex(raw: Buffer): string {
  const pieces: string[] = [];
  for (let at = 0; at + 8 <= raw.length;) {
    const length = raw.readUInt32BE(at + 4);
    pieces.push(raw.subarray(at + 8, at + 8 + length).toString());
    at += 8 + length;
  }
  return pieces.join('');
}

/** Runs the container's own health command now; the engine asks every few seconds only. */
export async function answers(container: Container): Promise<boolean> {
  try {
    const test = (await container.inspect()).Config.Healthcheck?.Test?.slice(1);
    if (!test) return false;
    const run = await container.exec({ Cmd: test, AttachStdout: true, AttachStderr: true });
    const stream = await run.start({});
    await new Promise((ended) => stream.on('end', ended).on('close', ended).on('error', ended).resume());
    return (await run.inspect()).ExitCode === 0;
  } catch {
    // The container can end between the calls; the next look at its state says why.
    return false;
  }
}
