import { randomUUID } from 'node:crypto';

import type { Kafka } from 'kafkajs';

export interface TopicRecord {
  readonly partition: number;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ReadTopicOptions {
  /** Skips what was written before. @default - reads from the beginning */
  readonly since?: Date;
  /** @default 60000 */
  readonly timeoutMs?: number;
}

/** Reads a topic from its beginning to the end that it has now, and leaves no trace of having read it. */
export async function readTopic(
  kafka: Kafka,
  topic: string,
  onRecord: (record: TopicRecord) => void,
  { since, timeoutMs = 60_000 }: ReadTopicOptions = {},
): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  // kafkajs reads only as a member of a group; a group of its own never waits for a dead predecessor.
  const groupId = `read-${topic}-${randomUUID()}`;
  try {
    const ends = new Map<number, { start: bigint; end: bigint }>();
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      ends.set(partition, { start: BigInt(low), end: BigInt(high) });
    }
    if (since) {
      for (const { partition, offset } of await admin.fetchTopicOffsetsByTimestamp(topic, since.getTime())) {
        const known = ends.get(partition);
        if (known && BigInt(offset) > known.start) {
          known.start = BigInt(offset);
        }
      }
    }
    for (const [partition, { start, end }] of ends) {
      if (start >= end) {
        ends.delete(partition);
      }
    }
    if (ends.size > 0) {
      await consume(kafka, groupId, topic, ends, onRecord, timeoutMs);
      await admin.deleteGroups([groupId]).catch(() => undefined);
    }
  } finally {
    await admin.disconnect();
  }
}

async function consume(
  kafka: Kafka,
  groupId: string,
  topic: string,
  ends: Map<number, { start: bigint; end: bigint }>,
  onRecord: (record: TopicRecord) => void,
  timeoutMs: number,
): Promise<void> {
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 100 });
  await consumer.connect();
  let timer: NodeJS.Timeout | undefined;
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`topic '${topic}' could not be read to its end within ${timeoutMs / 1000} s`)),
        timeoutMs,
      );
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) {
          reject(payload.error);
        }
      });
      const left = new Map([...ends].map(([partition, { end }]) => [partition, end]));
      consumer
        .run({
          autoCommit: false,
          eachBatch: async ({ batch }) => {
            const end = left.get(batch.partition);
            if (end === undefined) {
              return;
            }
            for (const { key, value, offset, headers } of batch.messages) {
              if (BigInt(offset) < end) {
                onRecord({ partition: batch.partition, offset, key, value, headers: textHeaders(headers) });
              }
            }
            if (BigInt(batch.lastOffset()) + 1n >= end) {
              left.delete(batch.partition);
            }
            if (left.size === 0) {
              resolve();
            }
          },
        })
        .then(() => {
          for (const [partition, { start }] of ends) {
            consumer.seek({ topic, partition, offset: String(start) });
          }
        })
        .catch(reject);
    });
  } finally {
    clearTimeout(timer);
    await consumer.disconnect();
  }
}

type RawHeaders = Record<string, Buffer | string | (Buffer | string)[] | undefined>;

function textHeaders(headers: RawHeaders = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String([value].flat()[0] ?? '')]));
}
