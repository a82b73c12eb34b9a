import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { auth, Client } from 'cassandra-driver';
import { Kafka, logLevel } from 'kafkajs';
import { checkout, deployment, port } from './checkout';

export const airflowUrl = `http://localhost:${port(8080)}`;
export const registryUrl = `http://localhost:${port(8081)}`;
export const consoleUrl = `http://localhost:${port(9021)}`;
export const sparkMasterUrl = `http://localhost:${port(9090)}`;

export function secret(name: string): string {
  return readFileSync(join(checkout, '.deployments', deployment.name, 'secrets', name), 'utf8').trim();
}

export function kafka(): Kafka {
  return new Kafka({ clientId: 'live-test', brokers: [`localhost:${port(9092)}`], logLevel: logLevel.NOTHING });
}

/** Runs a callback with a CQL session; without a login for a role that does not exist there is an error. */
export async function withCassandra<T>(
  role: 'admin' | 'reader' | 'stream' | { username: string; password: string } | undefined,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const login = typeof role === 'string' ? { username: role, password: secret(`cassandra-${role}-password`) } : role;
  const client = new Client({
    contactPoints: [`127.0.0.1:${port(9042)}`],
    localDataCenter: 'datacenter1',
    authProvider: login ? new auth.PlainTextAuthProvider(login.username, login.password) : undefined,
    socketOptions: { connectTimeout: 5000, readTimeout: 10_000 },
  });
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.shutdown();
  }
}
