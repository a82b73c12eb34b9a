import type { Client } from 'cassandra-driver';
import type { Kafka } from 'kafkajs';
import { type FetchedRecord, type KafkaSession, withKafka } from '../../pipeline-code/console/kafka-session';
import { deadLetterHeaders, runHeader } from '../../pipeline-code/contract/topics';
import { keyspace, type Run, runSchema, streamGroup, topics, usersTable } from '../../pipeline-code/contract';
import { acknowledgedIds, drawUp, type Ledger, type Progress } from '../../pipeline-code/ledger/ledger';
import type { Deployment } from '../deployment';
import { ask, type Section } from './section';

/** One attempt: what does not answer is said, and asked again by whoever looks again. */
const ONCE = { initialRetryTime: 50, retries: 1 };
const RUNS_SHOWN = 3;
/** Newest records of the topic of runs that are looked at: a run leaves several. */
const RUN_RECORDS = 200;
const FETCH_BYTES = 4 * 2 ** 20;
/** More records than this are not counted while a person waits. */
const MOST_RECORDS = 20_000;
const IDS_PER_QUERY = 100;

export interface LastBatch {
  readonly number: number;
  readonly rows: number;
  readonly at: string;
  readonly state: string;
}

export interface PipelineStatus {
  readonly runs: Section<readonly Run[]>;
  readonly ledger: Section<Ledger | undefined>;
  /** Records that the stream has not got to yet. */
  readonly lag: Section<number>;
  readonly deadLetters: Section<number>;
  readonly lastBatch: Section<LastBatch | undefined>;
}

interface FromKafka {
  readonly runs: readonly Run[];
  readonly progress: readonly Progress[];
  readonly deadLetters: number;
  readonly newest?: { readonly run: Run; readonly sent: readonly Sent[]; readonly deadLetters: readonly string[] };
}

interface Sent {
  readonly id: string;
  readonly partition: number;
  readonly offset: number;
}

/** Why a service need not be asked: the engine knows already that it does not run. */
export type Down = (service: string) => string | undefined;

/** Asks Kafka, Cassandra and the stream at the same time, each with a deadline. */
export async function pipelineNow(
  deployment: Deployment,
  cassandra: () => Promise<Client>,
  down: Down,
  ms: number,
): Promise<PipelineStatus> {
  const up = <T>(service: string, work: () => Promise<T>): Promise<Section<T>> => {
    const reason = down(service);
    return reason === undefined ? ask(ms, work) : Promise.resolve({ unknown: reason });
  };
  const began = Date.now();
  const kafka = up('kafka', async () => fromKafka(await (await import('../clients.js')).kafkaOf(deployment, ONCE), ms));
  // The driver is connected while Kafka still says what to ask it.
  const client = up('cassandra', cassandra);
  const [seen, batch] = await Promise.all([kafka, up('stream', () => lastBatch(deployment))]);
  const only = <T>(pick: (value: FromKafka) => T): Section<T> =>
    'value' in seen ? { value: pick(seen.value) } : { unknown: `Kafka: ${seen.unknown}` };
  const left = Math.max(200, ms - (Date.now() - began));
  return {
    runs: only(({ runs }) => runs.slice(0, RUNS_SHOWN)),
    ledger: await ledger(seen, client, left),
    lag: only(({ progress }) => progress.reduce((sum, { end, done }) => sum + end - done, 0)),
    deadLetters: only(({ deadLetters }) => deadLetters),
    lastBatch: 'value' in batch ? batch : { unknown: `stream: ${batch.unknown}` },
  };
}

async function ledger(
  kafka: Section<FromKafka>,
  connecting: Promise<Section<Client>>,
  ms: number,
): Promise<Section<Ledger | undefined>> {
  if ('unknown' in kafka) return { unknown: `Kafka: ${kafka.unknown}` };
  const { newest, progress } = kafka.value;
  if (newest === undefined) {
    const run = kafka.value.runs[0];
    return run === undefined
      ? { value: undefined }
      : { unknown: `more than ${MOST_RECORDS} records since the run: "npm run ledger" counts them` };
  }
  const client = await connecting;
  if ('unknown' in client) return { unknown: `Cassandra: ${client.unknown}` };
  const stored = await ask(ms, () => storedIds(client.value, newest.run));
  if ('unknown' in stored) return { unknown: `Cassandra: ${stored.unknown}` };
  return { value: drawUp({ ...newest, progress, storedIds: stored.value }) };
}

/** Everything that Kafka knows, without a consumer group: joining one would take longer than the rest. */
async function fromKafka(kafka: Kafka, ms: number): Promise<FromKafka> {
  return withKafka(
    kafka,
    async (session) => {
      const [admin, cluster] = await Promise.all([session.admin(), session.cluster()]);
      const names = [topics.users, topics.deadLetters, topics.runs];
      await cluster.addMultipleTargetTopics(names);
      const { topicMetadata } = await cluster.metadata({ topics: names });
      const asked = (fromBeginning: boolean) =>
        topicMetadata.map(({ topic, partitionMetadata }) => ({
          topic,
          partitions: partitionMetadata.map(({ partitionId }) => ({ partition: partitionId })),
          fromBeginning,
        }));
      const [lows, highs, [group]] = await Promise.all([
        cluster.fetchTopicsOffset(asked(true)),
        cluster.fetchTopicsOffset(asked(false)),
        admin.fetchOffsets({ groupId: streamGroup, topics: [topics.users] }),
      ]);
      const ranges = (topic: string): Range[] =>
        (highs.find((one) => one.topic === topic)?.partitions ?? []).map(({ partition, offset }) => {
          const low = lows
            .find((one) => one.topic === topic)
            ?.partitions.find((one) => one.partition === partition)?.offset;
          // -1 is Kafka's answer for a partition that never held a record.
          return { partition, low: Math.max(0, Number(low ?? 0)), high: Math.max(0, Number(offset)) };
        });
      const committed = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
      const progress = ranges(topics.users).map(({ partition, low, high }) => ({
        partition,
        end: high,
        done: Math.max(committed.get(partition) ?? -1, low),
      }));

      const tail = ranges(topics.runs).map((range) => ({
        ...range,
        low: Math.max(range.low, range.high - RUN_RECORDS),
      }));
      const runs = newestRuns(await readRanges(session, topics.runs, tail));
      const [newest] = runs;
      return {
        runs,
        progress,
        deadLetters: ranges(topics.deadLetters).reduce((sum, { low, high }) => sum + high - low, 0),
        newest:
          newest && (await ofRun(session, newest, { users: ranges(topics.users), dead: ranges(topics.deadLetters) })),
      };
    },
    ms,
  );
}

async function ofRun(
  session: KafkaSession,
  run: Run,
  { users, dead }: { users: readonly Range[]; dead: readonly Range[] },
): Promise<FromKafka['newest']> {
  // The clocks of two machines may differ a little.
  const since = Date.parse(run.created_at) - 60_000;
  const admin = await session.admin();
  const from = async (topic: string, ranges: readonly Range[]): Promise<Range[]> => {
    const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, since);
    const begins = new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
    return ranges.map((range) => ({ ...range, low: Math.max(range.low, begins.get(range.partition) ?? 0) }));
  };
  const [wantedUsers, wantedDead] = await Promise.all([from(topics.users, users), from(topics.deadLetters, dead)]);
  if ([...wantedUsers, ...wantedDead].reduce((sum, { low, high }) => sum + high - low, 0) > MOST_RECORDS)
    return undefined;
  const records = await readRanges(session, topics.users, wantedUsers);
  const letters = await readRanges(session, topics.deadLetters, wantedDead);
  return {
    run,
    sent: records
      .filter((record) => header(record, runHeader) === run.run_id)
      .map((record) => ({
        id: record.key?.toString() ?? '',
        partition: record.partition,
        offset: Number(record.offset),
      })),
    deadLetters: letters.map(
      (record) => `${header(record, deadLetterHeaders.partition)}/${header(record, deadLetterHeaders.offset)}`,
    ),
  };
}

/** The runs that the records tell of, newest first; what is no run is passed over. */
export function newestRuns(records: readonly Pick<FetchedRecord, 'key' | 'value'>[]): Run[] {
  const runs = new Map<string, Run>();
  for (const { key, value } of records) {
    if (key === null) continue;
    if (value === null) {
      runs.delete(key.toString());
      continue;
    }
    const run = runSchema.safeParse(parseJson(value.toString()));
    if (run.success) runs.set(key.toString(), run.data);
  }
  return [...runs.values()].sort((a, b) => b.created_at.localeCompare(a.created_at));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function header({ headers }: FetchedRecord, name: string): string {
  return String([headers[name]].flat()[0] ?? '');
}

interface Range {
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

/** The records of some partitions from `low` to `high`. */
async function readRanges(
  session: KafkaSession,
  topic: string,
  ranges: readonly Range[],
): Promise<(FetchedRecord & { partition: number })[]> {
  const cluster = await session.cluster();
  const read: (FetchedRecord & { partition: number })[] = [];
  for (const { partition, low, high } of ranges) {
    const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
    if (leader === undefined) continue;
    const broker = await cluster.findBroker({ nodeId: leader });
    for (let at = low; at < high;) {
      const { responses } = await broker.fetch({
        replicaId: -1,
        isolationLevel: 1,
        maxWaitTime: 100,
        minBytes: 1,
        maxBytes: FETCH_BYTES,
        topics: [{ topic, partitions: [{ partition, fetchOffset: String(at), maxBytes: FETCH_BYTES }] }],
      });
      const fetched = responses.flatMap(({ partitions }) => partitions).flatMap(({ messages }) => messages);
      const last = fetched.at(-1);
      // Nothing more: the end of a compacted partition holds no record.
      if (last === undefined) break;
      for (const record of fetched) {
        // A batch is sent whole, so it may begin before the offset asked for.
        const offset = Number(record.offset);
        if (!record.isControlRecord && offset >= at && offset < high) read.push({ ...record, partition });
      }
      at = Number(last.offset) + 1;
    }
  }
  return read;
}

async function storedIds(client: Client, run: Run): Promise<Set<string>> {
  const ids = acknowledgedIds(run);
  const position = new Map(ids.map((id, sequence) => [id, sequence]));
  const parts = Array.from({ length: Math.ceil(ids.length / IDS_PER_QUERY) }, (_, n) =>
    ids.slice(n * IDS_PER_QUERY, (n + 1) * IDS_PER_QUERY),
  );
  const answers = await Promise.all(
    parts.map((part) =>
      client.execute(`SELECT id, run_id, sequence FROM ${keyspace}.${usersTable} WHERE id IN ?`, [part], {
        prepare: true,
      }),
    ),
  );
  const rows = answers.flatMap(({ rows: some }) => some);
  return new Set(
    rows
      .filter((row) => row['run_id'] === run.run_id && row['sequence'] === position.get(String(row['id'])))
      .map((row) => String(row['id'])),
  );
}

/** Asks the stream inside its own container: its port is not published. The shell is there for its health command too. */
async function lastBatch(deployment: Deployment): Promise<LastBatch | undefined> {
  const ask = "exec 3<>/dev/tcp/127.0.0.1/8080; printf 'GET /status HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3";
  return batchOf((await deployment.exec('stream', ['bash', '-c', ask])).output);
}

/** The answer of the stream's `/status`, headers included. Pure. */
export function batchOf(answer: string): LastBatch | undefined {
  const body = /\{[^]*\}/.exec(answer)?.[0];
  if (body === undefined) throw new Error('its status page does not answer');
  const { state, queries } = JSON.parse(body) as {
    state: string;
    queries: Record<string, { batch: number | null; last_batch_at: string | null; last_batch_rows: number | null }>;
  };
  const store = queries['store'];
  if (!store || store.batch === null || store.last_batch_at === null) return undefined;
  return { number: store.batch, rows: store.last_batch_rows ?? 0, at: store.last_batch_at, state };
}
