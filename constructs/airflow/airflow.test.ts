import { type Construct, RootConstruct } from 'constructs';
import type { Endpoint, Platform, Secret, Workload } from '../workload';
import { Airflow, type AirflowProps } from './airflow';

/** Declares nothing; keeps what it was asked to run. */
class Recorder implements Platform {
  readonly workloads: Record<string, Workload> = {};

  deploy(_: Construct, workload: Workload) {
    this.workloads[workload.name] = workload;
    return {
      workload: workload.name,
      endpoint: (port: string) => endpoint(workload.name, port, workload.ports![port]!.number),
    };
  }
}

const endpoint = (workload: string, port: string, number: number): Endpoint => ({
  workload,
  port,
  number,
  address: `${workload}:${number}`,
});

function deploy(props: Partial<AirflowProps> = {}): Record<string, Workload> {
  const platform = new Recorder();
  new Airflow(new RootConstruct(), 'Airflow', {
    platform,
    postgres: { sql: endpoint('postgres', 'sql', 5432), url: { secret: 'airflow-database-url' } },
    producer: { http: endpoint('producer', 'http', 8080), token: { secret: 'producer-token' } },
    usersPerRun: 20,
    apiServerMemoryMiB: 640,
    schedulerMemoryMiB: 640,
    dagProcessorMemoryMiB: 384,
    ...props,
  });
  return platform.workloads;
}

const servers = ['airflow-api-server', 'airflow-scheduler', 'airflow-dag-processor'] as const;
const names = (secrets: readonly Secret[] = []) => secrets.map((s) => s.secret).sort();
const heldBy = (w: Workload) => [...names(w.secrets), ...names(Object.values(w.secretEnv ?? {}))].sort();

// The fewer programs hold a secret, the less is lost with one of them.
test.each([
  [
    'airflow-init',
    [
      'airflow-admin-password',
      'airflow-author-password',
      'airflow-database-url',
      'airflow-fernet-key',
      'airflow-operations-password',
      'producer-token',
    ],
  ],
  [
    'airflow-api-server',
    ['airflow-api-secret-key', 'airflow-database-url', 'airflow-fernet-key', 'airflow-jwt-secret'],
  ],
  ['airflow-scheduler', ['airflow-database-url', 'airflow-jwt-secret']],
  ['airflow-dag-processor', ['airflow-database-url']],
])('%s holds no secret that it can do without', (name, secrets) => {
  expect(heldBy(deploy()[name]!)).toEqual(secrets);
});

test.each(['airflow-scheduler', 'airflow-dag-processor'])(
  'DAG Authors find no secret in a file of %s, which runs their code',
  (name) => {
    expect(deploy()[name]!.secrets ?? []).toEqual([]);
  },
);

test.each(['airflow-init', 'airflow-api-server'])(
  '%s has no secret in its environment, where `docker inspect` shows it',
  (name) => {
    expect(deploy()[name]!.secretEnv).toBeUndefined();
  },
);

test('the web server has no DAG files, so an author cannot run code in it', () => {
  const paths = (name: string) => deploy()[name]!.mounts?.map((m) => m.path) ?? [];
  expect(paths('airflow-api-server')).not.toContain('/opt/airflow/dags');
  expect(paths('airflow-init')).toEqual([]);
  expect(paths('airflow-scheduler')).toContain('/opt/airflow/dags');
  expect(paths('airflow-dag-processor')).toContain('/opt/airflow/dags');
});

test('nobody changes a DAG from inside a container, and the web server changes no task log', () => {
  for (const name of servers) {
    for (const mount of deploy()[name]!.mounts ?? []) {
      const mayWrite = mount.path === '/opt/airflow/logs' && name !== 'airflow-api-server';
      expect([name, mount.path, mount.writable ?? false]).toEqual([name, mount.path, mayWrite]);
    }
  }
});

test('task logs are readable in the UI: all servers share one volume for them', () => {
  const volumes = servers.map((name) => deploy()[name]!.mounts!.find((m) => m.path === '/opt/airflow/logs')!.source);
  expect(new Set(volumes.map((v) => JSON.stringify(v))).size).toBe(1);
});

test.each(servers)('%s does not start on a database without tables', (name) => {
  expect(deploy()[name]!.after).toEqual([expect.objectContaining({ workload: 'airflow-init' })]);
});

test('one task runs at a time unless asked otherwise', () => {
  expect(deploy()['airflow-scheduler']!.env!['AIRFLOW__CORE__PARALLELISM']).toBe('1');
  expect(deploy({ tasksAtOnce: 4 })['airflow-scheduler']!.env!['AIRFLOW__CORE__PARALLELISM']).toBe('4');
});

test('a run without a number of users asks for as many as the deployment was set to', () => {
  expect(deploy({ usersPerRun: 7 })['airflow-scheduler']!.env!['AIRFLOW_VAR_USERS_PER_RUN']).toBe('7');
});

test('a health check of the programs that run foreign code hides the secrets in its own environment', () => {
  for (const name of servers.slice(1)) expect(deploy()[name]!.health!.ready[0]).toBe('health-shell');
});

test('the UI is published only where a port is given', () => {
  expect(deploy()['airflow-api-server']!.ports).toEqual({ http: { number: 8080 } });
  expect(deploy({ publish: 8180 })['airflow-api-server']!.ports).toEqual({ http: { number: 8080, publish: 8180 } });
});
