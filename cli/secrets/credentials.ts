import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { roles } from '../../pipeline-code/contract';
import { logInTo, setPassword } from '../../pipeline-code/migrate/roles';
import type { MadeName } from '../../toolchain/secrets';
import { Airflow, AirflowError } from '../airflow';
import { cassandraAddress } from '../clients';
import type { DockerDeployment } from '../docker';
import { CommandError } from '../errors';
import { execIn } from '../exec';

/** What rotating one secret means, beside giving it to the workloads that hold it. */
export interface Credential {
  /** What people notice while the workloads are replaced. */
  readonly gap: string;
  /** Where somebody must be told of the next value before the workloads that hold it are replaced. */
  readonly server?: {
    readonly workload: string;
    /** Can be repeated: the command may have been killed right after it. */
    readonly change: (deployment: DockerDeployment, values: { previous: string; next: string }) => Promise<void>;
  };
  /** Whether the value opens what the secret is for, asked of the running product. */
  readonly accepts: (deployment: DockerDeployment, value: string) => Promise<boolean>;
}

/**
 * In the order in which several are changed: Airflow's own program, which encrypts with the new Fernet key, logs in to
 * Postgres with the password in its container.
 */
export const credentials: Readonly<Record<MadeName, Credential>> = {
  'airflow-fernet-key': {
    gap: 'the Airflow UI is away for about half a minute; tasks that start meanwhile are tried again',
    server: { workload: 'airflow-api-server', change: encryptAnew },
    accepts: decrypts,
  },
  'airflow-api-secret-key': {
    gap: 'the Airflow UI is away for about half a minute; who is just logging in begins again',
    accepts: signsSessions,
  },
  'airflow-jwt-secret': {
    gap: 'Airflow is away for about a minute, then everybody logs in again; running tasks are tried again',
    accepts: signsTokens,
  },
  'airflow-admin-password': { gap: 'none', accepts: logsInToAirflow('admin') },
  'airflow-author-password': { gap: 'none', accepts: logsInToAirflow('author') },
  'airflow-operations-password': { gap: 'none', accepts: logsInToAirflow('operations') },
  'producer-token': {
    gap: 'a run in flight stops for some seconds and goes on where it was; Airflow asks again',
    accepts: opensProducer,
  },
  'cassandra-reader-password': { gap: 'none', accepts: logsInToCassandra('reader') },
  'cassandra-stream-password': {
    gap: 'new rows wait in Kafka for about a minute',
    accepts: logsInToCassandra('stream'),
  },
  'cassandra-admin-password': {
    gap: 'none',
    server: { workload: 'cassandra', change: changeCassandraAdmin },
    accepts: logsInToCassandra('admin'),
  },
  'postgres-password': {
    gap: 'Airflow is away for about a minute; running tasks are tried again',
    server: { workload: 'postgres', change: changePostgres },
    accepts: logsInToPostgres,
  },
};

// Cassandra

async function cassandra(deployment: DockerDeployment) {
  return logInTo(await cassandraAddress(deployment));
}

function logsInToCassandra(role: keyof typeof roles) {
  return async (deployment: DockerDeployment, value: string): Promise<boolean> => {
    const session = await (await cassandra(deployment))(roles[role], value);
    await session?.shutdown();
    return session !== undefined;
  };
}

/** `migrate` gives the other roles their passwords; it must be able to log in as this one. */
async function changeCassandraAdmin(
  deployment: DockerDeployment,
  { previous, next }: { previous: string; next: string },
): Promise<void> {
  if (await logsInToCassandra('admin')(deployment, next)) return;
  const session = await (await cassandra(deployment))(roles.admin, previous);
  if (!session)
    throw new CommandError(
      `Cassandra refuses the role "${roles.admin}" with the old and with the new password: somebody else has changed it`,
    );
  try {
    await setPassword(session, roles.admin, next);
  } finally {
    await session.shutdown();
  }
}

// Postgres

/** Over the network as its clients do: over the local socket the server trusts its own user. */
async function logsInToPostgres(deployment: DockerDeployment, value: string): Promise<boolean> {
  const script = 'IFS= read -r PGPASSWORD; export PGPASSWORD; exec psql -w -h "$HOSTNAME" -U airflow -d airflow -c ""';
  const { code, output } = await execIn(deployment, 'postgres', ['bash', '-c', script], `${value}\n`);
  if (code === 0) return true;
  if (output.includes('password authentication failed')) return false;
  throw new CommandError(`Postgres does not answer its own client: ${output.trim()}`);
}

/** What goes over the wire is what the server stores: the password itself would be in its log if the statement failed. */
async function changePostgres(deployment: DockerDeployment, { next }: { next: string }): Promise<void> {
  if (await logsInToPostgres(deployment, next)) return;
  const statement = `ALTER ROLE airflow PASSWORD '${scramVerifier(next)}';\n`;
  const script = 'exec psql -q -w -v ON_ERROR_STOP=1 -U airflow -d airflow';
  const { code, output } = await execIn(deployment, 'postgres', ['bash', '-c', script], statement);
  if (code !== 0) throw new CommandError(`Postgres did not change the password of "airflow": ${output.trim()}`);
}

/** @see https://www.postgresql.org/docs/15/catalog-pg-authid.html */
export function scramVerifier(password: string, salt = randomBytes(16), iterations = 4096): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(hmac('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${hmac('Server Key').toString('base64')}`;
}

// The producer

async function opensProducer(deployment: DockerDeployment, value: string): Promise<boolean> {
  const script =
    "const token = require('fs').readFileSync(0, 'utf8').trim();" +
    "fetch('http://127.0.0.1:8080/runs/-', { headers: { authorization: 'Bearer ' + token } })" +
    '.then((answer) => console.log(answer.status));';
  const { output } = await execIn(deployment, 'producer', ['node', '-e', script], value);
  const status = output.trim();
  if (status === '401') return false;
  if (status === '404') return true; // there is no such run, but it was looked for
  throw new CommandError(`the producer answers its own client with ${status || 'nothing'}`);
}

// Airflow

function airflowUrl({ settings }: DockerDeployment): string {
  return `http://127.0.0.1:${settings.ports.airflow}`;
}

function logsInToAirflow(user: 'admin' | 'author' | 'operations') {
  return (deployment: DockerDeployment, value: string) =>
    allowed(() => Airflow.logIn(airflowUrl(deployment), user, value));
}

/** A token that Airflow has just made, signed with this value instead: nothing else about it is different. */
async function signsTokens(deployment: DockerDeployment, value: string): Promise<boolean> {
  const url = airflowUrl(deployment);
  const token = await Airflow.token(url, 'operations', deployment.secret('airflow-operations-password'));
  return allowed(() => Airflow.withToken(url, resigned(token, value)).dag());
}

/** The same token under another signature. */
export function resigned(token: string, key: string): string {
  const [head, body] = token.split('.') as [string, string];
  const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { alg: string };
  const signature = createHmac(`sha${alg.slice(2)}`, key).update(`${head}.${body}`);
  return `${head}.${body}.${signature.digest('base64url')}`;
}

/** Every visitor gets a signed session; one whose signature is not by this value would be taken for forged. */
async function signsSessions(deployment: DockerDeployment, value: string): Promise<boolean> {
  const answer = await fetch(`${airflowUrl(deployment)}/auth/login/`, { signal: AbortSignal.timeout(15_000) });
  await answer.arrayBuffer();
  const cookie = answer.headers.getSetCookie().flatMap((one) => /^session=([^;]+)/.exec(one)?.[1] ?? [])[0];
  if (cookie === undefined) throw new CommandError('the login page of Airflow gave no session');
  return isSignedBy(cookie, value);
}

/** As Flask-Session signs: HMAC-SHA1 with a key derived for this purpose. */
export function isSignedBy(cookie: string, key: string): boolean {
  const at = cookie.lastIndexOf('.');
  const purpose = createHmac('sha1', key).update('flask-session').digest();
  return createHmac('sha1', purpose).update(cookie.slice(0, at)).digest('base64url') === cookie.slice(at + 1);
}

/** Connections and variables are encrypted with the next key; the running servers get it a moment later. */
async function encryptAnew(deployment: DockerDeployment, { previous, next }: { previous: string; next: string }) {
  const script =
    'IFS= read -r AIRFLOW__CORE__FERNET_KEY; export AIRFLOW__CORE__FERNET_KEY; exec airflow rotate-fernet-key';
  const command = ['bash', '-c', script];
  const { code, output } = await execIn(deployment, 'airflow-api-server', command, `${next},${previous}\n`);
  if (code !== 0)
    throw new CommandError(
      `Airflow did not encrypt its connections anew: ${output.trim().split('\n').slice(-3).join(' ')}`,
    );
}

/** Reads the connection to the producer as Airflow does, without loading Airflow, which takes seconds. */
const DECRYPT = `
import subprocess, sys
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import create_engine, text
url = open("/run/secrets/airflow-database-url").read().strip()
with create_engine(url).connect() as database:
    extra = database.execute(text("SELECT extra FROM connection WHERE conn_id = 'producer'")).scalar_one()
try:
    Fernet(KEY).decrypt(extra.encode())
    print("accepted")
except InvalidToken:
    print("refused")
`;

async function decrypts(deployment: DockerDeployment, value: string): Promise<boolean> {
  const program = `KEY = ${JSON.stringify(value)}\n${DECRYPT}`;
  const { output } = await execIn(deployment, 'airflow-api-server', ['python3', '-'], program);
  const said = output.trim().split('\n').at(-1);
  if (said === 'accepted' || said === 'refused') return said === 'accepted';
  throw new CommandError(`the connections of Airflow cannot be read: ${said ?? 'no answer'}`);
}

async function allowed(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if (error instanceof AirflowError && (error.status === 401 || error.status === 403)) return false;
    throw error;
  }
}
