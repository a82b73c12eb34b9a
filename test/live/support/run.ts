import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { checkout, withoutSettings } from './checkout';

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Both streams, in the order they came. */
  readonly output: string;
  readonly seconds: number;
}

export interface RunOptions {
  /** @default - that of the test, without the settings of the project that its shell may have, and without npm's warnings */
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** @default - the test's checkout */
  readonly cwd?: string;
  /** Called with what has come since the last call. */
  readonly onOutput?: (text: string) => void;
  /** The process group is killed after it. @default 600 */
  readonly timeoutSeconds?: number;
  /** Called with the process once it runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs a command in the test's checkout, in a process group of its own, and never throws: the test judges. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const began = Date.now();
  return new Promise((done) => {
    // What npm thinks of this machine's own npmrc is no part of what a command says.
    const quiet = { ...withoutSettings(process.env), npm_config_loglevel: 'error' };
    const { cwd = checkout, env = quiet } = options;
    const child = spawn(command, args, { cwd, env, detached: true });
    let output = '';
    const take = (data: Buffer) => {
      output += data.toString();
      options.onOutput?.(data.toString());
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
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

/** Kills the command, the way a closed terminal does; what it has put into a group of its own goes on. */
export function killGroup(child: ChildProcess): void {
  kill(-child.pid!);
}

/** Kills the command and everything that it has started, however deep, the way a power cut does. */
export function killTree(child: ChildProcess): void {
  const children = new Map<number, number[]>();
  for (const pid of readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)) {
    const parent = parentOf(pid);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap(tree)];
  for (const pid of tree(child.pid!)) kill(pid);
}

/** Kills all of it at the moment when Terraform has emptied its state to write it. */
export function killWhileWriting(state: string): (child: ChildProcess) => void {
  return (child) => {
    killTree(child);
    // Nothing holds it once a run is through.
    if (existsSync(state) && existsSync(`${state}.run`)) truncateSync(state);
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Ended in the meantime.
  }
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined; // ended in the meantime
  }
}

/** Only what a fresh login shell has: nothing exported for this project. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return { HOME: process.env['HOME'], PATH: process.env['PATH'] };
}
