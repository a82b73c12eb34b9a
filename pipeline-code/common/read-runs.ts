import type { Kafka } from 'kafkajs';

import { runSchema, topics, type Run } from '../contract';
import { describeError } from './logger';
import { readTopic } from './read-topic';

/** The newest state of every run. What is no run is reported and left out. */
export async function readRuns(kafka: Kafka, onUnreadable: (reason: string, offset: string) => void): Promise<Run[]> {
  const runs = new Map<string, Run>();
  await readTopic(kafka, topics.runs, ({ key, value, offset }) => {
    if (key === null) {
      return;
    }
    if (value === null) {
      runs.delete(key.toString());
      return;
    }
    try {
      runs.set(key.toString(), runSchema.parse(JSON.parse(value.toString())));
    } catch (error) {
      onUnreadable(describeError(error), offset);
    }
  });
  return [...runs.values()];
}
