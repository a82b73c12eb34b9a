import { randomBytes } from 'node:crypto';

import { auth, Client, errors, types } from 'cassandra-driver';

import { grants, keyspace, roles, usersTable } from '../contract';
import type { Report } from './report';

export interface CassandraAddress {
  readonly contactPoints: readonly string[];
  readonly datacenter: string;
}

export type LogIn = (role: string, password: string) => Promise<Client | undefined>;

/** Logs in. `undefined` when Cassandra answers but refuses; throws when it cannot be reached. */
export function logInTo({ contactPoints, datacenter }: CassandraAddress): LogIn {
  return async (role, password) => {
    const client = new Client({
      contactPoints: [...contactPoints],
      localDataCenter: datacenter,
      authProvider: new auth.PlainTextAuthProvider(role, password),
      socketOptions: { connectTimeout: 3000, readTimeout: 20_000 },
      queryOptions: { consistency: types.consistencies.localQuorum },
    });
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.shutdown().catch(() => undefined);
      if (refusesCredentials(error)) {
        return undefined;
      }
      throw unreachable(error);
    }
  };
}

/** Neither the admin's secret nor the password of a fresh Cassandra is accepted. */
export class RefusedError extends Error {
  constructor() {
    super(
      `Cassandra refuses the role '${roles.admin}' with the password in 'cassandra-admin-password', and its first-boot ` +
        'login is closed; put the password that this Cassandra knows back into that secret',
    );
    this.name = 'RefusedError';
  }
}

/**
 * Logs in as `admin`. On a fresh Cassandra, the log-in that everybody knows is used once, to create `admin`, and is
 * closed at once; also when an earlier attempt was cut off in between.
 */
export async function logInAsAdmin(logIn: LogIn, password: string, report: Report): Promise<Client> {
  const admin = (await logIn(roles.admin, password)) ?? (await createAdmin(logIn, password, report));
  try {
    await closeDefaultLogin(admin, report);
    return admin;
  } catch (error) {
    await admin.shutdown();
    throw error;
  }
}

/** Logs in as `admin` where somebody else has made that role. Their other roles are left alone. */
export async function logInAsGiven(logIn: LogIn, password: string): Promise<Client> {
  const admin = await logIn(roles.admin, password);
  if (!admin) {
    throw new RefusedError();
  }
  return admin;
}

const DEFAULT_ROLE = 'cassandra';

async function createAdmin(logIn: LogIn, password: string, report: Report): Promise<Client> {
  const first = await logIn(DEFAULT_ROLE, DEFAULT_ROLE);
  if (!first) {
    throw new RefusedError();
  }
  try {
    await first.execute(
      `CREATE ROLE IF NOT EXISTS ${roles.admin} WITH PASSWORD = ${quote(password)} AND LOGIN = true AND SUPERUSER = true`,
    );
  } finally {
    await first.shutdown();
  }
  const admin = await logIn(roles.admin, password);
  if (!admin) {
    throw new RefusedError();
  }
  report.changed(`role ${roles.admin} created`);
  return admin;
}

async function closeDefaultLogin(admin: Client, report: Report): Promise<void> {
  const role = (await findRole(admin, DEFAULT_ROLE)) ?? { can_login: false, is_superuser: false };
  if (role.can_login || role.is_superuser) {
    const password = randomBytes(32).toString('hex');
    await admin.execute(
      `ALTER ROLE ${DEFAULT_ROLE} WITH SUPERUSER = false AND LOGIN = false AND PASSWORD = ${quote(password)}`,
    );
    report.changed(`role ${DEFAULT_ROLE}, known to everybody, can no longer log in`);
  }
}

/** Makes a role that can log in with this password and do what the contract grants it. */
export async function migrateRole(
  admin: Client,
  logIn: LogIn,
  name: keyof typeof grants,
  password: string,
  report: Report,
): Promise<void> {
  const role = await findRole(admin, name);
  if (!role) {
    await admin.execute(`CREATE ROLE IF NOT EXISTS ${name} WITH PASSWORD = ${quote(password)} AND LOGIN = true`);
    report.changed(`role ${name} created`);
  } else {
    if (!role.can_login || role.is_superuser) {
      await admin.execute(`ALTER ROLE ${name} WITH LOGIN = true AND SUPERUSER = false`);
      report.changed(`role ${name} is an ordinary role that can log in`);
    }
    const session = await logIn(name, password);
    await session?.shutdown();
    if (!session) {
      await setPassword(admin, name, password);
      report.changed(`role ${name} has the password of its secret`);
    }
  }
  await migrateGrants(admin, name, report);
}

export async function setPassword(admin: Client, name: keyof typeof roles, password: string): Promise<void> {
  await admin.execute(`ALTER ROLE ${name} WITH PASSWORD = ${quote(password)}`);
}

async function migrateGrants(admin: Client, name: keyof typeof grants, report: Report): Promise<void> {
  const wanted: readonly string[] = grants[name];
  const table = `data/${keyspace}/${usersTable}`;
  const query = 'SELECT resource, permissions FROM system_auth.role_permissions WHERE role = ?';
  const { rows } = await admin.execute(query, [name], { prepare: true });
  const found = new Map(rows.map((row) => [row['resource'] as string, row['permissions'] as string[]]));
  for (const permission of wanted) {
    if (!found.get(table)?.includes(permission)) {
      await admin.execute(`GRANT ${permission} ON TABLE ${keyspace}.${usersTable} TO ${name}`);
      report.changed(`role ${name} may ${permission} ${keyspace}.${usersTable}`);
    }
  }
  for (const [resource, permissions] of found) {
    const extra = permissions.filter((permission) => resource !== table || !wanted.includes(permission));
    if (extra.length > 0) {
      report.noticed(`role ${name} may also ${extra.join(', ')} on ${resource}; nothing here needs that`);
    }
  }
}

async function findRole(
  admin: Client,
  name: string,
): Promise<{ can_login: boolean; is_superuser: boolean } | undefined> {
  const query = 'SELECT can_login, is_superuser FROM system_auth.roles WHERE role = ?';
  const row = (await admin.execute(query, [name], { prepare: true })).first() as types.Row | null;
  return row ? { can_login: row['can_login'] as boolean, is_superuser: row['is_superuser'] as boolean } : undefined;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function innerErrors(error: unknown): unknown[] {
  return error instanceof errors.NoHostAvailableError ? Object.values(error.innerErrors) : [error];
}

function refusesCredentials(error: unknown): boolean {
  const inner = innerErrors(error);
  return inner.length > 0 && inner.every((one) => one instanceof errors.AuthenticationError);
}

/** The driver says only that all hosts failed; why is inside. */
function unreachable(error: unknown): Error {
  const [cause = error] = innerErrors(error);
  return cause instanceof Error ? cause : new Error(String(cause));
}
