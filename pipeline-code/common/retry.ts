import { ExponentialBackoff, handleAll, handleWhen, retry as policy } from 'cockatiel';

export interface RetryOptions {
  /** How often in all. */
  readonly attempts: number;
  /** The first pause; every next one is longer, with jitter. @default 200 */
  readonly initialDelayMs?: number;
  /** The longest pause. @default 10000 */
  readonly maxDelayMs?: number;
  /** Which errors are worth another attempt. @default - all */
  readonly when?: (error: Error) => boolean;
  readonly onRetry?: (error: Error, delayMs: number, attempt: number) => void;
  readonly signal?: AbortSignal;
}

/** Tries until it works or the attempts are used up; then throws the last error. */
export async function retry<T>(
  { attempts, initialDelayMs = 200, maxDelayMs = 10_000, when, onRetry, signal }: RetryOptions,
  work: () => Promise<T>,
): Promise<T> {
  const retrying = policy(when ? handleWhen(when) : handleAll, {
    maxAttempts: attempts - 1,
    backoff: new ExponentialBackoff({ initialDelay: initialDelayMs, maxDelay: maxDelayMs }),
  });
  let attempt = 1;
  retrying.onRetry((event) => {
    const error = 'error' in event ? event.error : new Error('no result');
    onRetry?.(error, event.delay, attempt++);
  });
  return retrying.execute(work, signal);
}

/** Tries with growing pauses until it works or `deadline` (milliseconds since 1970) has passed; then throws the last error. */
export async function retryUntil<T>(
  deadline: number,
  work: () => Promise<T>,
  options: Omit<RetryOptions, 'attempts'> = {},
): Promise<T> {
  const { when = () => true, ...rest } = options;
  return retry(
    { maxDelayMs: 2000, ...rest, attempts: Number.MAX_SAFE_INTEGER, when: (e) => Date.now() < deadline && when(e) },
    work,
  );
}
