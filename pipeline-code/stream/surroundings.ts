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
      queryOptions: { consistency: types.consistencies.localQuorum },
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

  /**
   * Throws unless the master is in charge. One that recovers from its own restart takes a new driver for the one before it,
   * which had the same address, and gives it no executors.
   */
  async askMaster(): Promise<void> {
    const page = `${this.config.spark.masterPage}/json/`;
    const response = await fetch(page, { signal: AbortSignal.timeout(DEADLINE_MS) });
    if (!response.ok) {
      throw new Error(`${page} answered ${response.status}`);
    }
    const { status } = (await response.json()) as { status: string };
    if (status !== 'ALIVE') {
      throw new Error(`the master is ${status}`);
    }
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
