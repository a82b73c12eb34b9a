import { Client } from 'cassandra-driver';
import type { Kafka } from 'kafkajs';
import { createKafka } from '../pipeline-code/common/kafka';
import { createLogger } from '../pipeline-code/common/logger';
import { keyspace, roles } from '../pipeline-code/contract';
import type { Deployment } from './deployment';

export const DATACENTER = 'datacenter1';

/** Kafka through its published port. Quiet: what fails is told by the command. */
export function kafkaOf({ settings }: Deployment): Kafka {
  return createKafka({
    clientId: 'cli',
    brokers: [`127.0.0.1:${settings.ports.kafka}`],
    logger: createLogger('cli', process.env['DEBUG'] ? 'info' : 'silent'),
    // A person is waiting, and the commands ask again by themselves.
    retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 5 },
  });
}

/** Cassandra through its published port, as the role that may only read users. */
export function cassandraOf(deployment: Deployment): Client {
  return new Client({
    contactPoints: [`127.0.0.1:${deployment.settings.ports.cassandra}`],
    localDataCenter: DATACENTER,
    keyspace,
    credentials: { username: roles.reader, password: deployment.secret('cassandra-reader-password') },
    socketOptions: { connectTimeout: 5000, readTimeout: 12_000 },
  });
}
