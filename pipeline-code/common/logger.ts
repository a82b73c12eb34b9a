import { types } from 'node:util';

import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/** JSON lines on standard output, where the container's log is taken from. */
export function createLogger(program: string, level = 'info'): Logger {
  return pino({
    level,
    base: { program },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}

/** What went wrong, with the causes behind it, in one line. */
export function describeError(error: unknown): string {
  if (!types.isNativeError(error)) {
    return String(error);
  }
  // fetch says only "fetch failed", and a refused connection to two addresses has no message at all
  const code = (error as NodeJS.ErrnoException).code;
  const own = error.message || code || error.name;
  const cause = error.cause === undefined ? '' : describeError(error.cause);
  return own.includes(cause) ? own : `${own}: ${cause}`;
}
