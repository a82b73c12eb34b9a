import { ConfigResourceTypes, type Admin, type Kafka } from 'kafkajs';

import type { TopicSettings } from '../contract';
import type { Report } from './report';

/** Makes the topics as the settings say. Nothing is deleted, and no configuration that the settings do not name is touched. */
export async function migrateTopics(
  kafka: Kafka,
  settings: readonly TopicSettings[],
  replicationFactor: number,
  report: Report,
): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    for (const topic of settings) {
      if (existing.has(topic.name)) {
        await correctPartitions(admin, topic, report);
        await correctConfig(admin, topic, report);
      } else {
        await createTopic(admin, topic, replicationFactor, report);
      }
    }
  } finally {
    await admin.disconnect();
  }
}

async function createTopic(
  admin: Admin,
  topic: TopicSettings,
  replicationFactor: number,
  report: Report,
): Promise<void> {
  const { name, partitions, config } = topic;
  const configEntries = Object.entries(config).map(([key, value]) => ({ name: key, value }));
  await admin.createTopics({ topics: [{ topic: name, numPartitions: partitions, replicationFactor, configEntries }] });
  report.changed(`topic ${name} created (partitions: ${partitions}, ${describe(config)})`);
}

async function correctPartitions(admin: Admin, { name, partitions }: TopicSettings, report: Report): Promise<void> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
  const found = topics[0]?.partitions.length ?? 0;
  if (found < partitions) {
    await admin.createPartitions({ topicPartitions: [{ topic: name, count: partitions }] });
    report.changed(`topic ${name} has ${partitions} partitions now instead of ${found}`);
  } else if (found > partitions) {
    report.noticed(`topic ${name} has ${found} partitions, the settings say ${partitions}; Kafka cannot take any away`);
  }
}

async function correctConfig(admin: Admin, { name, config }: TopicSettings, report: Report): Promise<void> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name }],
  });
  const found = new Map(resources[0]?.configEntries.map((entry) => [entry.configName, entry]));
  const differing = Object.entries(config).filter(([key, value]) => found.get(key)?.configValue !== value);
  if (differing.length === 0) {
    return;
  }
  // This request replaces everything that was set on the topic, so what somebody else has set goes along.
  const TOPIC_LEVEL = 1;
  const kept = [...found.values()]
    .filter((entry) => Number(entry.configSource) === TOPIC_LEVEL)
    .map((entry) => [entry.configName, entry.configValue] as const);
  const configEntries = Object.entries({ ...Object.fromEntries(kept), ...config }).map(([key, value]) => ({
    name: key,
    value,
  }));
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries }],
  });
  for (const [key, value] of differing) {
    report.changed(`topic ${name} has ${key}=${value} now instead of ${found.get(key)?.configValue ?? 'nothing'}`);
  }
}

function describe(config: Readonly<Record<string, string>>): string {
  return Object.entries(config)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ');
}
