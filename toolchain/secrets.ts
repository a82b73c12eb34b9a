import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from './cache';

/** 32 characters that need no quoting in a URL, a shell, a configuration file or CQL. */
const password = () => randomBytes(24).toString('base64url');
/** What Fernet takes: 32 bytes, url-safe, with padding. */
const fernetKey = () => randomBytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
const signingKey = () => randomBytes(64).toString('base64url');

/** Made once, and kept until it is rotated: a server that was started with a secret goes on asking for it. */
const made = {
  'postgres-password': password,
  'airflow-admin-password': password,
  'airflow-author-password': password,
  'airflow-operations-password': password,
  'airflow-fernet-key': fernetKey,
  'airflow-api-secret-key': signingKey,
  'airflow-jwt-secret': signingKey,
  'producer-token': password,
  'cassandra-admin-password': password,
  'cassandra-stream-password': password,
  'cassandra-reader-password': password,
} as const;

export type MadeName = keyof typeof made;

/** Cassandra that somebody else runs. */
export interface CassandraElsewhere {
  readonly contactPoints: readonly string[];
  readonly datacenter: string;
  /** Secrets that are not made here: name to the file of the user that holds it. */
  readonly files: Readonly<Partial<Record<string, string>>>;
}

const OWN_CASSANDRA: CassandraElsewhere = { contactPoints: ['cassandra:9042'], datacenter: 'datacenter1', files: {} };

interface Derived {
  readonly from: MadeName;
  readonly derive: (source: string, cassandra: CassandraElsewhere) => string;
}

/** Written anew by every set-up, so that they follow what they are derived from. */
const derived = {
  'airflow-database-url': {
    from: 'postgres-password',
    derive: (password) => `postgresql+psycopg2://airflow:${password}@postgres:5432/airflow`,
  },
  'cassandra-stream-profile': {
    from: 'cassandra-stream-password',
    derive: (password, { contactPoints, datacenter }) =>
      [
        'datastax-java-driver {',
        `  basic.contact-points = ${JSON.stringify(contactPoints)}`,
        `  basic.load-balancing-policy.local-datacenter = ${JSON.stringify(datacenter)}`,
        '  basic.request.timeout = 12 seconds',
        // The name, not its address: a container that was replaced has another one.
        '  advanced.resolve-contact-points = false',
        '  advanced.connection { connect-timeout = 5 seconds, init-query-timeout = 5 seconds }',
        '  advanced.auth-provider {',
        '    class = PlainTextAuthProvider',
        '    username = "stream"',
        `    password = ${JSON.stringify(password)}`,
        '  }',
        // Half a second instead of minutes after an outage.
        '  advanced.reconnection-policy {',
        '    class = ExponentialReconnectionPolicy, base-delay = 500 milliseconds, max-delay = 1 second',
        '  }',
        '}',
        '',
      ].join('\n'),
  },
} as const satisfies Record<string, Derived>;

export type SecretName = MadeName | keyof typeof derived;

export const secretNames = [...Object.keys(made), ...Object.keys(derived)].sort() as SecretName[];

/** Where the secrets of a deployment are: outside of Terraform, which would print them and keep them in its state. */
export function secretsFolder(deployment: string, root = process.cwd()): string {
  return join(root, '.deployments', deployment, 'secrets');
}

/** A file of the user that cannot be used, found before anything is created with it. */
export class SecretFileError extends Error {
  override readonly name = 'SecretFileError';
  readonly exitCode = 2;
}

/**
 * Makes the files that are missing, one per secret, readable by this user only. Answers the names of the new ones.
 *
 * @param changed told of each that had another content before: what holds it must be replaced
 */
export function ensureSecrets(
  folder: string,
  cassandra: CassandraElsewhere = OWN_CASSANDRA,
  changed: (name: MadeName) => void = () => undefined,
): SecretName[] {
  const given = Object.fromEntries(
    Object.entries(cassandra.files).map(([name, file]) => [name, readGiven(name, file!)]),
  );
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const fresh: SecretName[] = [];
  const keep = (name: SecretName, content: string, old: string | undefined) => {
    if (old === content) return chmodSync(join(folder, name), 0o600);
    writeAtomically(join(folder, name), content, 0o600);
    fresh.push(name);
  };
  const values: Record<string, string> = {};
  for (const [name, make] of Object.entries(made) as [MadeName, () => string][]) {
    const old = read(folder, name);
    values[name] = given[name] ?? old ?? make();
    if (old !== undefined && old !== values[name]) changed(name);
    keep(name, values[name], old);
  }
  for (const [name, { from, derive }] of Object.entries(derived) as [SecretName, Derived][]) {
    const old = read(folder, name);
    const content = derive(values[from]!, cassandra);
    if (old !== undefined && old !== content) changed(from);
    keep(name, content, old);
  }
  return fresh;
}

function readGiven(name: string, file: string): string {
  const wrong = (why: string) =>
    new SecretFileError(`${file}, which the settings name for ${name}, ${why}: it holds the password and nothing else`);
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw wrong(`cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  if (text === '') throw wrong('is empty');
  if (/[\r\n]/.test(text)) throw wrong('has several lines');
  return text;
}

export function isSecret(name: string): name is SecretName {
  return (secretNames as readonly string[]).includes(name);
}

/** The secret that this one follows; undefined for one that was made. */
export function followsFrom(name: SecretName): MadeName | undefined {
  return name in derived ? derived[name as keyof typeof derived].from : undefined;
}

/** A value that a secret never had. */
export function newValue(name: MadeName): string {
  return made[name]();
}

/** Puts another value in the place of a secret, and what follows from it. */
export function replaceSecret(folder: string, name: MadeName, value: string, cassandra?: CassandraElsewhere): void {
  writeAtomically(join(folder, name), value, 0o600);
  ensureSecrets(folder, cassandra);
}

/** How often a secret got another value, by its name; one that is not in here still has its first. */
export type Generations = Readonly<Partial<Record<MadeName, number>>>;

/** Says nothing about a value: it may be copied to where a plan is made without the secrets. */
export function generationsFile(deployment: string, root = process.cwd()): string {
  return join(root, '.deployments', deployment, 'generations.json');
}

/** A file that somebody has changed, found before anything is created with it. */
export class GenerationsError extends Error {
  override readonly name = 'GenerationsError';
  readonly exitCode = 2;
}

const generationsSchema = z.record(z.string(), z.int().min(1));

/** @throws naming the file, where it is there and cannot be used */
export function readGenerations(file: string): Generations {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    content = text;
  }
  const parsed = generationsSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new GenerationsError(
    `${file} must hold a JSON object like { "producer-token": 2 }: secret to generation, a whole number from 1. ` +
      'Put it right, or remove it: then the next deployment restarts the programs whose secrets were rotated',
  );
}

export function writeGeneration(file: string, name: MadeName, generation: number): void {
  writeAtomically(file, `${JSON.stringify({ ...readGenerations(file), [name]: generation }, undefined, 2)}\n`, 0o600);
}

/** The generation of a secret is that of what it follows from. */
export function generationOf(generations: Generations, name: string): number {
  return generations[(isSecret(name) ? (followsFrom(name) ?? name) : name) as MadeName] ?? 1;
}

/** One secret as text, for the people who may see it. */
export function readSecret(folder: string, name: SecretName): string {
  const content = read(folder, name);
  if (content === undefined) throw new Error(`secret ${name} is not in ${folder}: run "npm run setup", which makes it`);
  return content;
}

/** An empty file counts as missing: it would lock everybody out, or let everybody in. */
function read(folder: string, name: SecretName): string | undefined {
  try {
    return readFileSync(join(folder, name), 'utf8') || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
