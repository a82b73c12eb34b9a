import { setTimeout as sleep } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { ROOT } from '../stacks/settings';
import { type Held, isAlive, lock, type Lock, tryLock } from '../toolchain/terraform-shim/process.cjs';
import type { Deployment } from './deployment';

const BIN = join(ROOT, 'node_modules', '.bin');
/** One folder of synthesised stacks for the whole checkout: a synth under a running Terraform would take its files away. */
const CHECKOUT_LOCK = join(ROOT, '.deployments', '.cdktf');

export interface CdktfRun {
  readonly logFile: string;
  /** Exit code; undefined where a signal ended it. */
  readonly ended: Promise<number | undefined>;
  /** Lines that were written since the last call. */
  newLines(): string[];
  /** Asks it to stop as Ctrl-C does, and waits at most this long for it and for Terraform to write the state. */
  stop(seconds: number): Promise<boolean>;
}

/** Waits until no other command works on the deployments of this checkout, and Terraform has ended what it had begun. */
export async function takeTurn(
  deployment: Deployment,
  command: 'deploy' | 'destroy' | 'stop',
  say: (line: string) => void,
): Promise<Lock> {
  const waiting = ({ owners, about, since }: Held) =>
    say(`waiting for the ${about} that process ${owners.find(isAlive)?.pid} began at ${since}`);
  const mine = await lock(CHECKOUT_LOCK, `${command} of "${deployment.settings.name}"`, waiting);
  (await lock(terraformLock(deployment), command, waiting)).release();
  return mine;
}

function terraformLock({ stateFile }: Deployment): string {
  return `${stateFile}.run`;
}

/**
 * Starts `cdktf`. Everything it says goes to a file and not through a pipe of ours: if this process is killed, Terraform
 * goes on, finishes its work and keeps its state, and the next command waits for it.
 */
export async function startCdktf(
  deployment: Deployment,
  command: 'deploy' | 'destroy',
  say: (line: string) => void,
): Promise<CdktfRun> {
  const mine = await takeTurn(deployment, command, say);
  const terraform = terraformLock(deployment);
  const logFile = join(deployment.folder, `${command}.log`);
  mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
  const log = openSync(logFile, 'w', 0o600);
  const child = spawn(join(BIN, 'cdktf'), [command, deployment.stack, '--auto-approve'], {
    cwd: ROOT,
    env: {
      ...process.env,
      PATH: `${BIN}${delimiter}${process.env['PATH'] ?? ''}`,
      CI: '1',
      FORCE_COLOR: '0',
      NO_COLOR: '1',
      DISABLE_VERSION_CHECK: '1',
    },
    stdio: ['ignore', log, log],
    // In a group of its own: Ctrl-C is passed on by us, once.
    detached: true,
  });
  closeSync(log);
  const ended = new Promise<number | undefined>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? undefined));
  }).finally(() => mine.release());
  ended.catch(() => undefined); // awaited by the caller, maybe later
  if (child.pid !== undefined) mine.add(child.pid);

  return {
    logFile,
    ended,
    newLines: linesOf(logFile),
    stop: async (seconds) => {
      if (child.pid === undefined) return true;
      signalGroup(child.pid, 'SIGINT');
      const deadline = Date.now() + seconds * 1000;
      while (Date.now() < deadline) {
        if ((child.exitCode !== null || child.signalCode !== null) && isFree(terraform)) return true;
        await sleep(100);
      }
      return false;
    },
  };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function isFree(file: string): boolean {
  const answer = tryLock(file);
  if (answer.heldBy !== undefined) return false;
  answer.release();
  return true;
}

/** Reads on where it stopped the last time; an unfinished line is kept for the next call. */
function linesOf(file: string): () => string[] {
  let at = 0;
  let rest = '';
  return () => {
    const size = statSync(file).size;
    const buffer = Buffer.alloc(Math.max(0, size - at));
    const from = openSync(file, 'r');
    at += readSync(from, buffer, 0, buffer.length, at);
    closeSync(from);
    const lines = (rest + buffer.toString()).split('\n');
    rest = lines.pop() ?? '';
    return lines.map(clean);
  };
}

/** A line of the log without colours and without the name of the stack that cdktf puts in front. */
function clean(line: string): string {
  return stripVTControlCharacters(line)
    .replace(/^(local|k8s)\s{2}/, '')
    .trimEnd();
}

/** What a person needs from the log of a failed command: the errors, or else its end. */
export function failureLines(log: string, most = 40): string[] {
  const lines = log
    .split('\n')
    .map(clean)
    .filter((line) => line.trim() !== '' && !/^\d+ Stacks? deploying|Suppressed by quiet=true/.test(line.trim()));
  const error = lines.findIndex((line) => /^\s*Error: /.test(line));
  return error === -1 ? lines.slice(-most) : lines.slice(error, error + most);
}

/** What Terraform is doing, if a line of its output says so. */
export function doingNow(line: string): string | undefined {
  return /^\s*(?:(?:docker|kubernetes)_\w+|data)\.\S+(?: \([^)]*\))?\S*: .*/
    .exec(line)?.[0]
    .trim()
    .replace(/ \[id=.*/, '');
}

export function readLog(file: string): string {
  return readFileSync(file, 'utf8');
}

/** The workload that Terraform's first error is about, if it is about one. */
export function failedWorkload(log: string): string | undefined {
  return /with docker_container\.([a-z0-9-]+)/.exec(log)?.[1];
}

/** The workload that Terraform has just finished, if a line of its output says so. */
export function completedWorkload(line: string): string | undefined {
  return /(?:docker_container|kubernetes_(?:deployment|stateful_set|job)_v1)\.([a-z0-9-]+)(?: \([^)]*\))?: Creation complete/.exec(
    line,
  )?.[1];
}
