import type { Logger } from './logger';

const DEADLINE_MS = 8000;

/** Closes everything, in this order, on SIGTERM and SIGINT, and ends the process within eight seconds whatever happens. */
export function closeOnSignal(logger: Logger, ...closers: (() => unknown)[]): void {
  let closing = false;
  const close = (signal: string) => {
    if (closing) {
      return;
    }
    closing = true;
    logger.info({ signal }, 'shutting down');
    setTimeout(() => {
      logger.error('did not close in time');
      process.exit(1);
    }, DEADLINE_MS).unref();
    void closers
      .reduce((before, closer) => before.then(() => closer()), Promise.resolve<unknown>(undefined))
      .then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error({ err: error }, 'shutting down failed');
          process.exit(1);
        },
      );
  };
  process.on('SIGTERM', close);
  process.on('SIGINT', close);
}
