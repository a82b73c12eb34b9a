import { setTimeout as delay } from 'node:timers/promises';

import type { Kafka } from 'kafkajs';

import { describeError, type Logger } from '../common/logger';
import { streamGroup, topics } from '../contract';
import type { Config } from './config';
import { ConnectLost, SparkConnect, type QueryId, type QueryProgress } from './connect';
import { CONNECT_PORT, ConnectServer } from './connect-server';
import { advice, Ended, Hanging, PlanOutdated, pauseMs } from './interruptions';
import { deadLetterQuery, storeQuery, undecidedId, type StreamStart } from './plan';
import { lag, PublishedProgress, type Offsets } from './progress';
import { SchemaVersions } from './schemas';
import { Surroundings, type Executor } from './surroundings';
import { ExecutorWatchdog, Watchdog } from './watchdog';

const POLL_MS = 1000;
const REGISTRY_MS = 2000;
const SURROUNDINGS_MS = 2000;
const SERVER_START_MS = 120_000;
const STABLE_MS = 60_000;
/** So many failures in a row make the driver itself a suspect. */
const SUSPICIOUS = 3;

type Name = 'store' | 'dead-letters';

interface Query {
  readonly name: Name;
  readonly id: QueryId;
  readonly watchdog: Watchdog;
  progress?: QueryProgress;
}

/** Keeps the two queries running, whatever happens around them. */
export class Supervisor {
  private readonly schemas: SchemaVersions;
  private readonly surroundings: Surroundings;
  private readonly stored: PublishedProgress;
  private readonly sorted: PublishedProgress;
  private readonly stopping = new AbortController();
  private ran: Promise<void> = Promise.resolve();

  private server?: ConnectServer;
  private session?: SparkConnect;
  private queries: Query[] = [];
  private submittedAt = 0;
  private executors?: readonly Executor[];
  private ends?: Offsets;
  private deadLetters?: number;

  private phase = 'starting';
  private lastFailure?: { readonly at: string; readonly message: string; readonly advice?: string };
  private readonly starts = { driver: 0, queries: 0 };

  constructor(
    private readonly config: Config,
    kafka: Kafka,
    private readonly log: Logger,
  ) {
    this.schemas = new SchemaVersions(config.registryUrl);
    this.surroundings = new Surroundings(config, kafka);
    this.stored = new PublishedProgress(kafka, streamGroup, topics.users);
    this.sorted = new PublishedProgress(kafka, `${streamGroup}-dead-letters`, topics.users);
  }

  /** Runs until {@link stop}; rejects only for a fault of this program. */
  start(): Promise<void> {
    this.ran = this.run().catch((error: unknown) => {
      if (!this.stopping.signal.aborted) {
        throw error;
      }
    });
    return this.ran;
  }

  /** Stops the queries, then the driver. Takes at most six seconds. */
  async stop(): Promise<void> {
    this.phase = 'stopping';
    this.stopping.abort();
    await this.stopQueries(2000);
    await this.server?.stop(3000);
    await Promise.race([this.ran, delay(1000)]).catch(() => undefined);
    await Promise.all([this.stored.close(), this.sorted.close(), this.surroundings.close()]);
  }

  /** Why records are not flowing now, if they are not. */
  unhealthy(): string | undefined {
    if (this.phase !== 'running') {
      const { advice, message } = this.lastFailure ?? {};
      return message ? `${this.phase}; last failure: ${advice ?? message}` : this.phase;
    }
    if (!this.ends) {
      return 'Kafka does not answer';
    }
    return this.executors?.length === 0 ? 'the driver has no executor' : undefined;
  }

  status(): Record<string, unknown> {
    const described = this.queries.map(({ name, id, progress }) => [
      name,
      {
        id: id.id,
        run_id: id.run_id,
        batch: progress?.batchId ?? null,
        last_batch_at: progress?.timestamp ?? null,
        last_batch_rows: progress?.numInputRows ?? null,
        duration_ms: progress?.durationMs ?? {},
        offsets: offsetsOf(progress) ?? {},
        lag: this.ends && progress ? lag(this.ends, offsetsOf(progress) ?? {}) : null,
      },
    ]);
    return {
      state: this.phase,
      queries: Object.fromEntries(described) as unknown,
      end_offsets: this.ends ?? {},
      dead_letters: this.deadLetters ?? null,
      schema_ids: this.schemas.schemas.known.map((schema) => schema.id),
      rejected_schema_ids: this.schemas.schemas.rejected,
      executors: this.executors ?? [],
      restarts: { driver: Math.max(0, this.starts.driver - 1), queries: Math.max(0, this.starts.queries - 1) },
      last_failure: this.lastFailure ?? null,
    };
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      this.submittedAt = 0;
      try {
        await this.startDriver();
        await this.surroundingsReady();
        await this.submit();
        await this.watch();
      } catch (error) {
        if (this.stopping.signal.aborted) {
          return;
        }
        if (this.submittedAt > 0 && Date.now() - this.submittedAt > STABLE_MS) {
          failures = 0;
        }
        failures = await this.recover(error, failures);
      }
    }
  }

  /** Puts everything into a state from which the next round can begin. @returns the failures in a row, this included */
  private async recover(error: unknown, before: number): Promise<number> {
    this.phase = 'restarting';
    const undecided = error instanceof Ended ? undecidedId(error.exception) : undefined;
    if (error instanceof PlanOutdated || undecided !== undefined) {
      await this.stopQueries(5000);
      if (undecided !== undefined) {
        const decision = await this.insist('the schema registry', () => this.schemas.decide(undecided));
        this.log.warn({ id: undecided, decision }, 'a record names a schema that the running plan does not know');
      } else {
        this.log.info('new schema version: the queries start again with it');
      }
      return before;
    }
    const failures = before + 1;
    const message = describeError(error);
    this.lastFailure = { at: new Date().toISOString(), message, advice: advice(message) };
    const restartDriver = this.server?.ended !== undefined || error instanceof Hanging || failures % SUSPICIOUS === 0;
    const pause = pauseMs(failures);
    this.log.error({ failures, restartDriver, pause, advice: this.lastFailure.advice }, message);
    if (!restartDriver && !(await this.stopQueries(5000))) {
      await this.endDriver('it did not stop its queries');
    } else if (restartDriver) {
      await this.endDriver(message);
    }
    await this.pause(pause);
    return failures;
  }

  private async startDriver(): Promise<void> {
    if (this.server && this.server.ended === undefined) {
      return;
    }
    await this.insist('the Spark master', () => this.surroundings.askMaster());
    this.phase = 'starting the driver';
    this.starts.driver += 1;
    this.surroundings.forgetDriver();
    this.executors = undefined;
    this.server = new ConnectServer(this.config, this.log);
    this.log.info({ pid: this.server.pid, start: this.starts.driver }, 'driver started');
  }

  private async endDriver(why: string): Promise<void> {
    this.log.warn({ why }, 'ending the driver');
    this.session?.close();
    this.session = undefined;
    this.queries = [];
    // One that hangs does not listen to a polite word either, and its checkpoints are made for a kill.
    await this.server?.stop(0);
  }

  /** What a query needs before its first batch. Asked from here: Spark's answer would be an exception, or none. */
  private async surroundingsReady(): Promise<void> {
    const round = new AbortController();
    const signal = AbortSignal.any([round.signal, this.stopping.signal]);
    const askKafka = async () => {
      this.ends = await this.surroundings.endOffsets();
    };
    try {
      await Promise.all([
        this.insist('Kafka', askKafka, signal),
        this.insist('Cassandra', () => this.surroundings.askCassandra(), signal),
        this.insist('the schema registry', () => this.schemas.refresh(), signal),
        this.driverReady(),
      ]);
    } finally {
      round.abort();
    }
  }

  private async driverReady(): Promise<void> {
    const { server } = this;
    if (!server || this.session) {
      return;
    }
    const session = new SparkConnect(`127.0.0.1:${CONNECT_PORT}`, server.token, this.config.spark.protos);
    const deadline = Date.now() + SERVER_START_MS;
    for (;;) {
      this.stopping.signal.throwIfAborted();
      if (server.ended !== undefined) {
        throw new ConnectLost(`the driver ${server.ended}`);
      }
      try {
        const version = await session.version(2000);
        this.log.info({ version }, 'driver answers');
        this.session = session;
        return;
      } catch (error) {
        if (!(error instanceof ConnectLost) || Date.now() > deadline) {
          session.close();
          throw new Hanging(`the driver does not answer: ${describeError(error)}`);
        }
        await this.pause(250);
      }
    }
  }

  private async submit(): Promise<void> {
    const { session, config } = this;
    if (!session) {
      throw new ConnectLost('no session');
    }
    this.phase = 'starting the queries';
    this.starts.queries += 1;
    const settings = {
      bootstrapServers: config.brokers.join(','),
      checkpoints: config.checkpoints,
      triggerMs: config.triggerMs,
      deadLetterTriggerMs: config.deadLetterTriggerMs,
      nthStart: this.starts.queries,
    };
    const { schemas } = this.schemas;
    const submitOne = async (name: Name, start: StreamStart, allowanceMs: number) => {
      const id = await session.start(start, name);
      this.queries.push({ name, id, watchdog: new Watchdog(allowanceMs) });
    };
    this.queries = [];
    await submitOne('store', storeQuery(schemas, settings), config.triggerMs);
    await submitOne('dead-letters', deadLetterQuery(schemas, settings), config.deadLetterTriggerMs);
    this.submittedAt = Date.now();
    this.log.info({ start: this.starts.queries, schemas: schemas.known.map((one) => one.id) }, 'queries submitted');
  }

  /** Returns never: whatever ends it is thrown. */
  private async watch(): Promise<never> {
    const round = new AbortController();
    const signal = AbortSignal.any([round.signal, this.stopping.signal]);
    try {
      return await Promise.race<never>([
        repeat(POLL_MS, signal, () => this.checkQueries()),
        repeat(REGISTRY_MS, signal, async () => {
          if (await this.tolerate(() => this.schemas.refresh())) {
            throw new PlanOutdated();
          }
        }),
        this.watchSurroundings(signal),
      ]);
    } finally {
      round.abort();
    }
  }

  private async checkQueries(): Promise<void> {
    const { session } = this;
    if (!session || this.server?.ended !== undefined) {
      throw new ConnectLost(`the driver ${this.server?.ended ?? 'is gone'}`);
    }
    for (const query of this.queries) {
      if (!(await session.isActive(query.id))) {
        throw new Ended(query.name, (await session.exception(query.id)) ?? 'it was stopped');
      }
      query.progress = (await session.lastProgress(query.id)) ?? query.progress;
    }
    if (this.phase !== 'running' && this.queries.every((query) => query.progress)) {
      this.phase = 'running';
      this.log.info({ seconds: (Date.now() - this.submittedAt) / 1000 }, 'queries run');
    }
    await this.publish();
  }

  private async publish(): Promise<void> {
    const targets = { store: this.stored, 'dead-letters': this.sorted };
    for (const { name, progress } of this.queries) {
      const offsets = offsetsOf(progress);
      if (offsets) {
        await this.tolerate(() => targets[name].publish(offsets));
      }
    }
  }

  private async watchSurroundings(signal: AbortSignal): Promise<never> {
    const executorWatchdog = new ExecutorWatchdog();
    return repeat(SURROUNDINGS_MS, signal, async () => {
      const ends = await this.tolerate(() => this.surroundings.endOffsets());
      if (Boolean(ends) !== Boolean(this.ends)) {
        this.log.warn(ends ? 'Kafka answers again' : 'Kafka does not answer; the queries wait for it');
      }
      this.ends = ends;
      this.deadLetters = (await this.tolerate(() => this.surroundings.deadLetters())) ?? this.deadLetters;
      this.executors = await this.tolerate(() => this.surroundings.executors());
      const now = Date.now();
      for (const { name, watchdog, progress } of this.queries) {
        const offsets = offsetsOf(progress);
        const hanging = watchdog.observe({
          now,
          submittedAt: this.submittedAt,
          lag: this.ends && lag(this.ends, offsets ?? {}),
          position: offsets && JSON.stringify(offsets),
        });
        if (hanging && (await this.cassandraAnswers())) {
          throw new Hanging(`query ${name}: ${hanging}`);
        } else if (hanging) {
          // A new driver could do no more than this one, and would cost the time that it takes to start.
          watchdog.excuse(now);
        }
      }
      const lonely = executorWatchdog.observe(now, this.executors?.length);
      if (lonely) {
        throw new Hanging(`the driver has ${lonely}`);
      }
    });
  }

  private async cassandraAnswers(): Promise<boolean> {
    try {
      await this.surroundings.askCassandra();
      return true;
    } catch (error) {
      this.log.warn(`the queries wait for Cassandra: ${describeError(error)}`);
      return false;
    }
  }

  /** @returns false if Spark did not confirm it in time */
  private async stopQueries(deadlineMs: number): Promise<boolean> {
    const { session, queries } = this;
    this.queries = [];
    if (!session) {
      return true;
    }
    const stopped = await Promise.allSettled(queries.map((query) => session.stop(query.id, deadlineMs)));
    // Queries belong to the session that started them, and a session that has seen a failure is not worth keeping.
    session.close();
    this.session = undefined;
    return stopped.every((one) => one.status === 'fulfilled');
  }

  /** Asks until there is a good answer, for as long as that takes: nothing can be done without it. */
  private async insist<T>(whom: string, ask: () => Promise<T>, signal = this.stopping.signal): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        return await ask();
      } catch (error) {
        this.phase = `waiting for ${whom}: ${describeError(error)}`;
        if (attempt % 10 === 1) {
          this.log.warn({ attempt }, this.phase);
        }
        await this.pause(Math.min(2000, 250 * attempt));
      }
    }
  }

  private async tolerate<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      this.log.debug({ err: error }, 'no answer, asked again soon');
      return undefined;
    }
  }

  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopping.signal });
  }
}

function offsetsOf(progress: QueryProgress | undefined): Offsets | undefined {
  return progress?.endOffset[topics.users];
}

async function repeat(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<never> {
  for (;;) {
    await work();
    await delay(ms, undefined, { signal });
  }
}
