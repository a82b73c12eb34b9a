/** A page is asked for by a person: it says after this time what is wrong rather than waiting on. */
export const DEADLINE_MS = 2_500;

export type ServiceName = 'Kafka' | 'Schema Registry';

/** Why a service could not be asked, in words for the page. */
export interface Problem {
  readonly service: ServiceName;
  readonly address: string;
  readonly reason: string;
}

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

/** The thing asked for does not exist; the service itself is well. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
}

export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/** Settles with `work`, or fails at the deadline. The work itself goes on: its owner must end it. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineExceeded(`no answer within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Turns failure into data, except for {@link NotFound}, which is an answer. */
export async function attempt<T>(service: ServiceName, address: string, work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof NotFound) throw error;
    return { ok: false, problem: { service, address, reason: explain(error) } };
  }
}

const CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused: nothing listens there (not started yet, or stopped)',
  ECONNRESET: 'the connection was closed while it was used (restarting?)',
  EPIPE: 'the connection was closed while it was used (restarting?)',
  ENOTFOUND: 'the host name does not resolve (not started, or not on this network)',
  EAI_AGAIN: 'the host name does not resolve at the moment (not started, or no DNS)',
  ETIMEDOUT: 'no answer to the connection request',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
};

/** The innermost cause in plain words: clients wrap it in "retries exceeded" and the like. */
export function explain(error: unknown): string {
  let cause = error;
  for (let depth = 0; depth < 5 && cause instanceof Error; depth++) {
    const code = (cause as NodeJS.ErrnoException).code;
    const named = Object.keys(CODES).find((name) => code === name || (cause as Error).message.includes(name));
    if (named !== undefined) return CODES[named]!;
    if (cause.name === 'TimeoutError' || cause.name === 'AbortError') return 'no answer in time';
    if (!(cause.cause instanceof Error)) break;
    cause = cause.cause;
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/Connection timeout/i.test(message)) return CODES['ETIMEDOUT']!;
  return firstLine(message) || 'failed without a message';
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.trim().slice(0, 300);
}

/**
 * Shares one result for a moment, and one run between callers that ask at the same time: several open pages must not
 * multiply the connections to the broker.
 */
export function shared<T>(ms: number, load: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const entries = new Map<string, { readonly value: Promise<T>; until: number }>();
  return (key) => {
    const now = Date.now();
    for (const [name, entry] of entries) if (entry.until < now) entries.delete(name);
    const known = entries.get(key);
    if (known) return known.value;
    const value = load(key);
    const entry = { value, until: Number.POSITIVE_INFINITY };
    entries.set(key, entry);
    const settle = (): void => {
      entry.until = Date.now() + ms;
    };
    value.then(settle, settle);
    return value;
  };
}
