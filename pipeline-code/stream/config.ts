import { z } from 'zod';

import {
  addresses,
  baseEnvironment,
  cassandraEnvironment,
  kafkaEnvironment,
  readEnvironment,
  registryEnvironment,
  serverEnvironment,
} from '../common/config';

const count = (byDefault: number) => z.coerce.number().int().positive().default(byDefault);

const environment = {
  ...baseEnvironment,
  ...kafkaEnvironment,
  ...registryEnvironment,
  ...cassandraEnvironment,
  ...serverEnvironment,
  SPARK_MASTER: z.string().regex(/^spark:\/\/[^:/]+:\d+$/, 'must look like spark://spark-master:7077'),
  SPARK_MASTER_PAGE: z.url({ protocol: /^http$/ }),
  SPARK_DRIVER_HOST: z.string().min(1),
  CHECKPOINT_DIR: z.string().startsWith('/', 'must be an absolute path'),
  DRIVER_MEMORY_MIB: count(640),
  EXECUTOR_MEMORY_MIB: count(640),
  EXECUTOR_CORES: count(2),
  EXECUTORS: count(1),
  TRIGGER_MS: count(100),
  DLQ_TRIGGER_MS: count(5000),
  SPARK_PROTOS: z.string().default('/opt/spark/protos'),
  WORK_DIR: z.string().startsWith('/').default('/tmp/stream'),
};

export interface Config {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly cassandra: { readonly contactPoints: readonly string[]; readonly datacenter: string };
  readonly spark: {
    readonly master: string;
    /** The master's page, without a slash at its end; it says whether the master is in charge. */
    readonly masterPage: string;
    /** The name under which executors reach this container. */
    readonly driverHost: string;
    readonly driverMemoryMiB: number;
    readonly executorMemoryMiB: number;
    readonly executorCores: number;
    readonly executors: number;
    /** Folder with the .proto files of Spark Connect. */
    readonly protos: string;
  };
  readonly checkpoints: string;
  readonly triggerMs: number;
  readonly deadLetterTriggerMs: number;
  readonly port: number;
  readonly logLevel: string;
  readonly secrets: string;
  /** Scratch: the token, Spark's temporary files. Emptied at every start of Spark. */
  readonly workDir: string;
}

export function parseConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const e = readEnvironment(environment, env);
  return {
    brokers: addresses(e.KAFKA_BOOTSTRAP_SERVERS),
    registryUrl: e.SCHEMA_REGISTRY_URL.replace(/\/$/, ''),
    cassandra: { contactPoints: addresses(e.CASSANDRA_CONTACT_POINTS), datacenter: e.CASSANDRA_DATACENTER },
    spark: {
      master: e.SPARK_MASTER,
      masterPage: e.SPARK_MASTER_PAGE.replace(/\/$/, ''),
      driverHost: e.SPARK_DRIVER_HOST,
      driverMemoryMiB: e.DRIVER_MEMORY_MIB,
      executorMemoryMiB: e.EXECUTOR_MEMORY_MIB,
      executorCores: e.EXECUTOR_CORES,
      executors: e.EXECUTORS,
      protos: e.SPARK_PROTOS,
    },
    checkpoints: e.CHECKPOINT_DIR,
    triggerMs: e.TRIGGER_MS,
    deadLetterTriggerMs: e.DLQ_TRIGGER_MS,
    port: e.PORT,
    logLevel: e.LOG_LEVEL,
    secrets: e.SECRETS_DIR,
    workDir: e.WORK_DIR,
  };
}
