import { z } from 'zod';

import { addresses, baseEnvironment, kafkaEnvironment, readEnvironment, registryEnvironment } from '../common/config';

export interface Config {
  readonly port: number;
  readonly logLevel: string;
  readonly kafka: readonly string[];
  readonly registry: string;
}

export function readConfig(environment?: NodeJS.ProcessEnv): Config {
  const { PORT, LOG_LEVEL, KAFKA_BOOTSTRAP_SERVERS, SCHEMA_REGISTRY_URL } = readEnvironment(
    {
      ...baseEnvironment,
      ...kafkaEnvironment,
      ...registryEnvironment,
      PORT: z.coerce.number().int().min(1).max(65_535).default(9021),
    },
    environment,
  );
  return {
    port: PORT,
    logLevel: LOG_LEVEL,
    kafka: addresses(KAFKA_BOOTSTRAP_SERVERS),
    registry: SCHEMA_REGISTRY_URL.replace(/\/+$/, ''),
  };
}
