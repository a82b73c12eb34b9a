import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wantedBy } from '../constructs/platforms/kubernetes/preflight-checks';
import { quantity } from '../constructs/platforms/kubernetes/quantities';
import { ROOT, type SettingsInput } from '../stacks/settings';
import { type Json, synthesise } from './synth';
import { kubernetesControllers } from './views';

const production = synthesise('k8s', { profile: 'production', sparkWorkers: 4 });
const { resource } = production;
const replicated = ['cassandra', 'kafka', 'spark-worker', 'zookeeper'];
const set = (name: string): Json => resource['kubernetes_stateful_set_v1']![name];
const container = (name: string): Json => set(name).spec.template.spec.container[0];
const data = (name: string): string =>
  Object.values<string>(resource['kubernetes_config_map_v1']![name].data).join('\n');
const environment = (controller: Json): Record<string, string> =>
  Object.fromEntries(controller.spec.template.spec.container[0].env.map((e: Json) => [e.name, e.value]));

test('of what keeps data there are three, of Spark workers as many as the settings say, of the rest one', () => {
  const counts = kubernetesControllers(production).map(([name, c]) => [name, Number(c.spec.replicas ?? 1)] as const);
  expect(Object.fromEntries(counts.filter(([, count]) => count > 1))).toEqual({
    cassandra: 3,
    kafka: 3,
    'spark-worker': 4,
    zookeeper: 3,
  });
});

test.each([
  ['kafka', 'zookeeper.connect=zookeeper-0.zookeeper:2181,zookeeper-1.zookeeper:2181,zookeeper-2.zookeeper:2181'],
  ['kafka', 'min.insync.replicas=2'],
  ['kafka', 'offsets.topic.replication.factor=3'],
  ['kafka', 'transaction.state.log.min.isr=2'],
  ['zookeeper', 'server.1=zookeeper-0.zookeeper:2888:3888'],
  ['zookeeper', 'server.3=zookeeper-2.zookeeper:2888:3888'],
  ['cassandra', 'seeds: "cassandra-0.cassandra:7000,cassandra-1.cassandra:7000"'],
  ['cassandra', '-Dcassandra.system_auth.default_rf=3'],
  ['schema-registry', 'kafkastore.topic.replication.factor=3'],
])('%s is told: %s', (name, line) => {
  expect(data(name)).toContain(line);
});

test('our programs make topics and tables with three copies, and use every Spark worker', () => {
  const [migrate] = Object.values(resource['kubernetes_job_v1']!).filter((j) => j.metadata.name.startsWith('migrate-'));
  expect(environment(migrate)).toMatchObject({ KAFKA_REPLICATION_FACTOR: '3', CASSANDRA_REPLICATION_FACTOR: '3' });
  expect(environment(set('stream'))).toMatchObject({ EXECUTORS: '4', EXECUTOR_CORES: '2' });
});

test.each(['cassandra', 'kafka', 'zookeeper'])('each %s knows which one it is, from its pod', (name) => {
  expect(container(name).env[container(name).env.findIndex((e: Json) => e.name === 'POD_INDEX')]).toEqual({
    name: 'POD_INDEX',
    value_from: { field_ref: { field_path: "metadata.labels['apps.kubernetes.io/pod-index']" } },
  });
  expect(container(name).args).toContain('$(POD_INDEX)');
});

test('brokers announce names of their own, and one port each to people', () => {
  expect(container('kafka').args.slice(2)).toEqual([
    '$(POD_INDEX)',
    '$(POD_NAME).kafka.streaming.svc',
    'localhost:9092',
  ]);
});

test.each(replicated)('the replicas of %s are kept apart, and one at a time may be away', (name) => {
  const pod = set(name).spec.template.spec;
  const [apart] = pod.affinity.pod_anti_affinity.preferred_during_scheduling_ignored_during_execution;
  expect(apart.pod_affinity_term.topology_key).toBe('kubernetes.io/hostname');
  expect(pod.topology_spread_constraint.map((c: Json) => c.topology_key)).toContain('topology.kubernetes.io/zone');
  expect(resource['kubernetes_pod_disruption_budget_v1']![name].spec).toMatchObject({ max_unavailable: '1' });
});

test.each(['cassandra', 'kafka', 'zookeeper'])(
  'the members of %s reach each other, and nobody else reaches them so',
  (name) => {
    const rules: Json[] = resource['kubernetes_network_policy_v1']![name].spec.ingress;
    const open = (client: string) =>
      rules
        .filter((r) => r.from[0].pod_selector.match_labels['app.kubernetes.io/name'] === client)
        .flatMap((r) => r.ports.map((p: Json) => Number(p.port)));
    const own = container(name).port.map((p: Json) => p.container_port);
    expect(open(name).sort()).toEqual(own.sort());
    const peersOnly = [2888, 3888, 7000];
    for (const rule of rules.filter((r) => r.from[0].pod_selector.match_labels['app.kubernetes.io/name'] !== name))
      for (const { port } of rule.ports) expect(peersOnly).not.toContain(Number(port));
  },
);

describe('the page about it', () => {
  const page = readFileSync(join(ROOT, 'docs/commands/kubernetes.md'), 'utf8');
  const asked = (settings: SettingsInput) => {
    const { pods } = wantedBy(synthesise('k8s', settings))!;
    const sum = (of: 'cpu' | 'memory') => pods.reduce((all, pod) => all + pod[of] * pod.replicas, 0);
    return { cores: sum('cpu'), gibibytes: sum('memory') / 2 ** 30 };
  };

  test('says what it asks for in all', () => {
    const { cores, gibibytes } = asked({ profile: 'production' });
    expect(page).toContain(`asks for ${cores.toFixed(1)} cores and ${gibibytes.toFixed(1)} GiB of memory in all`);
  });

  test('has settings with which it fits one node of two cores', () => {
    const [, settings] = /```json\n(\{\n {2}"profile": "production"[^]*?)```/.exec(page)!;
    const { cores, gibibytes } = asked(JSON.parse(settings!) as SettingsInput);
    expect([cores < 2, page]).toEqual([true, expect.stringContaining(`With these it is ${gibibytes.toFixed(0)} GiB`)]);
  });
});

test('the whole of it fits its own quota, also while a pod is replaced', () => {
  const { hard } = resource['kubernetes_resource_quota_v1']!['all'].spec;
  const sum = (of: (controller: Json) => number) =>
    kubernetesControllers(production).reduce((all, [, c]) => all + of(c) * Number(c.spec.replicas ?? 1), 0);
  const requests = (c: Json) => c.spec.template.spec.container[0].resources.requests;
  const memory = sum((c) => quantity(requests(c).memory));
  expect(quantity(hard['requests.memory'])).toBeGreaterThan(memory + quantity('4Gi'));
  expect(quantity(hard['requests.cpu'])).toBeGreaterThan(sum((c) => quantity(requests(c).cpu)));
  expect(Number(hard.pods)).toBeGreaterThan(sum(() => 1));
  const claims = sum((c) => (c.spec.volume_claim_template ?? []).length);
  expect(Number(hard.persistentvolumeclaims)).toBeGreaterThanOrEqual(claims);
});
