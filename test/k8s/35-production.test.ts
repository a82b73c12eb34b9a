import { KubernetesDeployment } from '../../cli/kubernetes/deployment';
import { newestPods } from '../../cli/kubernetes/pods';
import { memoryProfiles, resolveSettings } from '../../stacks/settings';
import { deployment as docker, makeCheckout } from '../live/support/checkout';
import { until } from '../live/support/engine';
import { expectExact, newRun, Pipeline } from '../live/support/pipeline';
import { begin, cdktf, checkout, deployed, end, passed, streaming } from '../live/kubernetes/support';
import { onCluster } from './support/cluster';

const k8s = ['--platform', 'k8s'];
/** Three of each server that keeps data, one node of two cores under all of them. */
const small = {
  profile: 'production',
  sparkWorkers: 2,
  memoryMiB: { ...memoryProfiles.small, zookeeper: 192, kafka: 640, cassandra: 1024 },
} as const;

onCluster('the profile production, as a whole', () => {
  let deployment: KubernetesDeployment;
  let pipeline: Pipeline;

  beforeAll(async () => {
    await begin();
    const { context, kubeconfig } = deployed().settings.k8s;
    const settings = {
      ...docker,
      ...small,
      userSource: 'twin',
      k8s: { context, kubeconfig, requestedCpu: 0.15 },
    } as const;
    makeCheckout(checkout, settings, true);
    passed(await streaming(['setup', ...k8s], { timeoutSeconds: 1800 }));
    deployment = new KubernetesDeployment(resolveSettings(settings), checkout);
    pipeline = new Pipeline(deployment);
  }, 3_600_000);

  afterAll(async () => {
    await deployment?.close();
    await end();
  }, 400_000);

  const pods = async () => newestPods(await deployment.pods());
  const named = async (name: string) => (await pods()).find(({ metadata }) => metadata?.name === name);
  const isReady = async (name: string, not?: string) => {
    const pod = await named(name);
    return pod?.metadata?.uid !== not && pod?.status?.containerStatuses?.every(({ ready }) => ready) === true;
  };

  /** As a node that loses its power: without a word to the program in the pod. */
  const lose = async (name: string): Promise<string> => {
    const { core, namespace } = await deployment.access();
    const uid = (await named(name))!.metadata!.uid!;
    await core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 });
    return uid;
  };

  test('up deploys it, and the proof passes', async () => {
    const up = await streaming(['up', ...k8s, '--users', '10', '--hop-timeout', '120'], { timeoutSeconds: 1500 });
    passed(up);
    expect(up.output).toContain('proof passed');
  }, 1_520_000);

  test('three of each server that keeps data are ready, and a second deployment changes nothing', async () => {
    const names = (await pods()).map(({ metadata }) => metadata!.name!);
    expect(names.filter((name) => /^(zookeeper|kafka|cassandra|spark-worker)-/.test(name)).sort()).toEqual([
      ...[0, 1, 2].map((i) => `cassandra-${i}`),
      ...[0, 1, 2].map((i) => `kafka-${i}`),
      ...[0, 1].map((i) => `spark-worker-${i}`),
      ...[0, 1, 2].map((i) => `zookeeper-${i}`),
    ]);
    const diff = await cdktf('diff', 'k8s');
    expect([diff.code, diff.output.slice(-2000)]).toEqual([0, expect.stringContaining('No changes')]);
  }, 240_000);

  test('the three Cassandras are one ring, which keeps every row and every login three times', async () => {
    await pipeline.withCassandra(async (client) => {
      const peers = await client.execute('SELECT peer FROM system.peers_v2');
      expect(peers.rowLength).toBe(2);
      const { rows } = await client.execute('SELECT keyspace_name, replication FROM system_schema.keyspaces');
      const copies = Object.fromEntries(
        rows.map((row) => [row['keyspace_name'] as string, row['replication'] as Record<string, string>]),
      );
      expect(Object.values(copies['spark_streams']!)).toContain('3');
      expect(Object.values(copies['system_auth']!)).toContain('3');
    });
  }, 120_000);

  test.each(['cassandra-1', 'kafka-0', 'kafka-1', 'kafka-2', 'zookeeper-1'])(
    '%s is lost while records flow: they go on while it is away, and none is lost',
    async (name) => {
      const runId = newRun(name);
      await pipeline.flowing(runId, 2000);
      const before = await lose(name);
      expect(await pipeline.finished(runId, 2000, 300)).toMatchObject({ state: 'succeeded', acknowledged: 2000 });
      expectExact(await pipeline.ledger(runId, 300), 2000);
      await until(`${name} to be ready again`, 300, () => isReady(name, before));
    },
    900_000,
  );

  test('rows are written and read by a majority while one Cassandra is away for good', async () => {
    // Scaled away: a pod that comes back in seconds would not show that the others are enough.
    const { core, namespace, config } = await deployment.access();
    const { AppsV1Api } = await import('@kubernetes/client-node');
    const apps = config.makeApiClient(AppsV1Api);
    const scale = async (replicas: number) => {
      const at = { name: 'cassandra', namespace };
      const body = await apps.readNamespacedStatefulSetScale(at);
      await apps.replaceNamespacedStatefulSetScale({ ...at, body: { ...body, spec: { replicas } } });
    };
    await scale(2);
    try {
      await until('cassandra-2 to be gone', 120, async () =>
        core.readNamespacedPod({ name: 'cassandra-2', namespace }).then(
          () => false,
          (error: { code?: number }) => error.code === 404,
        ),
      );
      const runId = newRun('majority');
      await pipeline.finished(runId, 500, 240);
      expectExact(await pipeline.ledger(runId, 240), 500);
    } finally {
      await scale(3);
    }
    await until('cassandra-2 to be ready again', 300, () => isReady('cassandra-2'));
    const proof = await streaming(['proof', ...k8s, '--hop-timeout', '120'], { timeoutSeconds: 400 });
    passed(proof);
  }, 1_200_000);

  test('down leaves nothing', async () => {
    await deployment.close();
    passed(await streaming(['down', '--yes', ...k8s]));
    expect((await deployment.belongings()).nothing).toBe(true);
  }, 400_000);
});
