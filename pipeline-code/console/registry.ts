import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { types } from 'avsc';
import { z } from 'zod';

import type { SchemaDecoder } from './messages';
import { DEADLINE_MS, NotFound, within } from './outcome';

const REQUEST_MS = 2_000;
/** Registries may be wiped and number from 1 again: what an id means is asked anew after this time. */
const DECODER_MS = 60_000;
const AT_ONCE = 8;

export interface Subject {
  readonly name: string;
  readonly versions: readonly number[];
  readonly latestId: number;
  readonly type: string;
  /** What the registry enforces, be it the subject's own rule or the global one. */
  readonly compatibility: string;
}

export interface SchemaVersion {
  readonly version: number;
  readonly id: number;
  readonly type: string;
  readonly schema: string;
  readonly references: readonly string[];
}

export interface SubjectPage {
  readonly name: string;
  readonly compatibility: string;
  /** Newest first. */
  readonly versions: readonly SchemaVersion[];
}

export interface SubjectsPage {
  readonly compatibility: string;
  readonly subjects: readonly Subject[];
}

export interface RegistryReader extends SchemaDecoder {
  subjects(): Promise<SubjectsPage>;
  subject(name: string): Promise<SubjectPage>;
}

const versionSchema = z.object({
  version: z.number(),
  id: z.number(),
  schemaType: z.string().default('AVRO'),
  schema: z.string(),
  references: z.array(z.object({ name: z.string(), subject: z.string(), version: z.number() })).nullish(),
});
const configSchema = z.object({ compatibilityLevel: z.string() });

export function registryReader(url: string): RegistryReader {
  const version = async (subject: string, number: number | 'latest'): Promise<SchemaVersion> => {
    const found = await get(
      `${url}/subjects/${encodeURIComponent(subject)}/versions/${number}`,
      versionSchema,
      `there is no subject ${subject}`,
    );
    return {
      version: found.version,
      id: found.id,
      type: found.schemaType,
      schema: prettySchema(found.schema),
      references: (found.references ?? []).map(({ subject: other, version: of }) => `${other} version ${of}`),
    };
  };
  const versions = (subject: string): Promise<number[]> =>
    get(
      `${url}/subjects/${encodeURIComponent(subject)}/versions`,
      z.array(z.number()),
      `there is no subject ${subject}`,
    );
  // Without defaultToGlobal some registries answer NONE, or 404, where the global rule is enforced.
  const compatibility = async (subject: string): Promise<string> =>
    (await get(`${url}/config/${encodeURIComponent(subject)}?defaultToGlobal=true`, configSchema)).compatibilityLevel;

  return {
    subjects: () =>
      within(
        DEADLINE_MS,
        (async () => {
          const [names, global] = await Promise.all([
            get(`${url}/subjects`, z.array(z.string())),
            get(`${url}/config`, configSchema),
          ]);
          const subjects = await inParallel(names.sort(), async (name): Promise<Subject> => {
            const [numbers, latest, level] = await Promise.all([
              versions(name),
              version(name, 'latest'),
              compatibility(name),
            ]);
            return { name, versions: numbers, latestId: latest.id, type: latest.type, compatibility: level };
          });
          return { compatibility: global.compatibilityLevel, subjects };
        })(),
      ),
    subject: (name) =>
      within(
        DEADLINE_MS,
        (async () => {
          const [numbers, level] = await Promise.all([versions(name), compatibility(name)]);
          const found = await inParallel(numbers, (number) => version(name, number));
          return { name, compatibility: level, versions: found.sort((a, b) => b.version - a.version) };
        })(),
      ),
    decode: decoder(url),
  };
}

/** Dates and times as a reader expects them, rather than as numbers since 1970. */
function written(perDay: number, length?: number): typeof types.LogicalType {
  return class extends types.LogicalType {
    protected override _fromValue(value: number): string {
      const time = new Date((value / perDay) * 86_400_000);
      return Number.isNaN(time.getTime()) ? String(value) : time.toISOString().slice(0, length);
    }
    protected override _toValue(value: unknown): unknown {
      return value;
    }
  };
}

const logicalTypes = {
  date: written(1, 10),
  'timestamp-millis': written(86_400_000),
  'timestamp-micros': written(86_400_000_000),
};

function decoder(url: string): SchemaDecoder['decode'] {
  let current: { readonly client: SchemaRegistry; readonly failed: Map<number, unknown>; readonly until: number };
  return async (bytes) => {
    const now = Date.now();
    if (!(current?.until > now)) {
      const client = new SchemaRegistry({ host: url, retry: { retries: 0 } }, { [SchemaType.AVRO]: { logicalTypes } });
      current = { client, failed: new Map(), until: now + DECODER_MS };
    }
    const { client, failed } = current;
    const id = bytes.readInt32BE(1);
    // Garbage that begins with a zero names a random id; it must not cost a request at every refresh.
    if (failed.has(id)) throw failed.get(id);
    try {
      await within(REQUEST_MS, client.getSchema(id));
    } catch (error) {
      if ((error as { status?: number }).status !== 404) throw error;
      const unknown = new Error('the registry does not know that id');
      failed.set(id, unknown);
      throw unknown;
    }
    try {
      return await client.decode(bytes);
    } catch (error) {
      throw new Error(`the bytes do not fit that schema (${(error as Error).message})`);
    }
  };
}

async function get<T>(url: string, schema: z.ZodType<T>, missing?: string): Promise<T> {
  const response = await fetch(url, {
    signal: AbortSignal.timeout(REQUEST_MS),
    headers: { accept: 'application/vnd.schemaregistry.v1+json, application/json' },
  });
  if (response.status === 404 && missing !== undefined) throw new NotFound(missing);
  if (!response.ok) throw new Error(`HTTP ${response.status} from ${new URL(url).pathname}`);
  const parsed = schema.safeParse(await response.json());
  if (!parsed.success) throw new Error(`${new URL(url).pathname} answered something that is not Confluent's API`);
  return parsed.data;
}

/** Avro and JSON schemas are JSON; Protobuf is text and stays as it is. */
export function prettySchema(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function inParallel<In, Out>(items: readonly In[], work: (item: In) => Promise<Out>): Promise<Out[]> {
  const results: Out[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, lane));
  return results;
}
