import { concurrent, type Client } from 'cassandra-driver';
import type { Kafka } from 'kafkajs';

import { readRuns } from '../common/read-runs';
import { readTopic } from '../common/read-topic';
import { deadLetterHeaders, keyspace, runHeader, streamGroup, topics, userId, usersTable, type Run } from '../contract';

/** Plain clients, so that the ledger can be drawn up from anywhere; Cassandra's is logged in as `reader`. */
export interface LedgerClients {
  readonly kafka: Kafka;
  readonly cassandra: Client;
}

/** What has become of a run's users. Every figure is measured at another place than the others. */
export interface Ledger {
  readonly run: Run;
  /** Distinct ids that Kafka has acknowledged, as the run says. */
  readonly produced: number;
  /** How many of them are in the topic of users. */
  readonly inTopic: number;
  /** How many of them can be read from the table by their id, with this run's id and their own sequence. */
  readonly stored: number;
  /** Records of this run in the dead-letter topic, by the partition and offset they came from. */
  readonly deadLettered: number;
  /** The same over all runs, and with what belongs to no run. */
  readonly deadLetteredInAll: number;
  /** How many of the produced are in the topic at or after the offsets that the stream has published. */
  readonly inFlight: number;
  /** Records of all runs and of none that the stream has not got to: end offsets minus its published offsets. */
  readonly inFlightInAll: number;
  /** Ids that are neither stored nor dead letters. */
  readonly missing: readonly string[];
  /** produced = stored + dead-lettered + in flight, and everything produced is in the topic. */
  readonly balanced: boolean;
}

/** A record of the topic of users. */
interface Sent {
  readonly id: string;
  readonly partition: number;
  readonly offset: number;
}

/** How far a partition reaches and how far the stream has got in it. */
export interface Progress {
  readonly partition: number;
  readonly end: number;
  /** The first offset that is not done. */
  readonly done: number;
}

export interface LedgerFacts {
  readonly run: Run;
  /** What is in the topic with this run's header. */
  readonly sent: readonly Sent[];
  readonly storedIds: ReadonlySet<string>;
  /** Where every dead letter came from, `partition/offset`; repeats are allowed, the sink may write one twice. */
  readonly deadLetters: readonly string[];
  readonly progress: readonly Progress[];
}

/** The ids of a run's users that Kafka has acknowledged. */
export function acknowledgedIds({ run_id, acknowledged }: Run): string[] {
  return Array.from({ length: acknowledged }, (_, sequence) => userId(run_id, sequence));
}

/** Draws up the ledger from what was measured. */
export function drawUp({ run, sent, storedIds, deadLetters, progress }: LedgerFacts): Ledger {
  const produced = new Set(acknowledgedIds(run));
  const own = sent.filter(({ id }) => produced.has(id));
  const inTopic = new Set(own.map(({ id }) => id)).size;
  const stored = [...produced].filter((id) => storedIds.has(id)).length;
  const origins = new Set(deadLetters);
  const dead = own.filter(({ partition, offset }) => origins.has(`${partition}/${offset}`));
  const deadIds = new Set(dead.map(({ id }) => id));
  const done = new Map(progress.map((one) => [one.partition, one.done]));
  const waiting = own.filter(({ partition, offset }) => offset >= (done.get(partition) ?? 0));
  const inFlight = new Set(waiting.map(({ id }) => id)).size;
  return {
    run,
    produced: produced.size,
    inTopic,
    stored,
    deadLettered: dead.length,
    deadLetteredInAll: origins.size,
    inFlight,
    inFlightInAll: progress.reduce((sum, { end, done }) => sum + end - done, 0),
    missing: [...produced].filter((id) => !storedIds.has(id) && !deadIds.has(id)),
    balanced: produced.size === stored + dead.length + inFlight && inTopic === produced.size,
  };
}

/** Measures what has become of a run now. While records flow, the figures are from slightly different moments. */
export async function measureLedger({ kafka, cassandra }: LedgerClients, runId: string): Promise<Ledger> {
  const runs = await readRuns(kafka, () => undefined);
  const run = runs.find(({ run_id }) => run_id === runId);
  if (!run) {
    throw new Error(`there is no run '${runId}' in the topic '${topics.runs}'`);
  }
  const progress = await measureProgress(kafka);
  const [sent, deadLetters, storedIds] = await Promise.all([
    readSent(kafka, run),
    readDeadLetters(kafka),
    readStored(cassandra, run),
  ]);
  return drawUp({ run, sent, storedIds, deadLetters, progress });
}

/**
 * Measures until the run has ended, nothing is in flight and the ledger balances, or until `timeoutMs` has passed; then
 * returns what it saw last. Dead letters are written some seconds after the offsets of the stream have moved on.
 */
export async function settledLedger(clients: LedgerClients, runId: string, timeoutMs: number): Promise<Ledger> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const ledger = await measureLedger(clients, runId);
    const ended = ledger.run.state === 'succeeded' || ledger.run.state === 'failed';
    if ((ended && ledger.inFlight === 0 && ledger.balanced) || Date.now() >= deadline) {
      return ledger;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** How far the stream has got, as it publishes it: before every record that is neither stored nor refused for good. */
export async function measureProgress(kafka: Kafka): Promise<Progress[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const [group] = await admin.fetchOffsets({ groupId: streamGroup, topics: [topics.users] });
    const published = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    const offsets = await admin.fetchTopicOffsets(topics.users);
    return offsets.map(({ partition, low, high }) => ({
      partition,
      end: Number(high),
      // Where nothing is published yet, everything that is there is still to be done.
      done: Math.max(published.get(partition) ?? -1, Number(low)),
    }));
  } finally {
    await admin.disconnect();
  }
}

async function readSent(kafka: Kafka, run: Run): Promise<Sent[]> {
  const sent: Sent[] = [];
  // The clocks of two machines may differ a little.
  const since = new Date(Date.parse(run.created_at) - 60_000);
  await readTopic(
    kafka,
    topics.users,
    ({ partition, offset, key, headers }) => {
      if (headers[runHeader] === run.run_id) {
        sent.push({ id: key?.toString() ?? '', partition, offset: Number(offset) });
      }
    },
    { since },
  );
  return sent;
}

async function readDeadLetters(kafka: Kafka): Promise<string[]> {
  const origins: string[] = [];
  await readTopic(kafka, topics.deadLetters, ({ headers }) => {
    origins.push(`${headers[deadLetterHeaders.partition]}/${headers[deadLetterHeaders.offset]}`);
  });
  return origins;
}

async function readStored(cassandra: Client, run: Run): Promise<Set<string>> {
  const query = `SELECT run_id, sequence FROM ${keyspace}.${usersTable} WHERE id = ?`;
  const ids = acknowledgedIds(run);
  if (ids.length === 0) {
    return new Set();
  }
  const { resultItems } = await concurrent.executeConcurrent(
    cassandra,
    query,
    ids.map((id) => [id]),
    { collectResults: true, concurrencyLevel: 32, raiseOnFirstError: true },
  );
  return new Set(
    ids.filter((_id, sequence) => {
      const row = resultItems[sequence]?.first();
      return row?.['run_id'] === run.run_id && row['sequence'] === sequence;
    }),
  );
}
