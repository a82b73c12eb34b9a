import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { healthEntry, init, scheduler, statusOk } from './config';

const databaseUrl = { secret: 'airflow-database-url' };

test('a file with a secret is really read: each one is named by an option of Airflow', () => {
  const { env, secrets } = init({
    databaseUrl,
    producerUrl: 'http://producer:8080',
    producerToken: { secret: 'producer-token' },
  });
  expect(env['AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD']).toBe('cat /run/secrets/airflow-database-url');
  expect(env['AIRFLOW__CORE__FERNET_KEY_CMD']).toBe('cat /run/secrets/airflow-fernet-key');
  expect(secrets!.map((s) => s.secret)).toEqual(expect.arrayContaining(['airflow-database-url', 'airflow-fernet-key']));
});

test('tasks reach the interface that is made for them', () => {
  const { env } = scheduler({
    databaseUrl,
    executionApiUrl: 'http://airflow-api-server:8080/execution/',
    tasksAtOnce: 1,
    usersPerRun: 20,
  });
  expect(env['AIRFLOW__CORE__EXECUTION_API_SERVER_URL']).toBe('http://airflow-api-server:8080/execution/');
});

describe('health', () => {
  const report = (status: string) =>
    `{"metadatabase":{"status":"healthy"},"dag_processor":{"status":${status},"latest":null}}`;

  test.each([
    ['running', report('"healthy"'), true],
    ['dead', report('"unhealthy"'), false],
    ['not there yet', report('null'), false],
  ])('a dag-processor that is %s is shown as it is', async (_, body, healthy) => {
    expect(await check((address) => healthEntry(address, 'dag_processor'), 200, body)).toBe(healthy);
  });

  test.each([
    [200, true],
    [503, false],
  ])('a scheduler that answers %d is shown as it is', async (status, healthy) => {
    expect(await check((address) => statusOk(address, '/health'), status, '')).toBe(healthy);
  });

  test('a server that does not listen is not healthy', () => {
    expect(runScript(statusOk('127.0.0.1:1', '/health'))).not.toBe(0);
  });
});

/** Runs the command against a server that answers so. The shell of the image is a bash. */
async function check(command: (address: string) => readonly string[], status: number, body: string): Promise<boolean> {
  const server = createServer((_, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    return (await runAsync(command(`127.0.0.1:${port}`))) === 0;
  } finally {
    server.close();
  }
}

function runScript(command: readonly string[]): number | null {
  return spawnSync('bash', command.slice(1)).status;
}

async function runAsync(command: readonly string[]): Promise<number | null> {
  const child = spawn('bash', command.slice(1), { stdio: 'ignore' });
  return new Promise((resolve) => child.on('exit', resolve));
}
