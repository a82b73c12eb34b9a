import { connect } from 'node:net';

import { auth, Client, types } from 'cassandra-driver';
import type { Admin, Kafka } from 'kafkajs';

import { readSecret } from '../common/secrets';
import { keyspace, roles, topics, usersTable } from '../contract';
import type { Config } from './config';
import { UI_PORT } from './connect-server';
import type { Offsets } from './progress';

export interface Executor {
  readonly id: string;
  readonly hostPort: string;
  readonly totalCores: number;
}

const DEADLINE_MS = 4000;

/** Everything around Spark that this program asks by itself, because Spark's own view of it may be out of date. */
export class Surroundings {
  private admin?: Admin;
  private application?: string;

  constructor(
    private readonly config: Config,
    private readonly kafka: Kafka,
  ) {}

  /** Next offset that Kafka will give out, by partition of the users' topic. */
  endOffsets(): Promise<Offsets> {
    return this.offsets(topics.users);
  }

  /** How many records the dead-letter topic has ever held. */
  async deadLetters(): Promise<number> {
    return Object.values(await this.offsets(topics.deadLetters)).reduce((sum, offset) => sum + offset, 0);
  }

  /** Throws unless the role of this program can log in and sees the table. */
  async askCassandra(): Promise<void> {
    const { cassandra, secrets } = this.config;
    const client = new Client({
      contactPoints: [...cassandra.contactPoints],
      localDataCenter: cassandra.datacenter,
      authProvider: new auth.PlainTextAuthProvider(roles.stream, readSecret('cassandra-stream-password', secrets)),
      pooling: { coreConnectionsPerHost: { [types.distance.local]: 1 } },
      socketOptions: { connectTimeout: DEADLINE_MS, readTimeout: DEADLINE_MS },
    });
    try {
      const table = await client.execute(
        'SELECT table_name FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?',
        [keyspace, usersTable],
      );
      if (table.rowLength === 0) {
        throw new Error(`the table ${keyspace}.${usersTable} does not exist yet; migrate creates it`);
      }
    } finally {
      await client.shutdown().catch(() => undefined);
    }
  }

  /** Throws unless the master's port is open: a driver without a master gives up after a minute and exits. */
  async askMaster(): Promise<void> {
    const { hostname, port } = new URL(this.config.spark.master.replace(/^spark:/, 'http:'));
    await new Promise<void>((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), timeout: DEADLINE_MS });
      const end = (error?: Error) => {
        socket.destroy();
        if (error) {
          reject(error);
        } else {
          resolve();
        }
      };
      socket.once('connect', () => end());
      socket.once('error', end);
      socket.once('timeout', () => end(new Error(`no answer from ${hostname}:${port}`)));
    });
  }

  /** The executors that the driver has now. */
  async executors(): Promise<readonly Executor[]> {
    this.application ??= (await driver<{ id: string }[]>(''))[0]?.id;
    const all = await driver<Executor[]>(`/${this.application}/executors`);
    return all
      .filter((one) => one.id !== 'driver')
      .map(({ id, hostPort, totalCores }) => ({ id, hostPort, totalCores }));
  }

  /** The driver was started anew: it is another application now. */
  forgetDriver(): void {
    this.application = undefined;
  }

  async close(): Promise<void> {
    const { admin } = this;
    this.admin = undefined;
    await admin?.disconnect().catch(() => undefined);
  }

  private async offsets(topic: string): Promise<Offsets> {
    try {
      if (!this.admin) {
        const admin = this.kafka.admin();
        await admin.connect();
        this.admin = admin;
      }
      const partitions = await this.admin.fetchTopicOffsets(topic);
      return Object.fromEntries(partitions.map(({ partition, high }) => [partition, Number(high)]));
    } catch (error) {
      await this.close();
      throw error;
    }
  }
}

async function driver<T>(path: string): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${UI_PORT}/api/v1/applications${path}`, {
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  if (!response.ok) {
    throw new Error(`the driver's page answered ${response.status}`);
  }
  return (await response.json()) as T;
}
