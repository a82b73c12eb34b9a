import { z } from 'zod';

/**
 * How one kind of value is spelt by every system that a user passes through. A rule is written once, as `pattern` or
 * `range`, and read by zod (before a record is sent) and by Spark (before it is stored), so that both refuse the same.
 */
export interface Kind<Value> {
  readonly schema: z.ZodType<Value>;
  readonly avro: unknown;
  /** Present only where the field may be missing: what a reader sees then, and what makes its addition BACKWARD compatible. */
  readonly avroDefault?: null;
  readonly spark: string;
  readonly cql: string;
  /** A regular expression that JavaScript and Java read alike; without backslashes, which Spark SQL would swallow. */
  readonly pattern?: string;
  /** Bounds as Spark SQL literals, low included, high excluded. */
  readonly range?: readonly [low: string, high: string];
  readonly toAvro: (value: Value) => unknown;
  readonly fromAvro: (value: never) => Value;
}

export interface Field<Value = unknown> {
  readonly kind: Kind<Value>;
  readonly doc: string;
}

const same = <Value>(value: Value): Value => value;
const DAY = 86_400_000;

function matching(pattern: string, avro: unknown, cql: string): Kind<string> {
  const schema = z.string().regex(new RegExp(pattern));
  return { schema, avro, spark: 'string', cql, pattern, toAvro: same, fromAvro: same };
}

const hex = (digits: number) => `[0-9a-f]{${digits}}`;
const uuid = matching(
  `^${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}$`,
  { type: 'string', logicalType: 'uuid' },
  'uuid',
);
const text = matching('[^ ]', 'string', 'text');
const email = matching('^[^@ ]+@[^@ ]+$', 'string', 'text');

const optionalText: Kind<string | null> = {
  schema: z.string().nullable(),
  avro: ['null', 'string'],
  avroDefault: null,
  spark: 'string',
  cql: 'text',
  toAvro: same,
  fromAvro: same,
};

const count: Kind<number> = {
  schema: z.int32().min(0).lt(2147483647),
  avro: 'int',
  spark: 'int',
  cql: 'int',
  range: ['0', '2147483647'],
  toAvro: same,
  fromAvro: same,
};

const day: Kind<string> = {
  schema: z.iso.date().refine((value) => value >= '1900-01-01' && value < '2100-01-01', 'between 1900 and 2100'),
  avro: { type: 'int', logicalType: 'date' },
  spark: 'date',
  cql: 'date',
  range: ["date'1900-01-01'", "date'2100-01-01'"],
  toAvro: (value) => Date.parse(value) / DAY,
  fromAvro: (value: number) => new Date(value * DAY).toISOString().slice(0, 10),
};

/**
 * Milliseconds, not microseconds: Cassandra's `timestamp` and JavaScript's `Date` hold no more, and `from_avro` reads
 * `timestamp-millis` as Spark's timestamp. A finer value would be cut without a word on its way.
 */
const timestamp: Kind<Date> = {
  schema: z.date().min(new Date('1970-01-01T00:00:00Z')).max(new Date('2099-12-31T23:59:59.999Z')),
  avro: { type: 'long', logicalType: 'timestamp-millis' },
  spark: 'timestamp',
  cql: 'timestamp',
  range: ["timestamp'1970-01-01 00:00:00Z'", "timestamp'2100-01-01 00:00:00Z'"],
  toAvro: (value) => value.getTime(),
  fromAvro: (value: number) => new Date(value),
};

const field = <Value>(kind: Kind<Value>, doc: string): Field<Value> => ({ kind, doc });

/** The one definition of a user. Everything else in this folder is derived from it. */
export const fields = {
  id: field(uuid, 'UUID version 5 of run and sequence: a repeated run rewrites its rows.'),
  first_name: field(text, 'Given name.'),
  last_name: field(text, 'Family name.'),
  gender: field(text, 'As the source states it.'),
  address: field(text, 'Street, city, state and country in one line.'),
  post_code: field(text, 'Text, because many countries use letters.'),
  email: field(email, 'Electronic mail address.'),
  username: field(text, 'Login name.'),
  dob: field(day, 'Date of birth.'),
  registered_date: field(timestamp, 'When the user signed up.'),
  phone: field(optionalText, 'Telephone number, if known.'),
  picture: field(optionalText, 'Address of a portrait, if there is one.'),
  run_id: field(text, 'The run that produced this record.'),
  sequence: field(count, 'Place in the run, from 0.'),
  produced_at: field(
    timestamp,
    'When this record was handed to Kafka. The only value that differs when a crashed run sends a record again.',
  ),
} as const;

export type FieldName = keyof typeof fields;

/** A user on its way through the platform. */
export type User = {
  -readonly [Name in FieldName]: (typeof fields)[Name] extends Field<infer Value> ? Value : never;
};

/** Every field with its name, in the order of the table. */
export const fieldList = Object.entries(fields).map(([name, { kind, doc }]) => ({
  name: name as FieldName,
  kind: kind as Kind<unknown>,
  doc,
}));

/** The column that makes a row: it is never null in a record that could be decoded. */
export const keyField = 'id' satisfies FieldName;

const shape = Object.fromEntries(fieldList.map(({ name, kind }) => [name, kind.schema]));

export const userSchema = z.strictObject(shape) as unknown as z.ZodType<User>;
