import {
  AssignerProtocol,
  ConfigResourceTypes,
  ConfigSource,
  type Admin,
  type ConfigEntries,
  type GroupDescription,
  type Kafka,
} from 'kafkajs';
import { withKafka, type ClusterMetadata, type KafkaSession, type LowLevelCluster } from './kafka-session';
import { explain, NotFound } from './outcome';

export interface Broker {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly rack?: string;
  readonly controller: boolean;
}

export interface Partition {
  readonly id: number;
  /** No broker leads it when absent: nothing can be read or written. */
  readonly leader?: number;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
  /** First offset still kept. */
  readonly low?: bigint;
  /** The offset that the next record will get. */
  readonly high?: bigint;
}

export interface Setting {
  readonly name: string;
  readonly value: string;
  /** Made for this topic, as opposed to a default of the broker. */
  readonly own: boolean;
}

export interface Topic {
  readonly name: string;
  /** Kafka's or the registry's own book-keeping. */
  readonly internal: boolean;
  readonly partitions: readonly Partition[];
  readonly replication: number;
  /** Offsets between low and high; absent when they could not be read. */
  readonly records?: bigint;
  readonly underReplicated: number;
  readonly settings: readonly Setting[];
  readonly problem?: string;
}

export interface Cluster {
  readonly id: string;
  readonly brokers: readonly Broker[];
  readonly topics: readonly Topic[];
  readonly groups: readonly Group[];
}

export interface Member {
  readonly id: string;
  readonly client: string;
  readonly host: string;
  readonly assigned: readonly { readonly topic: string; readonly partitions: readonly number[] }[];
}

export interface GroupPartition {
  readonly topic: string;
  readonly partition: number;
  readonly committed?: bigint;
  readonly high?: bigint;
  readonly lag?: bigint;
  /** What is odd about it, for example that the topic has gone. */
  readonly note?: string;
  readonly member?: string;
}

export interface Group {
  readonly id: string;
  /** Reads nothing but book-keeping: the registry's own groups, of which it leaves one behind at every restart. */
  readonly internal: boolean;
  readonly state: string;
  readonly members: readonly Member[];
  readonly partitions: readonly GroupPartition[];
  /** Sum over the partitions whose lag is known. */
  readonly lag?: bigint;
  readonly problem?: string;
}

export interface ClusterReader {
  cluster(): Promise<Cluster>;
  topics(): Promise<readonly Topic[]>;
  groups(): Promise<readonly Group[]>;
}

export function clusterReader(kafka: Kafka): ClusterReader {
  return {
    cluster: () =>
      withKafka(kafka, async (session) => {
        const metadata = await (await session.cluster()).metadata();
        return {
          id: metadata.clusterId ?? 'unknown',
          brokers: brokersOf(metadata),
          topics: await readTopics(session, metadata),
          groups: await readGroups(session),
        };
      }),
    topics: () => withKafka(kafka, async (session) => readTopics(session, await (await session.cluster()).metadata())),
    groups: () => withKafka(kafka, readGroups),
  };
}

export function brokersOf(metadata: ClusterMetadata): Broker[] {
  return metadata.brokers
    .map(({ nodeId, host, port, rack }) => ({
      id: nodeId,
      host,
      port,
      ...(rack ? { rack } : {}),
      controller: nodeId === metadata.controllerId,
    }))
    .sort((a, b) => a.id - b.id);
}

/** One topic, with the rest of what a session needs to read from it. */
export async function readTopic(session: KafkaSession, name: string): Promise<Topic> {
  const cluster = await session.cluster();
  const metadata = await cluster.metadata();
  const wanted = metadata.topicMetadata.filter(({ topic }) => topic === name);
  if (wanted.length === 0) throw new NotFound(`there is no topic ${name}`);
  return (await readTopics(session, { ...metadata, topicMetadata: wanted }))[0]!;
}

async function readTopics(session: KafkaSession, metadata: ClusterMetadata): Promise<Topic[]> {
  const found = [...metadata.topicMetadata].sort((a, b) => (a.topic < b.topic ? -1 : 1));
  if (found.length === 0) return [];
  const names = found.map(({ topic }) => topic);
  const [offsets, settings] = await Promise.all([
    session.cluster().then((cluster) => readOffsets(cluster, found)),
    session.admin().then((admin) => readSettings(admin, names)),
  ]);
  return found.map(({ topic, isInternal, partitionMetadata }) => {
    const known = offsets.get(topic);
    const partitions = partitionMetadata
      .map((partition): Partition => {
        const range = typeof known === 'string' ? undefined : known?.get(partition.partitionId);
        return {
          id: partition.partitionId,
          ...(partition.leader >= 0 ? { leader: partition.leader } : {}),
          replicas: partition.replicas,
          inSync: partition.isr,
          ...range,
        };
      })
      .sort((a, b) => a.id - b.id);
    const settled = settings.get(topic);
    const records = countRecords(partitions);
    return {
      name: topic,
      internal: isInternal || isInternalName(topic),
      partitions,
      replication: Math.max(0, ...partitions.map(({ replicas }) => replicas.length)),
      ...(records === undefined ? {} : { records }),
      underReplicated: partitions.filter(({ inSync, replicas }) => inSync.length < replicas.length).length,
      settings: settled ?? [],
      ...(typeof known === 'string' ? { problem: known } : {}),
    };
  });
}

function isInternalName(topic: string): boolean {
  return topic.startsWith('_');
}

export function countRecords(partitions: readonly Partition[]): bigint | undefined {
  let sum = 0n;
  for (const { low, high } of partitions) {
    if (low === undefined || high === undefined) return undefined;
    sum += high - low;
  }
  return sum;
}

type Ranges = ReadonlyMap<number, { low: bigint; high: bigint }>;

/** Low and high offsets of all topics in two requests; topic by topic when that fails, so that one bad topic hides no other. */
async function readOffsets(
  cluster: LowLevelCluster,
  topics: ClusterMetadata['topicMetadata'],
): Promise<Map<string, Ranges | string>> {
  try {
    return await offsetsOf(cluster, topics);
  } catch (error) {
    if (topics.length === 1) return new Map([[topics[0]!.topic, explain(error)]]);
    const result = new Map<string, Ranges | string>();
    for (const topic of topics) {
      try {
        for (const [name, ranges] of await offsetsOf(cluster, [topic])) result.set(name, ranges);
      } catch (reason) {
        result.set(topic.topic, explain(reason));
      }
    }
    return result;
  }
}

async function offsetsOf(
  cluster: LowLevelCluster,
  topics: ClusterMetadata['topicMetadata'],
): Promise<Map<string, Ranges>> {
  await cluster.addMultipleTargetTopics(topics.map(({ topic }) => topic));
  const request = (fromBeginning: boolean): Parameters<LowLevelCluster['fetchTopicsOffset']>[0] =>
    topics.map(({ topic, partitionMetadata }) => ({
      topic,
      partitions: partitionMetadata.map(({ partitionId }) => ({ partition: partitionId })),
      fromBeginning,
    }));
  const [low, high] = await Promise.all([
    cluster.fetchTopicsOffset(request(true)),
    cluster.fetchTopicsOffset(request(false)),
  ]);
  const highs = new Map(high.map(({ topic, partitions }) => [topic, byPartition(partitions)]));
  return new Map(
    low.map(({ topic, partitions }) => [
      topic,
      new Map(
        partitions.map(({ partition, offset }) => {
          const end = highs.get(topic)?.get(partition) ?? 0n;
          // -1 is Kafka's answer for a partition that never held a record.
          return [partition, { low: BigInt(offset) < 0n ? end : BigInt(offset), high: end }];
        }),
      ),
    ]),
  );
}

function byPartition(partitions: readonly { partition: number; offset: string }[]): Map<number, bigint> {
  return new Map(partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
}

async function readSettings(admin: Admin, topics: readonly string[]): Promise<Map<string, Setting[]>> {
  try {
    const { resources } = await admin.describeConfigs({
      resources: topics.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
      includeSynonyms: false,
    });
    return new Map(resources.map(({ resourceName, configEntries }) => [resourceName, settingsOf(configEntries)]));
  } catch {
    // A topic that was deleted a moment ago fails the whole request; offsets matter more than settings.
    return new Map();
  }
}

export function settingsOf(entries: readonly ConfigEntries[]): Setting[] {
  return entries
    .map(({ configName, configValue, configSource }) => ({
      name: configName,
      value: configValue ?? '',
      own: Number(configSource) === Number(ConfigSource.TOPIC_CONFIG),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function readGroups(session: KafkaSession): Promise<Group[]> {
  const [admin, cluster] = await Promise.all([session.admin(), session.cluster()]);
  const { groups } = await admin.listGroups();
  const ids = groups.map(({ groupId }) => groupId).filter((id) => id !== '');
  if (ids.length === 0) return [];

  const read = await Promise.all(
    ids.map(async (id) => {
      try {
        const [described, offsets] = await Promise.all([
          admin.describeGroups([id]),
          admin.fetchOffsets({ groupId: id }),
        ]);
        return { id, described: described.groups[0]!, offsets };
      } catch (error) {
        return { id, problem: explain(error) };
      }
    }),
  );

  const metadata = await cluster.metadata();
  const used = new Set(
    read.flatMap((group) =>
      group.described
        ? [...group.offsets.map(({ topic }) => topic), ...membersOf(group.described).flatMap(topicsOf)]
        : [],
    ),
  );
  const ranges = await readOffsets(
    cluster,
    metadata.topicMetadata.filter(({ topic }) => used.has(topic)),
  );

  return read
    .map((group): Group => {
      if (!group.described) {
        return { id: group.id, internal: false, state: 'Unknown', members: [], partitions: [], problem: group.problem };
      }
      const members = membersOf(group.described);
      const committed = new Map(group.offsets.map(({ topic, partitions }) => [topic, byPartition(partitions)]));
      const partitions = groupPartitions(members, committed, ranges);
      const lag = totalLag(partitions);
      return {
        id: group.id,
        internal: partitions.length > 0 && partitions.every(({ topic }) => isInternalName(topic)),
        state: group.described.state,
        members,
        partitions,
        ...(lag === undefined ? {} : { lag }),
      };
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function topicsOf(member: Member): string[] {
  return member.assigned.map(({ topic }) => topic);
}

export function membersOf(group: GroupDescription): Member[] {
  return group.members.map(({ memberId, clientId, clientHost, memberAssignment }) => ({
    id: memberId,
    client: clientId,
    host: clientHost.replace(/^\//, ''),
    assigned: decodeAssignment(memberAssignment),
  }));
}

function decodeAssignment(bytes: Buffer): Member['assigned'] {
  try {
    const assignment = AssignerProtocol.MemberAssignment.decode(bytes)?.assignment ?? {};
    return Object.entries(assignment).map(([topic, partitions]) => ({ topic, partitions }));
  } catch {
    // Groups of other protocols (Kafka Connect, for one) have their own format; empty while a group rebalances.
    return [];
  }
}

/** Every partition that the group has committed or owns; a group need not have a member to have offsets. */
export function groupPartitions(
  members: readonly Member[],
  committed: ReadonlyMap<string, ReadonlyMap<number, bigint>>,
  ranges: ReadonlyMap<string, Ranges | string>,
): GroupPartition[] {
  const owners = new Map<string, string>();
  for (const { id, assigned } of members) {
    for (const { topic, partitions } of assigned) {
      for (const partition of partitions) owners.set(`${partition} ${topic}`, id);
    }
  }
  const keys = new Set(owners.keys());
  for (const [topic, partitions] of committed) {
    for (const [partition, offset] of partitions) if (offset >= 0n) keys.add(`${partition} ${topic}`);
  }
  return [...keys]
    .map((key) => {
      const [partition, topic] = [Number(key.slice(0, key.indexOf(' '))), key.slice(key.indexOf(' ') + 1)];
      const offset = committed.get(topic)?.get(partition);
      const range = ranges.get(topic);
      const member = owners.get(key);
      return {
        topic,
        partition,
        ...lagOf(offset, typeof range === 'string' ? undefined : range?.get(partition)),
        ...(member === undefined ? {} : { member }),
      };
    })
    .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
}

/** High offset minus committed offset, as Kafka's own tools count, with the cases in which that number would mislead. */
export function lagOf(
  committed: bigint | undefined,
  range: { readonly low: bigint; readonly high: bigint } | undefined,
): Pick<GroupPartition, 'committed' | 'high' | 'lag' | 'note'> {
  const known = {
    ...(committed === undefined || committed < 0n ? {} : { committed }),
    ...(range ? { high: range.high } : {}),
  };
  if (!range) return { ...known, note: 'the topic or partition is gone or cannot be read' };
  if (known.committed === undefined) return { ...known, note: 'nothing committed yet' };
  if (known.committed > range.high) {
    return { ...known, lag: 0n, note: 'committed beyond the end: the topic was made anew since' };
  }
  const lag = range.high - known.committed;
  const lost = range.low - known.committed;
  return lost > 0n ? { ...known, lag, note: `${lost} of them already deleted by retention` } : { ...known, lag };
}

export function totalLag(partitions: readonly GroupPartition[]): bigint | undefined {
  const known = partitions.flatMap(({ lag }) => (lag === undefined ? [] : [lag]));
  return known.length === 0 ? undefined : known.reduce((sum, lag) => sum + lag, 0n);
}
