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
  const at = { host: '127.0.0.1', port: await deployment.port('kafka') };
  return createKafka({
    clientId: 'cli',
    brokers: [`${at.host}:${at.port}`],
    // The broker announces the published port, and what answers there may be another deployment: never leave the way.
    socketFactory: ({ onConnect }) => connect({ ...at, keepAlive: true, noDelay: true }, onConnect),
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
