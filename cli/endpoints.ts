import { keyspace, topics, usersSubject, usersTable } from '../pipeline-code/contract';
import { outside } from '../stacks/components';
import type { Settings } from '../stacks/settings';
import type { SecretName } from '../toolchain/secrets';
import type { Deployment } from './deployment';

export interface Endpoint {
  readonly address: string;
  readonly what: string;
  readonly user?: string;
  readonly secret?: SecretName;
}

/** Where the deployment answers, for people. */
export function endpoints(settings: Settings): Endpoint[] {
  const { ports } = settings;
  const { kafka, registry, cassandra } = data(settings);
  const http = (port: number) => `http://localhost:${port}`;
  return [
    { address: http(ports.airflow), what: 'Airflow: everything', user: 'admin', secret: 'airflow-admin-password' },
    {
      address: http(ports.airflow),
      what: 'Airflow: trigger and watch',
      user: 'operations',
      secret: 'airflow-operations-password',
    },
    {
      address: http(ports.airflow),
      what: 'Airflow: run and read DAGs',
      user: 'author',
      secret: 'airflow-author-password',
    },
    { address: http(ports.controlCenter), what: 'Control Center: topics, groups, schemas, messages' },
    { address: http(ports.sparkMaster), what: 'Spark master: workers and applications' },
    { address: http(ports.sparkDriver), what: 'Spark driver: the streaming job' },
    { address: registry, what: 'Schema Registry' },
    { address: kafka, what: 'Kafka' },
    {
      address: cassandra,
      what: 'Cassandra: reads users',
      user: 'reader',
      secret: 'cassandra-reader-password',
    },
  ];
}

/** What may be somebody else's. */
function data({ ports, components }: Settings) {
  const { brokers, registryUrl, cassandra } = outside(components);
  return {
    kafka: brokers?.join(',') ?? `localhost:${ports.kafka}`,
    registry: registryUrl ?? `http://localhost:${ports.schemaRegistry}`,
    cassandra: cassandra?.contactPoints[0] ?? `localhost:${ports.cassandra}`,
  };
}

/** The command that shows a secret; with what chose this deployment, if that was the environment. */
export function showSecret(secret: SecretName, env: NodeJS.ProcessEnv = process.env): string {
  return `${chosenBy(env)}npm run -s secrets -- show ${secret}`;
}

/** Ready to paste. */
export function pasteLines(
  deployment: Pick<Deployment, 'settings' | 'execCommand'>,
  env: NodeJS.ProcessEnv = process.env,
): { what: string; line: string }[] {
  const { settings } = deployment;
  const { kafka, registry, cassandra } = data(settings);
  const inContainer = {
    what: 'records in Kafka (nothing to install)',
    // Its heap counts against the broker's memory limit.
    line: deployment.execCommand(
      'kafka',
      { KAFKA_HEAP_OPTS: '-Xmx64m' },
      `kafka-console-consumer --bootstrap-server kafka:29092 --topic ${topics.users} --from-beginning --max-messages 5`,
    ),
  };
  return [
    {
      // It asks for the password: as an argument everybody on the machine could read it.
      what: `rows in Cassandra (cqlsh: pip install cqlsh; password: ${showSecret('cassandra-reader-password', env)})`,
      line: `cqlsh ${cassandra.replace(':', ' ')} -u reader -e "SELECT first_name, last_name, email, run_id FROM ${keyspace}.${usersTable} LIMIT 10"`,
    },
    {
      what: 'records in Kafka (kcat)',
      line: `kcat -b ${kafka} -C -t ${topics.users} -s value=avro -r ${registry} -o beginning -e`,
    },
    ...(settings.components.kafka ? [] : [inContainer]),
    {
      what: 'schema of a user',
      line: `curl -s ${registry}/subjects/${usersSubject}/versions/latest`,
    },
  ];
}

function chosenBy(env: NodeJS.ProcessEnv): string {
  return ['STREAMING_NAME', 'STREAMING_SETTINGS']
    .filter((variable) => env[variable] !== undefined && env[variable] !== '')
    .map((variable) => `${variable}=${env[variable]} `)
    .join('');
}
