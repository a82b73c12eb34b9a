import type { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { type Kafka, type Message, type PartitionMetadata, Partitioners, type Producer } from 'kafkajs';

import { describeError, type Logger } from '../common/logger';
import { readRuns } from '../common/read-runs';
import { usersSchemaId } from '../common/registry';
import { retry } from '../common/retry';
import { runHeader, toAvro, topics } from '../contract';
import type { RunStore, SendUsers } from './runs';

/**
 * An idempotent producer: every record once and in order, acknowledged by all in-sync replicas.
 *
 * Each request is for one partition. In one for several, kafkajs forgets the records of a partition whose leader moves to a
 * broker that has answered already, and reports success.
 *
 * @see https://github.com/tulios/kafkajs/pull/1798
 */
export class Sender {
  private producer: Producer | undefined;
  private readonly partitions = new Map<string, PartitionMetadata[]>();
  private readonly partitionOf = Partitioners.DefaultPartitioner();

  constructor(
    private readonly kafka: Kafka,
    private readonly logger: Logger,
  ) {}

  async send(topic: string, messages: Message[]): Promise<void> {
    let left: Message[][] | undefined;
    await retry(
      {
        attempts: 3,
        onRetry: (error) =>
          this.logger.warn({ topic, reason: describeError(error) }, 'sending again, with a new producer'),
      },
      async () => {
        left ??= await this.byPartition(topic, messages);
        try {
          const producer = await this.connect();
          for (; left[0]; left.shift()) await producer.send({ topic, acks: -1, messages: left[0] });
        } catch (error) {
          // A broker that has lost this producer's number refuses it for good; a new producer gets a new one.
          await this.close();
          throw error;
        }
      },
    );
  }

  private async byPartition(topic: string, messages: readonly Message[]): Promise<Message[][]> {
    const partitionMetadata = this.partitions.get(topic) ?? (await this.partitionsOf(topic));
    this.partitions.set(topic, partitionMetadata);
    const groups = new Map<number, Message[]>();
    for (const message of messages) {
      const partition = this.partitionOf({ topic, partitionMetadata, message });
      groups.set(partition, [...(groups.get(partition) ?? []), { ...message, partition }]);
    }
    return [...groups.values()];
  }

  private async partitionsOf(topic: string): Promise<PartitionMetadata[]> {
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      const { topics: found } = await admin.fetchTopicMetadata({ topics: [topic] });
      return found.flatMap(({ partitions }) => partitions);
    } finally {
      await admin.disconnect();
    }
  }

  async close(): Promise<void> {
    const { producer } = this;
    this.producer = undefined;
    await producer?.disconnect().catch(() => undefined);
  }

  /** Connects ahead of the first record, which then does not wait for it. */
  async connect(): Promise<Producer> {
    if (!this.producer) {
      const producer = this.kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
      await producer.connect();
      this.producer = producer;
    }
    return this.producer;
  }
}

/** Runs in their compacted topic: the newest record of a key is the run. */
export function kafkaRunStore(kafka: Kafka, sender: Sender, logger: Logger): RunStore {
  return {
    load: () => readRuns(kafka, (reason, offset) => logger.warn({ offset, reason }, 'a run cannot be read')),
    save: (run) => sender.send(topics.runs, [{ key: run.run_id, value: JSON.stringify(run) }]),
  };
}

/** Users as Avro in Confluent's wire format. */
export function kafkaUsers(sender: Sender, registry: SchemaRegistry): SendUsers {
  let schemaId: Promise<number> | undefined;
  return async (users) => {
    schemaId ??= usersSchemaId(registry);
    let id: number;
    try {
      id = await schemaId;
    } catch (error) {
      schemaId = undefined;
      throw error;
    }
    const messages = users.map(async (user) => ({
      key: user.id,
      value: await registry.encode(id, toAvro(user)),
      headers: { [runHeader]: user.run_id },
    }));
    await sender.send(topics.users, await Promise.all(messages));
  };
}
