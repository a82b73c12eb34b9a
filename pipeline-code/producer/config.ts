import { z } from 'zod';

import {
  addresses,
  baseEnvironment,
  kafkaEnvironment,
  readEnvironment,
  registryEnvironment,
  serverEnvironment,
} from '../common/config';
import { readSecret } from '../common/secrets';

export function readConfig(environment: NodeJS.ProcessEnv = process.env) {
  const values = readEnvironment(
    {
      ...baseEnvironment,
      ...kafkaEnvironment,
      ...registryEnvironment,
      ...serverEnvironment,
      USER_SOURCE: z.enum(['live', 'twin', 'auto']).default('auto'),
      LIVE_URL: z.url().default('https://randomuser.me/api/1.4/'),
      TWIN_URL: z.url().default('http://random-user:8080/api/1.4/'),
    },
    environment,
  );
  return {
    brokers: addresses(values.KAFKA_BOOTSTRAP_SERVERS),
    registryUrl: values.SCHEMA_REGISTRY_URL,
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    userSource: values.USER_SOURCE,
    urls: { live: values.LIVE_URL, twin: values.TWIN_URL },
    token: readSecret('producer-token', values.SECRETS_DIR),
  };
}
