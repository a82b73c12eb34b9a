import type { Kafka } from 'kafkajs';

/** Next offset to read, by partition. */
export type Offsets = Readonly<Record<string, number>>;

interface Coordinator {
  offsetCommit(request: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
    topics: { topic: string; partitions: { partition: number; offset: string }[] }[];
  }): Promise<unknown>;
}

interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  findGroupCoordinator(request: { groupId: string }): Promise<Coordinator>;
}

// Kafka forgets the offsets of a group without members after a week without a commit.
const REPEAT_MS = 60_000;

/**
 * Publishes how far a query has come as the committed offsets of a consumer group, where every Kafka tool finds its lag.
 *
 * Commits as a client that is no member of the group (generation -1), as Kafka's own tools do. kafkajs has this request
 * but no public call for it: its `setOffsets` joins the group instead, which takes seconds and shows a member that comes
 * and goes.
 */
export class PublishedProgress {
  private cluster?: Cluster;
  private published = '';
  private publishedAt = 0;

  constructor(
    private readonly kafka: Kafka,
    private readonly group: string,
    private readonly topic: string,
  ) {}

  async publish(offsets: Offsets): Promise<void> {
    const text = JSON.stringify(offsets);
    if (text === '{}' || (text === this.published && Date.now() - this.publishedAt < REPEAT_MS)) {
      return;
    }
    try {
      if (!this.cluster) {
        this.cluster = createCluster(this.kafka);
        await this.cluster.connect();
      }
      const coordinator = await this.cluster.findGroupCoordinator({ groupId: this.group });
      const partitions = Object.entries(offsets).map(([partition, offset]) => ({
        partition: Number(partition),
        offset: String(offset),
      }));
      await coordinator.offsetCommit({
        groupId: this.group,
        groupGenerationId: -1,
        memberId: '',
        topics: [{ topic: this.topic, partitions }],
      });
    } catch (error) {
      await this.close();
      throw error;
    }
    this.published = text;
    this.publishedAt = Date.now();
  }

  async close(): Promise<void> {
    const { cluster } = this;
    this.cluster = undefined;
    await cluster?.disconnect().catch(() => undefined);
  }
}

function createCluster(kafka: Kafka): Cluster {
  const key = Object.getOwnPropertySymbols(kafka).find(
    (symbol) => symbol.description === 'private:Kafka:createCluster',
  );
  const create = key && (kafka as unknown as Record<symbol, (options: object) => Cluster>)[key];
  if (!create) {
    throw new Error('this version of kafkajs has no private:Kafka:createCluster; progress.ts was written for 2.2.4');
  }
  return create({ metadataMaxAge: 60_000, allowAutoTopicCreation: false });
}

/** How many records a reader at `offsets` has before it. */
export function lag(ends: Offsets, offsets: Offsets): number {
  return Object.entries(ends).reduce((sum, [partition, end]) => sum + Math.max(0, end - (offsets[partition] ?? 0)), 0);
}
