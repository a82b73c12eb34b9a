import type { Kafka } from 'kafkajs';

import { clusterReader, type Cluster, type Group, type Topic } from './cluster';
import { readTopicPage, type TopicPage } from './messages';
import { attempt, shared, type Outcome, type ServiceName } from './outcome';
import type { RegistryReader, SubjectPage, SubjectsPage } from './registry';

const SHARED_MS = 1_000;

export interface Overview {
  readonly kafka: Outcome<Cluster>;
  readonly registry: Outcome<SubjectsPage>;
}

/** What the pages and the JSON under /api both show. */
export interface Facts {
  overview(): Promise<Overview>;
  topics(): Promise<Outcome<readonly Topic[]>>;
  topic(name: string): Promise<Outcome<TopicPage>>;
  groups(): Promise<Outcome<readonly Group[]>>;
  subjects(): Promise<Outcome<SubjectsPage>>;
  subject(name: string): Promise<Outcome<SubjectPage>>;
}

export function createFacts(
  { kafka, address: kafkaAddress }: { readonly kafka: Kafka; readonly address: string },
  { reader, address: registryAddress }: { readonly reader: RegistryReader; readonly address: string },
): Facts {
  const cached = <T>(
    service: ServiceName,
    work: (key: string) => Promise<T>,
  ): ((key?: string) => Promise<Outcome<T>>) => {
    const load = shared(SHARED_MS, (key) =>
      attempt(service, service === 'Kafka' ? kafkaAddress : registryAddress, () => work(key)),
    );
    return (key = '') => load(key);
  };
  const cluster = clusterReader(kafka);
  const clusterFacts = cached('Kafka', () => cluster.cluster());
  const topics = cached('Kafka', () => cluster.topics());
  const topic = cached('Kafka', (name) => readTopicPage(kafka, reader, name));
  const groups = cached('Kafka', () => cluster.groups());
  const subjects = cached('Schema Registry', () => reader.subjects());
  const subject = cached('Schema Registry', (name) => reader.subject(name));
  return {
    overview: async () => {
      const [ofKafka, ofRegistry] = await Promise.all([clusterFacts(), subjects()]);
      return { kafka: ofKafka, registry: ofRegistry };
    },
    topics: () => topics(),
    topic: (name) => topic(name),
    groups: () => groups(),
    subjects: () => subjects(),
    subject: (name) => subject(name),
  };
}
