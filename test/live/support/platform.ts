import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { auth, Client } from 'cassandra-driver';
import { Kafka, logLevel } from 'kafkajs';
import { checkout, deployment, port } from './checkout';
import { exec } from './engine';

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

/** Calls the producer from inside its own container: its port is not published. */
export async function producer(
  method: 'GET' | 'PUT',
  path: string,
  token = true,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const script = `
    const token = require('fs').readFileSync('/run/secrets/producer-token', 'utf8').trim();
    fetch('http://127.0.0.1:8080${path}', { method: '${method}', headers: ${token} ? { authorization: 'Bearer ' + token } : {} })
      .then(async (r) => console.log(JSON.stringify({ status: r.status, body: await r.json() })));`;
  const { output } = await exec('producer', ['node', '-e', script]);
  return JSON.parse(output) as { status: number; body: Record<string, unknown> };
}
