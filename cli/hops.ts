import { setTimeout as sleep } from 'node:timers/promises';
import { seconds } from '../toolchain/log';
import { USER_DAG } from './airflow';
import { CommandError } from './errors';

/** One stretch of the way that a record takes. */
export interface Hop {
  readonly name: string;
  /** What must be true at its end, in words that follow "waiting for". */
  readonly awaits: string;
  /** Commands that show more when it does not come true. */
  readonly lookFurther: readonly string[];
}

/** A run got stuck: names the hop, what was seen there, and where to look. */
export class HopError extends CommandError {
  override readonly name = 'HopError';

  /** @param troubled services that do not do their work, in words */
  constructor(
    readonly hop: Hop,
    readonly detail: string,
    troubled: readonly string[] = [],
  ) {
    super(
      [
        `proof failed at ${hop.name}: ${detail}`,
        ...troubled,
        'To look further:',
        ...hop.lookFurther.map((command) => `  ${command}`),
      ].join('\n'),
    );
  }
}

export type Look<T> = { readonly value: T } | { readonly waiting: string } | { readonly failed: string };

export interface FollowOptions {
  readonly seconds: number;
  readonly pollMs?: number;
  /** Told whenever what is being waited for has changed. */
  readonly progress?: (waiting: string) => void;
}

/**
 * Looks again and again until the hop is passed. Errors while looking count as "not yet", because services may be
 * starting; the last one is shown if time runs out.
 * @throws {HopError}
 */
export async function follow<T>(hop: Hop, look: () => Promise<Look<T>> | Look<T>, options: FollowOptions): Promise<T> {
  const deadline = Date.now() + options.seconds * 1000;
  let waiting = hop.awaits;
  for (;;) {
    const seen = await Promise.resolve()
      .then(look)
      .catch((error: unknown): Look<T> => ({ waiting: `${hop.awaits} (${describe(error)})` }));
    if ('value' in seen) return seen.value;
    if ('failed' in seen) throw new HopError(hop, seen.failed);
    if (seen.waiting !== waiting) options.progress?.(seen.waiting);
    waiting = seen.waiting;
    if (Date.now() > deadline)
      throw new HopError(hop, `after ${seconds(options.seconds * 1000)} still waiting for ${waiting}`);
    await sleep(options.pollMs ?? 250);
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause =
    error.cause instanceof Error ? `: ${error.cause.message || (error.cause as NodeJS.ErrnoException).code}` : '';
  return `${error.message}${cause}`;
}

/** The hops of a run in the order of the way, with the commands that show the logs of a service. */
export function hopsOf(logs: (service: string) => string, dag: string = USER_DAG) {
  return {
    login: {
      name: 'Airflow (log in as the Operations User)',
      awaits: 'Airflow to answer',
      lookFurther: [logs('airflow-api-server'), logs('airflow-init')],
    },
    trigger: {
      name: `Airflow (start the DAG ${dag})`,
      awaits: `Airflow to know the DAG ${dag}`,
      lookFurther: [logs('airflow-dag-processor'), logs('airflow-api-server')],
    },
    running: {
      name: 'Airflow (run the task)',
      awaits: 'the scheduler to start the run',
      lookFurther: [logs('airflow-scheduler')],
    },
    producer: {
      name: 'producer',
      awaits: 'the producer to report the run as succeeded',
      lookFurther: [logs('producer'), logs('airflow-scheduler'), logs('random-user')],
    },
    kafka: {
      name: 'Kafka',
      awaits: 'the records of the run',
      lookFurther: [logs('kafka'), logs('producer')],
    },
    spark: {
      name: 'Spark',
      awaits: 'the stream to have passed the records of the run',
      lookFurther: [logs('stream'), logs('spark-worker'), logs('spark-master')],
    },
    cassandra: {
      name: 'Cassandra',
      awaits: 'the rows of the run to be readable',
      lookFurther: [logs('cassandra'), logs('stream')],
    },
    success: {
      name: 'Airflow (end of the run)',
      awaits: 'Airflow to report success',
      lookFurther: [logs('airflow-scheduler')],
    },
  } as const satisfies Record<string, Hop>;
}
