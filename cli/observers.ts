import { randomUUID } from 'node:crypto';
import type { Client } from 'cassandra-driver';
import type { Admin, Consumer, Kafka, KafkaMessage } from 'kafkajs';
import {
  deadLetterHeaders,
  keyspace,
  type Run,
  runHeader,
  runSchema,
  streamGroup,
  topics,
  usersTable,
} from '../pipeline-code/contract';

/** A record of a run, as it was seen in the topic of users. */
export interface SeenRecord {
  readonly id: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly seenAt: number;
}

export interface SeenDeadLetter {
  readonly reason: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** Reads the topics of the pipeline from now on, without leaving a trace of having read them. */
export class TopicsObserver {
  readonly runs = new Map<string, Run>();
  readonly deadLetters: SeenDeadLetter[] = [];
  private readonly records = new Map<string, SeenRecord[]>();
  private readonly groupId = `observer-${randomUUID()}`;
  private readonly admin: Admin;
  private readonly consumer: Consumer;

  private constructor(kafka: Kafka) {
    this.admin = kafka.admin();
    this.consumer = kafka.consumer({ groupId: this.groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 100 });
  }

  /** Returns when everything written from here on will be seen. */
  static async start(kafka: Kafka): Promise<TopicsObserver> {
    const observer = new TopicsObserver(kafka);
    try {
      await observer.follow();
      return observer;
    } catch (error) {
      await observer.stop();
      throw error;
    }
  }

  private async follow(): Promise<void> {
    await this.admin.connect();
    const watched = [topics.users, topics.deadLetters, topics.runs];
    const ends = await Promise.all(
      watched.map(async (topic) => ({ topic, ends: await this.admin.fetchTopicOffsets(topic) })),
    );
    await this.consumer.connect();
    const joined = new Promise<void>((resolve) => this.consumer.on(this.consumer.events.GROUP_JOIN, () => resolve()));
    await this.consumer.subscribe({ topics: watched, fromBeginning: true });
    await this.consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => this.note(topic, partition, message),
    });
    for (const { topic, ends: partitions } of ends) {
      for (const { partition, high } of partitions) this.consumer.seek({ topic, partition, offset: high });
    }
    await joined;
  }

  async stop(): Promise<void> {
    await this.consumer.disconnect().catch(() => undefined);
    await this.admin.deleteGroups([this.groupId]).catch(() => undefined);
    await this.admin.disconnect().catch(() => undefined);
  }

  /** The records of a run, each id once: the producer may send a record again after a crash. */
  recordsOf(runId: string): SeenRecord[] {
    return [...new Map((this.records.get(runId) ?? []).map((record) => [record.id, record])).values()];
  }

  deadLettersOf(runId: string): SeenDeadLetter[] {
    const own = new Set((this.records.get(runId) ?? []).map(position));
    return [
      ...new Map(this.deadLetters.filter((one) => own.has(position(one))).map((one) => [position(one), one])).values(),
    ];
  }

  /** How many records of the run the stream has yet to pass, by the offsets that it publishes. */
  async behind(runId: string): Promise<number> {
    const [group] = await this.admin.fetchOffsets({ groupId: streamGroup, topics: [topics.users] });
    const next = new Map(group?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
    return (this.records.get(runId) ?? []).filter(({ partition, offset }) => offset >= (next.get(partition) ?? -1n))
      .length;
  }

  private note(topic: string, partition: number, { key, value, offset, headers }: KafkaMessage): void {
    const header = (name: string) => String([headers?.[name]].flat()[0] ?? '');
    if (topic === topics.users) {
      const runId = header(runHeader);
      const record = { id: String(key ?? ''), partition, offset: BigInt(offset), seenAt: Date.now() };
      this.records.set(runId, [...(this.records.get(runId) ?? []), record]);
    } else if (topic === topics.deadLetters) {
      const original = {
        partition: Number(header(deadLetterHeaders.partition)),
        offset: BigInt(header(deadLetterHeaders.offset) || -1),
      };
      this.deadLetters.push({ reason: header(deadLetterHeaders.reason), ...original });
    } else if (key !== null && value !== null) {
      const run = runSchema.safeParse(parseJson(value.toString()));
      if (run.success) this.runs.set(String(key), run.data);
    }
  }
}

function position({ partition, offset }: { partition: number; offset: bigint }): string {
  return `${partition}/${offset}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A row when it could be read for the first time. */
export interface ReadRow {
  readonly values: Readonly<Record<string, unknown>>;
  readonly readAt: number;
  readonly producedAt: number;
}

const IDS_PER_QUERY = 100;

/** Asks for rows by their ids until they can be read. */
export class RowsObserver {
  readonly rows = new Map<string, ReadRow>();

  private constructor(private readonly cassandra: Client) {}

  static async start(cassandra: Client): Promise<RowsObserver> {
    try {
      await cassandra.connect();
      return new RowsObserver(cassandra);
    } catch (error) {
      await cassandra.shutdown().catch(() => undefined);
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.cassandra.shutdown().catch(() => undefined);
  }

  /** Looks once for the rows that were not there yet. */
  async look(ids: readonly string[]): Promise<void> {
    const missing = ids.filter((id) => !this.rows.has(id));
    for (let at = 0; at < missing.length; at += IDS_PER_QUERY) {
      const some = missing.slice(at, at + IDS_PER_QUERY);
      const { rows } = await this.cassandra.execute(`SELECT * FROM ${keyspace}.${usersTable} WHERE id IN ?`, [some], {
        prepare: true,
      });
      const readAt = Date.now();
      for (const row of rows) {
        const producedAt = (row['produced_at'] as Date).getTime();
        this.rows.set(String(row['id']), {
          values: Object.fromEntries(row.keys().map((k) => [k, row[k]])),
          readAt,
          producedAt,
        });
      }
    }
  }
}
