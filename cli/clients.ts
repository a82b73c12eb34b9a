import { connect } from 'node:net';
import { Client, types } from 'cassandra-driver';
import type { Kafka, RetryOptions } from 'kafkajs';
import { createKafka } from '../pipeline-code/common/kafka';
import { createLogger } from '../pipeline-code/common/logger';
import { keyspace, roles } from '../pipeline-code/contract';
import type { CassandraAddress } from '../pipeline-code/migrate/roles';
import { outside } from '../stacks/components';
import { type Deployment, publishedPort } from './deployment';

const DATACENTER = 'datacenter1';

/** A person is waiting, and the commands ask again by themselves. */
const PATIENT: RetryOptions = { initialRetryTime: 100, maxRetryTime: 1000, retries: 5 };

/** Kafka through its published port, or where somebody else runs it. Quiet: what fails is told by the command. */
export async function kafkaOf(deployment: Deployment, retry = PATIENT): Promise<Kafka> {
  const common = {
    clientId: 'cli',
    logger: createLogger('cli', process.env['DEBUG'] ? 'info' : 'silent'),
    retry,
  };
  const { brokers } = outside(deployment.settings.components);
  if (brokers !== undefined) return createKafka({ ...common, brokers });
  const ways = await deployment.ports('kafka');
  const announced = publishedPort(deployment.settings, 'kafka');
  return createKafka({
    ...common,
    brokers: ways.map((_, member) => `localhost:${announced + member}`),
    // What a broker announces is a published port, and behind that may be another deployment: never leave the ways.
    socketFactory: ({ port, onConnect }) =>
      connect({ host: '127.0.0.1', port: ways[port - announced], keepAlive: true, noDelay: true }, onConnect),
  });
}

export async function registryUrlOf(deployment: Deployment): Promise<string> {
  const elsewhere = outside(deployment.settings.components).registryUrl;
  return elsewhere ?? `http://127.0.0.1:${await deployment.port('schemaRegistry')}`;
}

export async function cassandraAddress(deployment: Deployment): Promise<CassandraAddress> {
  const elsewhere = outside(deployment.settings.components).cassandra;
  return elsewhere ?? { contactPoints: [`127.0.0.1:${await deployment.port('cassandra')}`], datacenter: DATACENTER };
}

/** Cassandra through its published port, or where somebody else runs it, as the role that may only read users. */
export async function cassandraOf(deployment: Deployment): Promise<Client> {
  const { contactPoints, datacenter } = await cassandraAddress(deployment);
  return new Client({
    contactPoints: [...contactPoints],
    localDataCenter: datacenter,
    keyspace,
    credentials: { username: roles.reader, password: deployment.secret('cassandra-reader-password') },
    socketOptions: { connectTimeout: 5000, readTimeout: 12_000 },
    queryOptions: { consistency: types.consistencies.localQuorum },
  });
}
