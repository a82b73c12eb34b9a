export const topics = {
  users: 'users_created',
  deadLetters: 'users_created.dlq',
  runs: 'pipeline_runs',
} as const;

/** The registry's subject of the values in {@link topics.users}. */
export const usersSubject = `${topics.users}-value`;
export const usersCompatibility = 'BACKWARD';

/** The consumer group under which the stream publishes how far it has stored. */
export const streamGroup = 'users-stream';

/** Header of every record in {@link topics.users}: the run it belongs to. */
export const runHeader = 'run_id';

/** Headers of a dead letter. Its key and value are the original bytes. */
export const deadLetterHeaders = {
  reason: 'dlq.reason',
  topic: 'dlq.topic',
  partition: 'dlq.partition',
  offset: 'dlq.offset',
} as const;

export interface TopicSettings {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

const DAYS = 86_400_000;

/** Most bytes that a producer may put into one record, Kafka's default. */
export const maxRecordBytes = 1_048_588;

/** @param usersPartitions bounds how many tasks read at once @default 3 */
export function topicSettings(usersPartitions = 3): TopicSettings[] {
  return [
    { name: topics.users, partitions: usersPartitions, config: { 'retention.ms': String(7 * DAYS) } },
    {
      name: topics.deadLetters,
      partitions: 1,
      config: {
        // Somebody has to look at these first.
        'retention.ms': String(30 * DAYS),
        // The largest record plus the headers that say why it is here must still fit.
        'max.message.bytes': String(maxRecordBytes + 65_536),
      },
    },
    { name: topics.runs, partitions: 1, config: { 'cleanup.policy': 'compact' } },
  ];
}
