import { type ChildProcess, spawn } from 'node:child_process';
import { checkout } from './checkout';

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Both streams, in the order they came. */
  readonly output: string;
  readonly seconds: number;
}

export interface RunOptions {
  /** @default - that of the test */
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** The process group is killed after it. @default 600 */
  readonly timeoutSeconds?: number;
  /** Called with the process once it runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs a command in the test's checkout, in a process group of its own, and never throws: the test judges. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const began = Date.now();
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: checkout, env: options.env ?? process.env, detached: true });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    child.stdin.end(options.input ?? '');
    const limit = setTimeout(() => killGroup(child), (options.timeoutSeconds ?? 600) * 1000);
    child.on('error', (error) => (output += String(error)));
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      done({ code, signal, output, seconds: (Date.now() - began) / 1000 });
    });
    options.onStart?.(child);
  });
}

/** Kills the process and everything it has started, the way a closed laptop or an impatient user does. */
export function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // Ended in the meantime.
  }
}

/** Only what a fresh login shell has: nothing exported for this project. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return { HOME: process.env['HOME'], PATH: process.env['PATH'] };
}
