import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment of this process; undefined takes a variable away. */
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the command when it has not printed anything for so long at its start. */
  readonly firstOutputMs?: number;
  /** Ends the command after this time. */
  readonly timeoutSeconds?: number;
}

export interface RunResult {
  readonly code: number;
  readonly output: string;
  readonly stdout: string;
}

/** Runs a command to its end and returns what it printed. A command that cannot be started has code 127. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(command, [...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutSeconds === undefined ? undefined : options.timeoutSeconds * 1000,
    });
    let output = '';
    let stdout = '';
    const silent =
      options.firstOutputMs === undefined ? undefined : setTimeout(() => child.kill(), options.firstOutputMs);
    child.stdout.on('data', (chunk: Buffer) => {
      clearTimeout(silent);
      output += chunk.toString();
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      clearTimeout(silent);
      output += chunk.toString();
    });
    child.on('error', (error) => {
      clearTimeout(silent);
      resolve({ code: 127, output: `${output}${error.message}\n`, stdout });
    });
    child.on('close', (code) => {
      clearTimeout(silent);
      resolve({ code: code ?? 1, output, stdout });
    });
  });
}

/** The same, but a failure is an error with the last lines of what the command printed. */
export async function runOrFail(
  what: string,
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await run(command, args, options);
  if (result.code === 0) return result.stdout;
  throw new Error(
    `${what} failed (${command} ended with code ${result.code}). Its last lines:\n${lastLines(result.output)}`,
  );
}

export function lastLines(text: string, count = 30): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
