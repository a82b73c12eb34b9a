import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the command after this time. */
  readonly timeoutSeconds?: number;
}

/** Runs a command quietly and answers what it wrote; a failure names the command and shows its last lines. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutSeconds === undefined ? undefined : options.timeoutSeconds * 1000,
    });
    let stdout = '';
    let both = '';
    child.stdout.on('data', (data: Buffer) => {
      stdout += data;
      both += data;
    });
    child.stderr.on('data', (data: Buffer) => {
      both += data;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(stdout);
      const last = both.trim().split('\n').slice(-12).join('\n');
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      reject(new Error(`"${[command, ...args].join(' ')}" ended with ${how}. Its last lines:\n${last}`));
    });
  });
}
