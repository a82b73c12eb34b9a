import type { Admin, Kafka } from 'kafkajs';
import { DEADLINE_MS, within } from './outcome';

/**
 * kafkajs's own cluster object, which all its public clients are built on. The console needs two things of it that the
 * public clients cannot do: fetch records without joining a consumer group (a group would show up in the very list of
 * groups that the console displays, cost a rebalance per page and leave committed offsets behind), and read the offsets
 * of many topics in one request. Only what is used is declared.
 */
export interface LowLevelCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  metadata(options?: { topics?: readonly string[] }): Promise<ClusterMetadata>;
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(options: { nodeId: string }): Promise<LowLevelBroker>;
  fetchTopicsOffset(
    topics: readonly { topic: string; partitions: readonly { partition: number }[]; fromBeginning: boolean }[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
}

export interface ClusterMetadata {
  readonly clusterId: string | null;
  readonly controllerId: number | null;
  readonly brokers: readonly { nodeId: number; host: string; port: number; rack?: string | null }[];
  readonly topicMetadata: readonly {
    topic: string;
    isInternal: boolean;
    partitionMetadata: readonly {
      partitionId: number;
      leader: number;
      replicas: readonly number[];
      isr: readonly number[];
      offlineReplicas?: readonly number[];
    }[];
  }[];
}

export interface FetchedRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | Buffer[] | null>>;
  /** A transaction marker, not a record that anybody sent. */
  readonly isControlRecord?: boolean;
}

export interface LowLevelBroker {
  fetch(request: {
    replicaId: -1;
    isolationLevel: 0 | 1;
    maxWaitTime: number;
    minBytes: number;
    maxBytes: number;
    topics: readonly {
      topic: string;
      partitions: readonly { partition: number; fetchOffset: string; maxBytes: number }[];
    }[];
  }): Promise<{
    responses: { partitions: { partition: number; highWatermark: string; messages: FetchedRecord[] }[] }[];
  }>;
}

/** Two connections' worth of Kafka for the length of one page. */
export interface KafkaSession {
  admin(): Promise<Admin>;
  cluster(): Promise<LowLevelCluster>;
}

/**
 * Runs `work` with fresh clients and closes them, whatever happens. They are not kept: a long-lived kafkajs client
 * goes on asking for topics that have been deleted, and then fails for all others too.
 */
export async function withKafka<T>(
  kafka: Kafka,
  work: (session: KafkaSession) => Promise<T>,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const closers: (() => Promise<void>)[] = [];
  const session: KafkaSession = {
    admin: once(async () => {
      const admin = kafka.admin();
      closers.push(() => admin.disconnect());
      await admin.connect();
      return admin;
    }),
    cluster: once(async () => {
      const cluster = createCluster(kafka);
      closers.push(() => cluster.disconnect());
      await cluster.connect();
      return cluster;
    }),
  };
  const close = (): Promise<unknown> => Promise.allSettled(closers.map((closer) => closer()));
  const running = work(session);
  running.then(close, close);
  try {
    return await within(deadlineMs, running);
  } catch (error) {
    // Past the deadline the work may hang on a socket: closing it is what ends the work.
    void close();
    throw error;
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

function createCluster(kafka: Kafka): LowLevelCluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  if (symbol === undefined) {
    throw new Error('this version of kafkajs hides its cluster; pipeline-code/console was written for 2.2.x');
  }
  const create = (kafka as unknown as Record<symbol, (options: object) => LowLevelCluster>)[symbol]!;
  // Looking at a topic must never create it.
  return create({ allowAutoTopicCreation: false, metadataMaxAge: 60_000 });
}
