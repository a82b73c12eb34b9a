import { z } from 'zod';

import { retry } from '../common/retry';
import { describeError, type Logger } from '../common/logger';
import { apiPageSchema, userApiVersion, type ApiUser, type UserSource } from '../contract';

/** A page that did not come, and whether asking again can help. */
export class SourceError extends Error {
  constructor(
    message: string,
    readonly canRetry: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'SourceError';
  }
}

export interface PageRequest {
  readonly seed: string;
  /** From 1. */
  readonly page: number;
  readonly results: number;
}

export interface SourceOptions {
  readonly urls: Readonly<Record<UserSource, string>>;
  readonly logger: Logger;
  /** @default 10000 */
  readonly timeoutMs?: number;
  /** How long `auto` waits for the live API before it takes the twin. @default 3000 */
  readonly probeTimeoutMs?: number;
  /** How often a page is asked for in all. @default 6 */
  readonly attempts?: number;
  /** The first pause between two attempts. @default 500 */
  readonly initialDelayMs?: number;
  /** The longest pause, also if the API asks for a longer one. @default 15000 */
  readonly maxDelayMs?: number;
}

/** The random user API, live or its twin: same routes, same shapes. */
export class Source {
  private readonly options: Required<SourceOptions>;

  constructor(options: SourceOptions) {
    this.options = {
      timeoutMs: 10_000,
      probeTimeoutMs: 3000,
      attempts: 6,
      initialDelayMs: 500,
      maxDelayMs: 15_000,
      ...options,
    };
  }

  /** What `auto` means now: the live API if it gives a user in time, else its twin. */
  async probe(signal?: AbortSignal): Promise<UserSource> {
    try {
      await this.ask('live', { seed: 'probe', page: 1, results: 1 }, this.options.probeTimeoutMs, signal);
      return 'live';
    } catch (error) {
      signal?.throwIfAborted();
      this.options.logger.info({ reason: describeError(error) }, 'the live API does not answer, taking its twin');
      return 'twin';
    }
  }

  /** The users of a page, exactly as many as asked for; tries again with growing pauses, but not for ever. */
  async page(source: UserSource, request: PageRequest, signal?: AbortSignal): Promise<ApiUser[]> {
    const { attempts, initialDelayMs, maxDelayMs, timeoutMs, logger } = this.options;
    let asked = 0;
    try {
      return await retry(
        {
          attempts,
          initialDelayMs,
          maxDelayMs,
          when: (error) => !(error instanceof SourceError) || error.canRetry,
          onRetry: (error, delayMs, attempt) =>
            logger.warn({ source, page: request.page, attempt, delayMs, reason: describeError(error) }, 'asking again'),
          ...(signal ? { signal } : {}),
        },
        () => {
          asked += 1;
          return this.ask(source, request, timeoutMs, signal);
        },
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw new Error(`the ${source} API failed ${asked} times for page ${request.page}: ${describeError(error)}`, {
        cause: error,
      });
    }
  }

  private async ask(
    source: UserSource,
    { seed, page, results }: PageRequest,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<ApiUser[]> {
    const url = new URL(this.options.urls[source]);
    url.search = new URLSearchParams({ results: String(results), seed, page: String(page) }).toString();
    const timeout = AbortSignal.timeout(timeoutMs);
    let response: Response;
    let body: unknown;
    try {
      response = await fetch(url, { signal: signal ? AbortSignal.any([timeout, signal]) : timeout });
      if (!response.ok) {
        await response.body?.cancel();
        await this.obeyRetryAfter(response, signal);
        throw refused(response.status);
      }
      body = await response.json();
    } catch (error) {
      if (error instanceof SourceError) {
        throw error;
      }
      signal?.throwIfAborted();
      if (timeout.aborted) {
        throw new SourceError(`no answer within ${timeoutMs} ms`, true, { cause: undefined });
      }
      throw new SourceError(describeError(error), true);
    }
    const answer = apiPageSchema.safeParse(body);
    if (!answer.success) {
      throw new SourceError(`malformed answer: ${z.prettifyError(answer.error).split('\n', 2).join(' ')}`, true);
    }
    const { info, results: users } = answer.data;
    if (info.version !== userApiVersion) {
      throw new SourceError(`the API answers in version ${info.version}, not ${userApiVersion}`, false);
    }
    if (users.length !== results) {
      throw new SourceError(`${users.length} users instead of ${results}`, true);
    }
    return users;
  }

  private async obeyRetryAfter(response: Response, signal?: AbortSignal): Promise<void> {
    const seconds = Number(response.headers.get('retry-after'));
    if (response.status === 429 && seconds > 0) {
      await pause(Math.min(seconds * 1000, this.options.maxDelayMs), signal);
    }
  }
}

function refused(status: number): SourceError {
  return new SourceError(`HTTP ${status}`, status === 429 || status === 408 || status >= 500);
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
}
