import { fieldList, type User } from './record';

export interface AvroField {
  readonly name: string;
  readonly type: unknown;
  readonly doc: string;
  readonly default?: null;
}

/** What `migrate` registers, the producer writes with and the stream reads with. */
export const avroSchema: {
  readonly type: 'record';
  readonly name: string;
  readonly namespace: string;
  readonly doc: string;
  readonly fields: readonly AvroField[];
} = {
  type: 'record',
  name: 'User',
  namespace: 'streaming_platform',
  doc: 'A user created by a run of the pipeline.',
  fields: fieldList.map(({ name, kind, doc }) => ({
    name,
    type: kind.avro,
    doc,
    ...(kind.avroDefault === undefined ? {} : { default: kind.avroDefault }),
  })),
};

/** The schema as text. Always this text: a registry may give another id to the same schema in another spelling. */
export const avroSchemaText = JSON.stringify(avroSchema);

/** A user as an Avro library takes it: dates and timestamps as numbers. */
export function toAvro(user: User): Record<string, unknown> {
  return Object.fromEntries(fieldList.map(({ name, kind }) => [name, kind.toAvro(user[name])]));
}

/** The reverse of {@link toAvro}. */
export function fromAvro(record: Readonly<Record<string, unknown>>): User {
  return Object.fromEntries(fieldList.map(({ name, kind }) => [name, kind.fromAvro(record[name] as never)])) as User;
}
