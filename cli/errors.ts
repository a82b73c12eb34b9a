import { types } from 'node:util';

/** How a command ends: for scripts. `review` adds its own. */
export const exitCodes = {
  done: 0,
  /** Something of the deployment or the machine is wrong. */
  failed: 1,
  /** Wrong arguments, settings or files, found before anything was created. */
  wrongInput: 2,
} as const;

/** Something that the person at the keyboard can mend: shown as its message, without a stack. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';

  constructor(
    message: string,
    readonly exitCode: number = exitCodes.failed,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What somebody typed is wrong: nothing has been created. */
export function wrongInput(message: string): CommandError {
  return new CommandError(message, exitCodes.wrongInput);
}

/** Errors of ours carry their exit code; everything else has simply failed. */
export function exitCodeOf(error: unknown): number {
  const { exitCode } = (error ?? {}) as { exitCode?: unknown };
  return types.isNativeError(error) && typeof exitCode === 'number' ? exitCode : exitCodes.failed;
}

/** What goes to the terminal when a command fails. The stack is for the people who mend the command itself. */
export function explain(error: unknown, debug = false): string {
  if (debug && types.isNativeError(error)) return error.stack ?? error.message;
  return engineHint(error) ?? withCauses(error);
}

/** An error with what is behind it: fetch says only "fetch failed", a refused connection may say nothing at all. */
function withCauses(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  const own = error.message || (error as NodeJS.ErrnoException).code || error.name;
  return error.cause === undefined ? own : `${own}: ${withCauses(error.cause)}`;
}

function engineHint(error: unknown): string | undefined {
  const { code, syscall, address, port } = (error ?? {}) as NodeJS.ErrnoException & { address?: string; port?: number };
  const named = process.env['DOCKER_HOST'];
  if (syscall === 'connect' && port !== undefined && named?.endsWith(`:${port}`))
    return `DOCKER_HOST is "${named}", and no Docker engine answers there (${code}): start it or unset the variable`;
  if (syscall !== 'connect' || !address?.endsWith('.sock')) return undefined;
  if (code === 'EACCES') {
    return `this user may not talk to the Docker engine at ${address}: add it to the group "docker" and log in again`;
  }
  return `the Docker engine does not answer at ${address}: run "npm run setup", which starts it or says what is missing`;
}
