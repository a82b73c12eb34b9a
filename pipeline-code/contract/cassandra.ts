import { fieldList, keyField } from './record';

export const keyspace = 'spark_streams';
export const usersTable = 'created_users';
export const migrationsTable = 'schema_migrations';

/** `admin` is for `migrate` alone, `stream` writes users, `reader` only reads them. */
export const roles = { admin: 'admin', stream: 'stream', reader: 'reader' } as const;

/** What each role may do with the table of users; nothing else is granted. */
export const grants = {
  [roles.stream]: ['MODIFY', 'SELECT'],
  [roles.reader]: ['SELECT'],
} as const;

/** Column name to CQL type, as `system_schema.columns` spells it. */
export const usersColumns: Readonly<Record<string, string>> = Object.fromEntries(
  fieldList.map(({ name, kind }) => [name, kind.cql]),
);

/** The table as the record defines it. `migrate` reaches it by steps and compares the result with it. */
export function createUsersTable(): string {
  const columns = Object.entries(usersColumns).map(([name, type]) => `${name} ${type}`);
  return `CREATE TABLE IF NOT EXISTS ${keyspace}.${usersTable} (${columns.join(', ')}, PRIMARY KEY (${keyField}))`;
}

/** @param replicas copies of each row in the one data centre */
export function createKeyspace(datacenter: string, replicas: number): string {
  return (
    `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = ` +
    `{'class': 'NetworkTopologyStrategy', '${datacenter}': ${replicas}}`
  );
}
