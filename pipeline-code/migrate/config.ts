import { z } from 'zod';

import {
  addresses,
  baseEnvironment,
  cassandraEnvironment,
  kafkaEnvironment,
  readEnvironment,
  registryEnvironment,
} from '../common/config';
import { readSecret } from '../common/secrets';

const positive = (fallback: number) => z.coerce.number().int().min(1).default(fallback);

export function readConfig(environment: NodeJS.ProcessEnv = process.env) {
  const values = readEnvironment(
    {
      ...baseEnvironment,
      ...kafkaEnvironment,
      ...registryEnvironment,
      ...cassandraEnvironment,
      KAFKA_REPLICATION_FACTOR: positive(1),
      CASSANDRA_REPLICATION_FACTOR: positive(1),
      /** Whether the login that everybody knows may be used once, and closed. Not in somebody else's Cassandra. */
      CASSANDRA_FIRST_LOGIN: z.enum(['ours', 'not ours']).default('ours'),
      USERS_TOPIC_PARTITIONS: positive(3),
      /** How long all services together may take to answer. */
      DEADLINE_SECONDS: positive(120),
    },
    environment,
  );
  return {
    logLevel: values.LOG_LEVEL,
    deadlineSeconds: values.DEADLINE_SECONDS,
    kafka: {
      brokers: addresses(values.KAFKA_BOOTSTRAP_SERVERS),
      replicationFactor: values.KAFKA_REPLICATION_FACTOR,
      usersPartitions: values.USERS_TOPIC_PARTITIONS,
    },
    registryUrl: values.SCHEMA_REGISTRY_URL,
    cassandra: {
      contactPoints: addresses(values.CASSANDRA_CONTACT_POINTS),
      datacenter: values.CASSANDRA_DATACENTER,
      replicationFactor: values.CASSANDRA_REPLICATION_FACTOR,
      hasFirstLogin: values.CASSANDRA_FIRST_LOGIN === 'ours',
      passwords: {
        admin: readSecret('cassandra-admin-password', values.SECRETS_DIR),
        stream: readSecret('cassandra-stream-password', values.SECRETS_DIR),
        reader: readSecret('cassandra-reader-password', values.SECRETS_DIR),
      },
    },
  };
}
