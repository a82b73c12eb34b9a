import { connect } from 'node:net';
import { Client, types } from 'cassandra-driver';
import type { Kafka, RetryOptions } from 'kafkajs';
import { createKafka } from '../pipeline-code/common/kafka';
import { createLogger } from '../pipeline-code/common/logger';
import { keyspace, roles } from '../pipeline-code/contract';
import type { Deployment } from './deployment';

export const DATACENTER = 'datacenter1';

/** A person is waiting, and the commands ask again by themselves. */
const PATIENT: RetryOptions = { initialRetryTime: 100, maxRetryTime: 1000, retries: 5 };

/** Kafka through its published port. Quiet: what fails is told by the command. */
export async function kafkaOf(deployment: Deployment, retry = PATIENT): Promise<Kafka> {
  const ways = await deployment.ports('kafka');
  const announced = deployment.settings.ports.kafka;
  return createKafka({
    clientId: 'cli',
    brokers: ways.map((_, member) => `localhost:${announced + member}`),
    // What a broker announces is a published port, and behind that may be another deployment: never leave the ways.
    socketFactory: ({ port, onConnect }) =>
      connect({ host: '127.0.0.1', port: ways[port - announced], keepAlive: true, noDelay: true }, onConnect),
    logger: createLogger('cli', process.env['DEBUG'] ? 'info' : 'silent'),
    retry,
  });
}

/** Cassandra through its published port, as the role that may only read users. */
export async function cassandraOf(deployment: Deployment): Promise<Client> {
  return new Client({
    contactPoints: [`127.0.0.1:${await deployment.port('cassandra')}`],
    localDataCenter: DATACENTER,
    keyspace,
    credentials: { username: roles.reader, password: deployment.secret('cassandra-reader-password') },
    socketOptions: { connectTimeout: 5000, readTimeout: 12_000 },
    queryOptions: { consistency: types.consistencies.localQuorum },
  });
}
