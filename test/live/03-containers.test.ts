import type { ContainerInspectInfo } from 'dockerode';
import { WORKLOAD_LABEL } from '../../constructs/platforms/docker/naming';
import { deployment } from './support/checkout';
import { container, containers, exec } from './support/engine';

const JOBS = ['migrate', 'airflow-init'];
const SERVICES = [
  ...[
    'airflow-api-server',
    'airflow-dag-processor',
    'airflow-scheduler',
    'cassandra',
    'control-center',
    'kafka',
    'postgres',
  ],
  ...['producer', 'random-user', 'schema-registry', 'spark-master', 'spark-worker', 'stream', 'zookeeper'],
];

describe('the running containers', () => {
  let all: ContainerInspectInfo[];
  let services: ContainerInspectInfo[];

  beforeAll(async () => {
    all = await containers();
    services = all.filter((c) => SERVICES.includes(c.Name.slice(deployment.name.length + 2)));
  });

  const name = (c: ContainerInspectInfo) => c.Config.Labels[WORKLOAD_LABEL];

  it('are all there, running and healthy', () => {
    expect(services.map(name).sort()).toEqual(SERVICES);
    expect(services.filter((c) => !c.State.Running).map(name)).toEqual([]);
    expect(services.filter((c) => c.State.Health?.Status === 'unhealthy').map(name)).toEqual([]);
  });

  it('defect 14: initialise once, by jobs that have ended well', () => {
    const jobs = all.filter((c) => JOBS.some((job) => c.Name === `/${deployment.name}-${job}`));
    expect(jobs.map((c) => [name(c), c.State.Status, c.State.ExitCode])).toEqual(
      expect.arrayContaining(JOBS.map((job) => [job, 'exited', 0])),
    );
  });

  it('defect 21: have a memory limit without swap, a restart policy and a bounded log', () => {
    for (const c of services) {
      expect([name(c), c.HostConfig.Memory! > 0, c.HostConfig.MemorySwap]).toEqual([
        name(c),
        true,
        c.HostConfig.Memory,
      ]);
      expect([name(c), c.HostConfig.RestartPolicy!.Name]).toEqual([name(c), 'unless-stopped']);
      expect([name(c), c.HostConfig.LogConfig!.Config]).toEqual([name(c), { 'max-file': '3', 'max-size': '10m' }]);
    }
  });

  it('run as an ordinary user without capabilities on a read-only file system', async () => {
    for (const c of services) {
      const workload = name(c)!;
      expect([workload, c.HostConfig.ReadonlyRootfs, c.HostConfig.CapDrop]).toEqual([workload, true, ['ALL']]);
      // What the kernel says, not what was asked for.
      const { output } = await exec(workload, ['bash', '-c', 'cat /proc/1/status; touch /should-not-be 2>&1 || true']);
      expect([workload, /^Uid:\t(\d+)/m.exec(output)?.[1]]).not.toEqual([workload, '0']);
      expect([workload, /^CapEff:\t(\w+)/m.exec(output)?.[1]]).toEqual([workload, '0000000000000000']);
      expect([workload, /^NoNewPrivs:\t(\d)/m.exec(output)?.[1]]).toEqual([workload, '1']);
      expect([workload, output]).toEqual([workload, expect.stringContaining('Read-only file system')]);
    }
  });

  it('defect 20: publish ports on the loopback address only', () => {
    const bound = services.flatMap((c) =>
      Object.values((c.HostConfig.PortBindings ?? {}) as Record<string, { HostIp: string }[]>).flat(),
    );
    expect(bound.length).toBeGreaterThanOrEqual(7);
    expect(new Set(bound.map((b) => b.HostIp))).toEqual(new Set(['127.0.0.1']));
  });

  it('defect 18: keep the data of every stateful service on a volume', () => {
    const mounts = Object.fromEntries(
      services.map((c) => [name(c), c.Mounts.filter((m) => m.Type === 'volume' && m.RW).map((m) => m.Destination)]),
    );
    expect(mounts).toMatchObject({
      zookeeper: ['/var/lib/zookeeper/data'],
      kafka: ['/var/lib/kafka/data'],
      cassandra: ['/var/lib/cassandra'],
      stream: ['/var/lib/spark/checkpoints'],
      'spark-master': ['/var/lib/spark/recovery'],
      postgres: [expect.stringContaining('/var/lib/postgresql')],
      'airflow-scheduler': ['/opt/airflow/logs'],
    });
  });

  it('defect 20: give the web server of Airflow no DAG files, and the task logs read-only', async () => {
    const { Mounts: mounts } = await (await container('airflow-api-server')).inspect();
    expect(mounts.map((m) => m.Destination)).not.toContain('/opt/airflow/dags');
    expect(mounts.find((m) => m.Destination === '/opt/airflow/logs')?.RW).toBe(false);
  });

  it('carry the label of their deployment', () => {
    expect(new Set(all.map((c) => c.Config.Labels['io.streaming-platform.deployment']))).toEqual(
      new Set([deployment.name]),
    );
  });

  it('defect 17: answer their own protocol when asked for their health', async () => {
    for (const c of services) {
      const { code } = await exec(name(c)!, c.Config.Healthcheck!.Test!.slice(1));
      expect([name(c), code]).toEqual([name(c), 0]);
    }
  });
});
