import type { Kafka } from 'kafkajs';
import { deadLetterHeaders } from '../contract/topics';
import { readTopic, type Topic } from './cluster';
import { withKafka, type FetchedRecord, type LowLevelCluster } from './kafka-session';
import { explain } from './outcome';

export const NEWEST = 20;
export const MAX_FETCH_BYTES = 1_048_576;
/** More of one value than this is cut on the page. */
const MAX_TEXT = 8_192;
const MAX_HEX_BYTES = 512;

/** Bytes of a key, value or header, as far as they could be made readable. */
export type Payload =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'schema' | 'json' | 'text';
      readonly text: string;
      readonly bytes: number;
      readonly cut: boolean;
      readonly schemaId?: number;
    }
  | {
      readonly kind: 'bytes';
      readonly hex: string;
      readonly bytes: number;
      readonly cut: boolean;
      /** Why it is shown as bytes. */
      readonly reason: string;
    };

export interface Message {
  readonly partition: number;
  readonly offset: string;
  readonly timestamp: number;
  readonly key: Payload;
  readonly value: Payload;
  readonly headers: readonly { readonly name: string; readonly value: Payload }[];
  /** Where a dead letter came from and why it is one. */
  readonly deadLetter?: {
    readonly reason: string;
    readonly topic?: string;
    readonly partition?: string;
    readonly offset?: string;
  };
}

export interface TopicPage {
  readonly topic: Topic;
  readonly messages: readonly Message[];
  /** Why there are fewer messages than one would expect. */
  readonly remark?: string;
}

/** Decodes bytes that carry the id of their schema. */
export interface SchemaDecoder {
  decode(bytes: Buffer): Promise<unknown>;
}

export function readTopicPage(kafka: Kafka, schemas: SchemaDecoder, name: string): Promise<TopicPage> {
  return withKafka(kafka, async (session) => {
    const topic = await readTopic(session, name);
    try {
      const { records, remark } = await readNewest(await session.cluster(), topic);
      const messages = await Promise.all(records.map((record) => describe(record, schemas)));
      return { topic, messages, ...(remark ? { remark } : {}) };
    } catch (error) {
      return { topic, messages: [], remark: `The messages could not be read: ${explain(error)}.` };
    }
  });
}

export interface PlacedRecord extends FetchedRecord {
  readonly partition: number;
}

/** The newest records of all partitions, newest first, without a consumer group. */
export async function readNewest(
  cluster: LowLevelCluster,
  topic: Topic,
): Promise<{ records: PlacedRecord[]; remark?: string }> {
  const wanted = topic.partitions.filter(({ low, high }) => low !== undefined && high !== undefined && high > low);
  const perPartition = Math.max(16_384, Math.floor(MAX_FETCH_BYTES / Math.max(1, wanted.length)));
  const read: PlacedRecord[] = [];
  for (const { id, low, high } of wanted) {
    // One after the other: kafkajs opens a connection per fetch that meets no open one, and closes only the last.
    read.push(...(await readTail(cluster, topic.name, id, low!, high!, perPartition)));
  }
  const records = read.sort(newestFirst).slice(0, NEWEST);
  return records.length === 0 && wanted.length > 0
    ? { records, remark: 'Offsets are in use, but no record is left at the end of the partitions (compacted away).' }
    : { records };
}

function newestFirst(a: PlacedRecord, b: PlacedRecord): number {
  const time = Number(b.timestamp) - Number(a.timestamp);
  if (time !== 0) return time;
  if (a.partition !== b.partition) return a.partition - b.partition;
  return BigInt(b.offset) > BigInt(a.offset) ? 1 : -1;
}

/** How far before the end to begin, when the records are too large for the bytes allowed to reach it. */
const SMALLER_WINDOWS = [5n, 2n, 1n];
/** And when the offsets before the end are mostly gaps, as in a compacted partition. */
const LARGER_WINDOWS = [400n, 8_000n, 160_000n];

/** Offsets are no count of records, so how far back the newest ones lie has to be found out. */
async function readTail(
  cluster: LowLevelCluster,
  topic: string,
  partition: number,
  low: bigint,
  high: bigint,
  maxBytes: number,
): Promise<PlacedRecord[]> {
  const read = async (window: bigint): Promise<Tail> => {
    const start = high - window > low ? high - window : low;
    return { start, ...(await fetchFrom(cluster, topic, partition, start, maxBytes)) };
  };
  let tail = await read(BigInt(NEWEST));
  if (tail.end < high) {
    for (const window of SMALLER_WINDOWS) {
      tail = await read(window);
      if (tail.end >= high) break;
    }
    return tail.records;
  }
  for (const window of LARGER_WINDOWS) {
    if (tail.records.length >= NEWEST || tail.start <= low) break;
    const larger = await read(window);
    if (larger.end < high) break;
    tail = larger;
  }
  return tail.records.slice(-NEWEST);
}

interface Tail {
  readonly start: bigint;
  readonly records: PlacedRecord[];
  /** One more than the last offset that was sent. */
  readonly end: bigint;
}

async function fetchFrom(
  cluster: LowLevelCluster,
  topic: string,
  partition: number,
  start: bigint,
  maxBytes: number,
): Promise<Omit<Tail, 'start'>> {
  const leader = Object.keys(cluster.findLeaderForPartitions(topic, [partition]))[0];
  if (leader === undefined) return { records: [], end: start };
  const broker = await cluster.findBroker({ nodeId: leader });
  const { responses } = await broker.fetch({
    replicaId: -1,
    isolationLevel: 1,
    maxWaitTime: 200,
    minBytes: 1,
    maxBytes,
    topics: [{ topic, partitions: [{ partition, fetchOffset: start.toString(), maxBytes }] }],
  });
  const fetched = responses.flatMap(({ partitions }) => partitions).flatMap(({ messages }) => messages);
  const last = fetched.at(-1);
  return {
    // A batch is sent whole, so it may begin before the offset asked for.
    records: fetched
      .filter(({ offset, isControlRecord }) => !isControlRecord && BigInt(offset) >= start)
      .map((record) => ({ ...record, partition })),
    end: last ? BigInt(last.offset) + 1n : start,
  };
}

export async function describe(record: PlacedRecord, schemas: SchemaDecoder): Promise<Message> {
  const headers = Object.entries(record.headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((bytes) => ({ name, value: readable(bytes) })),
  );
  const deadLetter = deadLetterOf(headers);
  return {
    partition: record.partition,
    offset: record.offset,
    timestamp: Number(record.timestamp),
    key: await decodePayload(record.key, schemas),
    value: await decodePayload(record.value, schemas),
    headers,
    ...(deadLetter ? { deadLetter } : {}),
  };
}

function deadLetterOf(headers: Message['headers']): Message['deadLetter'] {
  const text = (name: string): string | undefined => {
    const value = headers.find((header) => header.name === name)?.value;
    return value !== undefined && 'text' in value ? value.text : undefined;
  };
  const reason = text(deadLetterHeaders.reason);
  if (reason === undefined) return undefined;
  const [topic, partition, offset] = [
    text(deadLetterHeaders.topic),
    text(deadLetterHeaders.partition),
    text(deadLetterHeaders.offset),
  ];
  return {
    reason,
    ...(topic === undefined ? {} : { topic }),
    ...(partition === undefined ? {} : { partition }),
    ...(offset === undefined ? {} : { offset }),
  };
}

/** Confluent's wire format first (a zero, four bytes of schema id, the body), then JSON, text, and the bare bytes. */
export async function decodePayload(bytes: Buffer | null | undefined, schemas: SchemaDecoder): Promise<Payload> {
  if (bytes === null || bytes === undefined) return { kind: 'absent' };
  if (bytes[0] !== 0) return readable(bytes);
  if (bytes.length < 5) {
    return rawBytes(bytes, `starts like a schema header, but ${plural(bytes.length, 'byte')} cannot hold its 5`);
  }
  const schemaId = bytes.readInt32BE(1);
  try {
    const text = toText(await schemas.decode(bytes));
    return { kind: 'schema', schemaId, bytes: bytes.length, ...cutText(text) };
  } catch (error) {
    return rawBytes(bytes, `names schema ${schemaId}, but: ${explain(error)}`);
  }
}

/** Bytes that carry no schema id. */
export function readable(bytes: Buffer | null | undefined): Payload {
  if (bytes === null || bytes === undefined) return { kind: 'absent' };
  if (bytes.length === 0) return { kind: 'text', text: '', bytes: 0, cut: false };
  const text = utf8(bytes);
  if (text === undefined) {
    return rawBytes(bytes, `no schema header (it would start with 00, not ${hexByte(bytes[0]!)}) and not text`);
  }
  if (/^\s*[[{]/.test(text)) {
    try {
      return { kind: 'json', bytes: bytes.length, ...cutText(toText(JSON.parse(text))) };
    } catch {
      // It only looked like JSON.
    }
  }
  return { kind: 'text', bytes: bytes.length, ...cutText(text) };
}

function utf8(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    // Control characters other than white space mean that it is no text, whatever the encoding says.
    // eslint-disable-next-line no-control-regex
    return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function toText(value: unknown): string {
  return JSON.stringify(plain(value), null, 2) ?? String(value);
}

/** Values that JSON cannot hold: bytes become hex, long integers text. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (Buffer.isBuffer(value)) return `0x${value.toString('hex')}`;
  if (value instanceof Date || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

function cutText(text: string): { text: string; cut: boolean } {
  return text.length > MAX_TEXT ? { text: text.slice(0, MAX_TEXT), cut: true } : { text, cut: false };
}

function rawBytes(bytes: Buffer, reason: string): Payload {
  return {
    kind: 'bytes',
    hex: bytes.subarray(0, MAX_HEX_BYTES).toString('hex'),
    bytes: bytes.length,
    cut: bytes.length > MAX_HEX_BYTES,
    reason,
  };
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
