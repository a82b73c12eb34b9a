import { createHash } from 'node:crypto';

import type { Client } from 'cassandra-driver';

import { createKeyspace, keyspace, migrationsTable, usersColumns, usersTable } from '../contract';
import type { Migration } from './migrations';
import type { Report } from './report';

/** Makes the keyspace and takes the steps that have not been taken yet. */
export async function migrateTables(
  admin: Client,
  { datacenter, replicationFactor }: { readonly datacenter: string; readonly replicationFactor: number },
  migrations: readonly Migration[],
  report: Report,
): Promise<void> {
  await migrateKeyspace(admin, datacenter, replicationFactor, report);
  const applied = await appliedMigrations(admin);
  for (const migration of migrations) {
    const before = applied.get(migration.version);
    if (before === undefined) {
      await apply(admin, migration, report);
    } else if (before !== checksum(migration)) {
      throw new Error(
        `migration ${migration.version} (${migration.name}) is not the one that was applied to this Cassandra; ` +
          'a released migration is never edited: restore it and add a new one',
      );
    }
  }
  await addColumns(admin, report);
}

async function migrateKeyspace(admin: Client, datacenter: string, replicas: number, report: Report): Promise<void> {
  const query = 'SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ?';
  const row = (await admin.execute(query, [keyspace], { prepare: true })).first();
  if (!row) {
    await admin.execute(createKeyspace(datacenter, replicas));
    report.changed(`keyspace ${keyspace} created (${datacenter}: ${replicas})`);
    return;
  }
  const found = (row['replication'] as Record<string, string>)[datacenter];
  if (found !== String(replicas)) {
    report.noticed(
      `keyspace ${keyspace} keeps ${found ?? 'no'} copies in ${datacenter}, the settings say ${replicas}; ` +
        'changing that needs an ALTER KEYSPACE and a repair',
    );
  }
}

async function appliedMigrations(admin: Client): Promise<Map<number, string>> {
  const table = `${keyspace}.${migrationsTable}`;
  await admin.execute(
    `CREATE TABLE IF NOT EXISTS ${table} (version int PRIMARY KEY, name text, checksum text, applied_at timestamp)`,
  );
  const { rows } = await admin.execute(`SELECT version, checksum FROM ${table}`);
  return new Map(rows.map((row) => [row['version'] as number, row['checksum'] as string]));
}

async function apply(admin: Client, migration: Migration, report: Report): Promise<void> {
  const { version, name, cql } = migration;
  await admin.execute(cql);
  const insert = `INSERT INTO ${keyspace}.${migrationsTable} (version, name, checksum, applied_at) VALUES (?, ?, ?, toTimestamp(now()))`;
  await admin.execute(insert, [version, name, checksum(migration)], { prepare: true });
  report.changed(`migration ${version} applied: ${name}`);
}

/** A field that was added to the contract becomes a column: no step has to be written for it. */
async function addColumns(admin: Client, report: Report): Promise<void> {
  const found = await columnsOf(admin);
  refuseOtherTypes(found);
  for (const [name, type] of Object.entries(usersColumns)) {
    if (!found.has(name)) {
      await admin.execute(`ALTER TABLE ${keyspace}.${usersTable} ADD IF NOT EXISTS ${name} ${type}`);
      report.changed(`column ${name} (${type}) added to ${keyspace}.${usersTable}`);
    }
  }
  for (const name of found.keys()) {
    if (!(name in usersColumns)) {
      report.noticed(
        `column ${name} of ${keyspace}.${usersTable} is not in the contract any more; its values are kept`,
      );
    }
  }
}

/** Column name to CQL type; empty where there is no table yet. */
export async function columnsOf(client: Client): Promise<Map<string, string>> {
  const query = 'SELECT column_name, type FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?';
  const { rows } = await client.execute(query, [keyspace, usersTable], { prepare: true });
  return new Map(rows.map((row) => [row['column_name'] as string, row['type'] as string]));
}

/** Cassandra never changes the type of a column. @throws naming the columns */
export function refuseOtherTypes(found: ReadonlyMap<string, string>): void {
  const wrong = Object.entries(usersColumns).flatMap(([name, type]) => {
    const old = found.get(name);
    return old === undefined || old === type ? [] : [`  column '${name}' was ${old} and is ${type} now`];
  });
  if (wrong.length > 0) {
    throw new Error(
      [
        `the table ${keyspace}.${usersTable} cannot hold the contract's records:`,
        ...wrong,
        'keep the type of an existing field, or give the field of another type another name',
      ].join('\n'),
    );
  }
}

function checksum({ cql }: Migration): string {
  return createHash('sha256').update(cql).digest('hex');
}
