import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Type } from 'avsc';

import { avroSchema } from '../contract/avro';
import type { Topic } from './cluster';
import type { FetchedRecord, LowLevelBroker, LowLevelCluster } from './kafka-session';
import { decodePayload, describe as describeRecord, readNewest, type PlacedRecord } from './messages';
import { registryReader, type RegistryReader } from './registry';

const schemas: Record<number, object> = {
  1: avroSchema,
  2: {
    type: 'record',
    name: 'Event',
    fields: [
      { name: 'name', type: 'string' },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'raw', type: ['null', 'bytes'], default: null },
    ],
  },
};

let server: Server;
let registry: RegistryReader;
let requests: string[];

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request.url ?? '');
    const id = Number(/^\/schemas\/ids\/(-?\d+)/.exec(request.url ?? '')?.[1]);
    response.setHeader('content-type', 'application/json');
    if (schemas[id]) {
      response.end(JSON.stringify({ schema: JSON.stringify(schemas[id]) }));
    } else {
      response.writeHead(404).end(JSON.stringify({ error_code: 40403, message: `Schema ${id} not found` }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

beforeEach(() => {
  requests = [];
  registry = registryReader(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

function wire(id: number, body: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.writeInt32BE(id, 1);
  return Buffer.concat([header, body]);
}

function event(value: object): Buffer {
  return Type.forSchema(schemas[2] as never).toBuffer(value);
}

describe('decoding', () => {
  test('a record written with a registered schema is shown as its fields, times as times', async () => {
    const bytes = wire(2, event({ name: 'started', at: Date.UTC(2026, 0, 2), raw: Buffer.from([1, 255]) }));
    const payload = await decodePayload(bytes, registry);
    expect(payload).toMatchObject({ kind: 'schema', schemaId: 2, bytes: bytes.length, cut: false });
    expect(JSON.parse((payload as { text: string }).text)).toEqual({
      name: 'started',
      at: '2026-01-02T00:00:00.000Z',
      raw: '0x01ff',
    });
  });

  test('garbage is shown as bytes with the reason, not hidden', async () => {
    const payload = await decodePayload(Buffer.from('deadbeef00ff', 'hex'), registry);
    expect(payload).toEqual({
      kind: 'bytes',
      hex: 'deadbeef00ff',
      bytes: 6,
      cut: false,
      reason: 'no schema header (it would start with 00, not de) and not text',
    });
    expect(requests).toEqual([]);
  });

  test('a record cut short, or with bytes too many, is not passed off as a good one', async () => {
    const good = event({ name: 'started', at: 0, raw: null });
    for (const body of [good.subarray(0, good.length - 1), Buffer.concat([good, Buffer.from([7])])]) {
      const payload = await decodePayload(wire(2, body), registry);
      expect(payload).toMatchObject({
        kind: 'bytes',
        reason: expect.stringMatching(/^names schema 2, but: the bytes do not fit that schema/),
      });
    }
  });

  test('an id that the registry does not know is said, and asked for once only', async () => {
    for (let again = 0; again < 2; again++) {
      expect(await decodePayload(wire(999, Buffer.from('x')), registry)).toMatchObject({
        kind: 'bytes',
        reason: 'names schema 999, but: the registry does not know that id',
      });
    }
    expect(requests).toHaveLength(1);
  });

  test('a registry that is down leaves the bytes and says so', async () => {
    const down = registryReader('http://127.0.0.1:9');
    expect(await decodePayload(wire(1, Buffer.from('x')), down)).toMatchObject({
      kind: 'bytes',
      hex: '000000000178',
      reason: expect.stringContaining('connection refused'),
    });
  });

  test('a tombstone, an empty value and a header cut off differ from each other', async () => {
    expect(await decodePayload(null, registry)).toEqual({ kind: 'absent' });
    expect(await decodePayload(Buffer.alloc(0), registry)).toEqual({ kind: 'text', text: '', bytes: 0, cut: false });
    expect(await decodePayload(Buffer.from([0, 0, 1]), registry)).toMatchObject({
      kind: 'bytes',
      reason: 'starts like a schema header, but 3 bytes cannot hold its 5',
    });
  });

  test('JSON is laid out, text stays, and what only looks like JSON is text', async () => {
    expect(await decodePayload(Buffer.from('{"a":[1]}'), registry)).toMatchObject({ kind: 'json' });
    expect(await decodePayload(Buffer.from('grüße'), registry)).toMatchObject({ kind: 'text', text: 'grüße' });
    expect(await decodePayload(Buffer.from('{not json'), registry)).toMatchObject({ kind: 'text' });
  });

  test('one huge record cannot fill the page', async () => {
    expect(await decodePayload(Buffer.alloc(100_000, 'a'), registry)).toMatchObject({ bytes: 100_000, cut: true });
    const bytes = (await decodePayload(Buffer.alloc(100_000, 255), registry)) as { hex: string; cut: boolean };
    expect(bytes.cut).toBe(true);
    expect(bytes.hex).toHaveLength(1024);
  });
});

describe('a dead letter', () => {
  test('says why it is one and where it came from', async () => {
    const message = await describeRecord(
      {
        ...record(3n),
        headers: {
          'dlq.reason': Buffer.from('too short'),
          'dlq.topic': Buffer.from('users_created'),
          'dlq.partition': Buffer.from('2'),
          'dlq.offset': Buffer.from('41'),
        },
      },
      registry,
    );
    expect(message.deadLetter).toEqual({ reason: 'too short', topic: 'users_created', partition: '2', offset: '41' });
  });

  test('is not seen where there is none, and repeated headers are all kept', async () => {
    const message = await describeRecord(
      { ...record(3n), headers: { trace: [Buffer.from('a'), Buffer.from('b')], none: null } },
      registry,
    );
    expect(message.deadLetter).toBeUndefined();
    expect(message.headers.map(({ name }) => name)).toEqual(['trace', 'trace', 'none']);
  });
});

function record(offset: bigint, size = 10): PlacedRecord {
  return {
    partition: 0,
    offset: offset.toString(),
    timestamp: String(1_000n + offset),
    key: null,
    value: Buffer.alloc(size, 'v'),
    headers: {},
  };
}

/** Answers as a broker does: whole records up to the byte limit, but at least one. */
function broker(logs: Record<number, FetchedRecord[]>): {
  cluster: LowLevelCluster;
  fetched: string[];
  mostAtOnce: () => number;
} {
  const fetched: string[] = [];
  let running = 0;
  let most = 0;
  const node: LowLevelBroker = {
    fetch: async ({ topics }) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return answer(topics);
    },
  };
  const answer = (
    topics: Parameters<LowLevelBroker['fetch']>[0]['topics'],
  ): Awaited<ReturnType<LowLevelBroker['fetch']>> => ({
    responses: topics.map(({ partitions }) => ({
      partitions: partitions.map(({ partition, fetchOffset, maxBytes }) => {
        fetched.push(`${partition}:${fetchOffset}`);
        const messages: FetchedRecord[] = [];
        let bytes = 0;
        for (const each of logs[partition]!) {
          if (BigInt(each.offset) < BigInt(fetchOffset)) continue;
          bytes += each.value!.length;
          if (messages.length > 0 && bytes > maxBytes) break;
          messages.push(each);
        }
        return { partition, highWatermark: '0', messages };
      }),
    })),
  });
  const cluster = {
    findLeaderForPartitions: (_topic: string, partitions: readonly number[]) => ({ 1: [...partitions] }),
    findBroker: async () => node,
  } as unknown as LowLevelCluster;
  return { cluster, fetched, mostAtOnce: () => most };
}

function topicOf(...ranges: readonly (readonly [low: bigint, high: bigint])[]): Topic {
  return {
    name: 't',
    internal: false,
    partitions: ranges.map(([low, high], id) => ({ id, leader: 1, replicas: [1], inSync: [1], low, high })),
    replication: 1,
    underReplicated: 0,
    settings: [],
  };
}

function offsets(records: readonly PlacedRecord[]): string[] {
  return records.map(({ partition, offset }) => `${partition}:${offset}`);
}

const sequence = (from: number, to: number, size?: number): FetchedRecord[] =>
  Array.from({ length: to - from }, (_, index) => record(BigInt(from + index), size));

describe('the newest messages', () => {
  test('come from all partitions, newest first, twenty at most', async () => {
    const { cluster } = broker({ 0: sequence(0, 100), 1: sequence(0, 98), 2: [] });
    const { records } = await readNewest(cluster, topicOf([0n, 100n], [0n, 98n], [0n, 0n]));
    expect(records).toHaveLength(20);
    expect(offsets(records).slice(0, 5)).toEqual(['0:99', '0:98', '0:97', '1:97', '0:96']);
  });

  test('are found behind the gaps that compaction leaves', async () => {
    const { cluster } = broker({ 0: [record(3n), record(700n), record(999n)] });
    const { records } = await readNewest(cluster, topicOf([0n, 1000n]));
    expect(offsets(records)).toEqual(['0:999', '0:700', '0:3']);
  });

  test('are the newest ones even where a few fill the bytes allowed', async () => {
    const { cluster } = broker({ 0: sequence(0, 50, 400_000) });
    const { records } = await readNewest(cluster, topicOf([0n, 50n]));
    expect(offsets(records)[0]).toBe('0:49');
  });

  test('are fetched one partition after the other, or kafkajs leaves connections open', async () => {
    const { cluster, mostAtOnce } = broker({ 0: sequence(0, 5), 1: sequence(0, 5), 2: sequence(0, 5) });
    await readNewest(cluster, topicOf([0n, 5n], [0n, 5n], [0n, 5n]));
    expect(mostAtOnce()).toBe(1);
  });

  test('of an empty topic cost no request', async () => {
    const { cluster, fetched } = broker({});
    expect(await readNewest(cluster, topicOf([7n, 7n]))).toEqual({ records: [] });
    expect(fetched).toEqual([]);
  });
});
