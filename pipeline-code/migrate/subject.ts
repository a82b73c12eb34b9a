import { Type } from 'avsc';

import type { Report } from './report';

export interface Subject {
  readonly name: string;
  readonly compatibility: string;
  /** The schema as text. */
  readonly schema: string;
}

interface RecordSchema {
  readonly fields: readonly { readonly name: string; readonly type: unknown; readonly default?: unknown }[];
}

/** A new schema that cannot read what is already in the topic. */
export class IncompatibleSchemaError extends Error {
  constructor({ name, compatibility, schema }: Subject, version: number, registered: string) {
    const [before, after] = [JSON.parse(registered) as RecordSchema, JSON.parse(schema) as RecordSchema];
    super(
      [
        `the schema of '${name}' is not ${compatibility} compatible with its version ${version}:`,
        ...unreadableFields(before, after).map((why) => `  ${why}`),
        'give a new field a default, keep the type of an existing one, or use a new topic',
        `fields of version ${version} that this program has not (-), and of this program that it has not (+):`,
        ...difference(before, after),
      ].join('\n'),
    );
    this.name = 'IncompatibleSchemaError';
  }
}

/** One line for each field, with what a reader must know of it. */
function difference(before: RecordSchema, after: RecordSchema): string[] {
  const lines = ({ fields }: RecordSchema) =>
    fields.map(
      ({ name, type, default: value }) =>
        `${name}: ${JSON.stringify(type)}${value === undefined ? '' : ` = ${JSON.stringify(value)}`}`,
    );
  const [old, fresh] = [lines(before), lines(after)];
  return [
    ...old.map((line) => `${fresh.includes(line) ? ' ' : '-'} ${line}`),
    ...fresh.filter((line) => !old.includes(line)).map((line) => `+ ${line}`),
  ];
}

/** Asks the registry whether the schema may follow, and changes nothing. @throws {IncompatibleSchemaError} */
export async function checkSubject(url: string, subject: Subject): Promise<void> {
  const path = `/subjects/${encodeURIComponent(subject.name)}`;
  const latest = await call<{ version: number; schema: string }>(url, 'GET', `${path}/versions/latest`);
  if (latest.status === 404) {
    return;
  }
  const { schema } = subject;
  if ((await call(url, 'POST', path, { schema })).status === 200) {
    return;
  }
  const check = `/compatibility${path}/versions/latest?verbose=true`;
  const { body: verdict } = await call<{ is_compatible?: boolean }>(url, 'POST', check, { schema });
  if (verdict.is_compatible !== true) {
    throw new IncompatibleSchemaError(subject, latest.body.version, latest.body.schema);
  }
}

/** Registers the schema under its subject, after the registry has found it compatible. */
export async function migrateSubject(url: string, subject: Subject, report: Report): Promise<void> {
  const { name, compatibility, schema } = subject;
  const path = `/subjects/${encodeURIComponent(name)}`;
  const latest = await call<{ version: number; schema: string }>(url, 'GET', `${path}/versions/latest`);
  if (latest.status === 404) {
    const { id } = (await call<{ id: number }>(url, 'POST', `${path}/versions`, { schema })).body;
    report.changed(`schema of ${name} registered as version 1 (id ${id})`);
    await setCompatibility(url, name, compatibility, report);
    return;
  }
  await setCompatibility(url, name, compatibility, report);
  if ((await call(url, 'POST', path, { schema })).status === 200) {
    return;
  }
  await checkSubject(url, subject);
  const registered = await call<{ id: number }>(url, 'POST', `${path}/versions`, { schema });
  if (registered.status === 409) {
    throw new IncompatibleSchemaError(subject, latest.body.version, latest.body.schema);
  }
  report.changed(`schema of ${name} registered after version ${latest.body.version} (id ${registered.body.id})`);
}

async function setCompatibility(url: string, name: string, compatibility: string, report: Report): Promise<void> {
  const path = `/config/${encodeURIComponent(name)}`;
  const { body } = await call<{ compatibilityLevel?: string }>(url, 'GET', path);
  if (body.compatibilityLevel !== compatibility) {
    await call(url, 'PUT', path, { compatibility });
    report.changed(`subject ${name} demands ${compatibility} compatibility`);
  }
}

/** The fields of `registered` records that `wanted` cannot read, each with the reason. */
export function unreadableFields(registered: RecordSchema, wanted: RecordSchema): string[] {
  const before = new Map(registered.fields.map((field) => [field.name, field]));
  return wanted.fields.flatMap((field) => {
    const old = before.get(field.name);
    if (!old) {
      return 'default' in field ? [] : [`field '${field.name}' is new and has no default`];
    }
    try {
      Type.forSchema(field.type as never).createResolver(Type.forSchema(old.type as never));
      return [];
    } catch {
      return [`field '${field.name}' was ${JSON.stringify(old.type)} and is ${JSON.stringify(field.type)} now`];
    }
  });
}

/** 404 and 409 are answers; everything else that is not a success is an error with the registry's own words. */
async function call<Body>(
  url: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Body }> {
  const response = await fetch(new URL(path, url), {
    method,
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    signal: AbortSignal.timeout(10_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok && response.status !== 404 && response.status !== 409) {
    throw new Error(`the Schema Registry answers HTTP ${response.status} to ${method} ${path}: ${text.slice(0, 500)}`);
  }
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Body };
}
