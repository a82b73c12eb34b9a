import { randomUUID } from 'node:crypto';
import type { Client } from 'cassandra-driver';
import { cassandraOf, kafkaOf } from '../../../cli/clients';
import type { Deployment } from '../../../cli/deployment';
import { readTopic } from '../../../pipeline-code/common/read-topic';
import { topics } from '../../../pipeline-code/contract';
import { type Ledger, settledLedger } from '../../../pipeline-code/ledger/ledger';
import { until } from './engine';

export const newRun = (what: string): string => `live-${what}-${randomUUID().slice(0, 8)}`;

/** The pipeline of a deployment, on whatever platform it runs. */
export class Pipeline {
  constructor(private readonly deployment: Deployment) {}

  /** Calls the producer from inside its own container: its port is not published. */
  async producer(
    method: 'GET' | 'PUT',
    path: string,
    token = true,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const script = `
      const token = require('fs').readFileSync('/run/secrets/producer-token', 'utf8').trim();
      fetch('http://127.0.0.1:8080${path}', { method: '${method}', headers: ${token} ? { authorization: 'Bearer ' + token } : {} })
        .then(async (r) => console.log(JSON.stringify({ status: r.status, body: await r.json() })));`;
    const { output } = await this.deployment.exec('producer', ['node', '-e', script]);
    return JSON.parse(output) as { status: number; body: Record<string, unknown> };
  }

  put(runId: string, users: number) {
    return this.producer('PUT', `/runs/${encodeURIComponent(runId)}?users=${users}`);
  }

  /** Repeats the PUT, as the DAG does, until the run has ended. */
  finished(runId: string, users: number, seconds = 180): Promise<Record<string, unknown>> {
    return until(`run ${runId}`, seconds, async () => {
      const { body } = await this.put(runId, users);
      return (body['state'] === 'succeeded' || body['state'] === 'failed') && body;
    });
  }

  /** Returns when records of the run are on their way, and not all of them. */
  async flowing(runId: string, users: number): Promise<void> {
    await this.put(runId, users);
    await until(`users of ${runId} that are acknowledged`, 60, async () => {
      const { body } = await this.producer('GET', `/runs/${runId}`);
      return Number(body['acknowledged']) > 0;
    });
  }

  async withCassandra<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = await cassandraOf(this.deployment);
    try {
      await client.connect();
      return await work(client);
    } finally {
      await client.shutdown();
    }
  }

  async ledger(runId: string, seconds = 120): Promise<Ledger> {
    const kafka = await kafkaOf(this.deployment);
    return this.withCassandra((cassandra) => settledLedger({ kafka, cassandra }, runId, seconds * 1000));
  }

  /** Sends bytes that are no user. @returns where they are in the topic */
  async sendGarbage(garbage: Buffer): Promise<{ partition: number; offset: string }> {
    const client = (await kafkaOf(this.deployment)).producer();
    await client.connect();
    try {
      const [sent] = await client.send({ topic: topics.users, messages: [{ key: 'garbage', value: garbage }] });
      return { partition: sent!.partition, offset: sent!.baseOffset! };
    } finally {
      await client.disconnect();
    }
  }

  /** The headers of a dead letter with these bytes. */
  async deadLetter(bytes: Buffer, seconds = 60): Promise<Readonly<Record<string, string>>> {
    const kafka = await kafkaOf(this.deployment);
    return until('the dead letter', seconds, async () => {
      let found: Readonly<Record<string, string>> | undefined;
      await readTopic(kafka, topics.deadLetters, (record) => {
        if (record.value?.equals(bytes)) found = record.headers;
      });
      return found;
    });
  }
}

/** The whole sentence: all asked for, all acknowledged, all stored, nothing lost on the way. */
export function expectExact(seen: Ledger, users: number): void {
  expect(seen).toMatchObject({
    produced: users,
    inTopic: users,
    stored: users,
    deadLettered: 0,
    inFlight: 0,
    missing: [],
    balanced: true,
  });
}

/** Bytes that are no user end as a dead letter that says where they were, and the others go on. */
export async function expectDeadLetter(pipeline: Pipeline): Promise<void> {
  const garbage = Buffer.from(`not avro ${randomUUID()}`);
  const sent = await pipeline.sendGarbage(garbage);
  const runId = newRun('garbage');
  await pipeline.finished(runId, 10);
  expectExact(await pipeline.ledger(runId), 10);
  expect(await pipeline.deadLetter(garbage)).toMatchObject({
    'dlq.partition': String(sent.partition),
    'dlq.offset': sent.offset,
    'dlq.topic': topics.users,
    'dlq.reason': expect.stringMatching(/schema|magic/),
  });
}
