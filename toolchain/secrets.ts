import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from './cache';

/** 32 characters that need no quoting in a URL, a shell, a configuration file or CQL. */
const password = () => randomBytes(24).toString('base64url');
/** What Fernet takes: 32 bytes, url-safe, with padding. */
const fernetKey = () => randomBytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
const signingKey = () => randomBytes(64).toString('base64url');

/** Made once, and kept: a server that was started with a secret goes on asking for it. */
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

type Made = Readonly<Record<keyof typeof made, string>>;

/** Written anew by every set-up, so that they follow what they are derived from. */
const derived = {
  'airflow-database-url': (secrets: Made) =>
    `postgresql+psycopg2://airflow:${secrets['postgres-password']}@postgres:5432/airflow`,
  'cassandra-stream-profile': (secrets: Made) =>
    [
      'datastax-java-driver {',
      '  basic.contact-points = ["cassandra:9042"]',
      '  basic.load-balancing-policy.local-datacenter = "datacenter1"',
      '  basic.request.timeout = 12 seconds',
      // The name, not its address: a container that was replaced has another one.
      '  advanced.resolve-contact-points = false',
      '  advanced.connection { connect-timeout = 5 seconds, init-query-timeout = 5 seconds }',
      '  advanced.auth-provider {',
      '    class = PlainTextAuthProvider',
      '    username = "stream"',
      `    password = "${secrets['cassandra-stream-password']}"`,
      '  }',
      // Half a second instead of minutes after an outage.
      '  advanced.reconnection-policy {',
      '    class = ExponentialReconnectionPolicy, base-delay = 500 milliseconds, max-delay = 1 second',
      '  }',
      '}',
      '',
    ].join('\n'),
} as const;

export type SecretName = keyof typeof made | keyof typeof derived;

export const secretNames = [...Object.keys(made), ...Object.keys(derived)].sort() as SecretName[];

/** Where the secrets of a deployment are: outside of Terraform, which would print them and keep them in its state. */
export function secretsFolder(deployment: string, root = process.cwd()): string {
  return join(root, '.deployments', deployment, 'secrets');
}

/** Makes the files that are missing, one per secret, readable by this user only. Answers the names of the new ones. */
export function ensureSecrets(folder: string): SecretName[] {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const fresh: SecretName[] = [];
  const keep = (name: SecretName, content: string, old: string | undefined) => {
    if (old === content) return chmodSync(join(folder, name), 0o600);
    writeAtomically(join(folder, name), content, 0o600);
    fresh.push(name);
  };
  const values: Record<string, string> = {};
  for (const [name, make] of Object.entries(made) as [keyof typeof made, () => string][]) {
    const old = read(folder, name);
    values[name] = old ?? make();
    keep(name, values[name], old);
  }
  for (const [name, derive] of Object.entries(derived) as [keyof typeof derived, (secrets: Made) => string][]) {
    keep(name, derive(values as Made), read(folder, name));
  }
  return fresh;
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
