import type { Container, ContainerInspectInfo } from 'dockerode';

/** A broker that comes back too early after a kill may stop once or twice until its old session has timed out. */
const RESTARTS_ALLOWED = 2;

export type Verdict = { state: 'starting' | 'ready' } | { state: 'failed'; why: string };

/** What the engine says about a container that should run for ever. */
export function verdict({ State: state, RestartCount: restarts }: ContainerInspectInfo): Verdict {
  if (state.Health?.Status === 'healthy') return { state: 'ready' };
  if (state.Status === 'exited' || state.Status === 'dead')
    return { state: 'failed', why: `ended with exit code ${state.ExitCode}` };
  if (restarts > RESTARTS_ALLOWED)
    return { state: 'failed', why: `was restarted ${restarts} times, last exit code ${state.ExitCode}` };
  if (state.Health?.Status === 'unhealthy') {
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
