import { type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubernetesDeployment } from '../../cli/kubernetes/deployment';
import { topics } from '../../pipeline-code/contract';
import { resolveSettings } from '../../stacks/settings';
import { deployment as usual, makeCheckout, port, SOURCE } from '../live/support/checkout';
import { until } from '../live/support/engine';
import { run, type RunOptions } from '../live/support/run';
import { begin, checkout, deployed, end, passed, streaming } from '../live/kubernetes/support';
import { Kubectl, onCluster } from './support/cluster';

/** What stays of the first deployment while the second one works: its data. */
const kept = ['zookeeper', 'kafka', 'schema-registry', 'cassandra'];
const USERS = 25;
const PAGE = 'docs/outgrow-one-machine.md';

const first = usual.name;
const second = `${first}-ext`;
const folder = `${checkout}-external`;
const k8s = ['--platform', 'k8s'];
const inSecond = (args: readonly string[], options: RunOptions = {}) =>
  run(join(folder, 'node_modules', '.bin', 'streaming'), [...args, ...k8s], { cwd: folder, ...options });
const service = (name: string, number: number) => `${name}.${first}.svc:${number}`;
const passwordFile = (role: string) => join(checkout, '.deployments', first, 'secrets', `cassandra-${role}-password`);

/** The policy of the page, with the names of these two deployments. */
function policyOfPage(): string {
  const [, block] = /```yaml\n([^]*?)```/.exec(readFileSync(join(SOURCE, PAGE), 'utf8'))!;
  return block!
    .replace('namespace: streaming', `namespace: ${first}`)
    .replace('metadata.name: second', `metadata.name: ${second}`);
}

onCluster('a deployment whose Kafka, Schema Registry and Cassandra are in another namespace', () => {
  let inFirst: Kubectl;
  let other: KubernetesDeployment;
  let before: number;
  let opened: Promise<unknown>;
  let opening: ChildProcess | undefined;

  async function recordsOf(topic: string): Promise<number> {
    const offsets = await inFirst.inPod(
      'kafka-0',
      'kafka-get-offsets',
      '--bootstrap-server',
      'kafka:29092',
      '--topic',
      topic,
    );
    return offsets.split('\n').reduce((sum, line) => sum + Number(line.split(':')[2]), 0);
  }

  beforeAll(async () => {
    await begin();
    passed(await streaming(['up', ...k8s], { timeoutSeconds: 2400 }));
    const { context, kubeconfig } = deployed().settings.k8s as { context: string; kubeconfig: string };
    inFirst = new Kubectl({ kubeconfig }, first);
    // Otherwise the first one's own programs would store the records, and nobody could tell.
    const all = (await inFirst.run('get', 'deployment,statefulset', '--output', 'name')).split('\n');
    const programs = all.filter((one) => !kept.includes(one.split('/')[1]!));
    await inFirst.run('scale', '--replicas=0', ...programs);
    before = await recordsOf(topics.users);

    const file = join(checkout, 'policy.yaml');
    writeFileSync(file, policyOfPage());
    await inFirst.run('apply', '-f', file);

    let said = '';
    opened = streaming(['open', '--print', ...k8s], {
      onOutput: (text) => (said += text),
      onStart: (started) => (opening = started),
    });
    await until('the ports of the first deployment', 60, async () => said.includes('open until Ctrl-C'));

    const settings = {
      name: second,
      portOffset: usual.portOffset + 100,
      userSource: 'twin',
      k8s: { context, kubeconfig },
      components: {
        kafka: {
          external: {
            bootstrapServers: service('kafka', 29092),
            outside: `localhost:${port(9092)}`,
            replicationFactor: 1,
          },
        },
        schemaRegistry: {
          external: { url: `http://${service('schema-registry', 8081)}`, outside: `http://localhost:${port(8081)}` },
        },
        cassandra: {
          external: {
            contactPoints: service('cassandra', 9042),
            outside: `localhost:${port(9042)}`,
            datacenter: 'datacenter1',
            replicationFactor: 1,
            passwordFiles: {
              admin: passwordFile('admin'),
              stream: passwordFile('stream'),
              reader: passwordFile('reader'),
            },
          },
        },
      },
    } as const;
    makeCheckout(folder, settings, false);
    other = new KubernetesDeployment(resolveSettings(settings), folder);
  }, 3_600_000);

  afterAll(async () => {
    await other?.close();
    if (existsSync(folder)) await inSecond(['down', '--yes'], { timeoutSeconds: 240 });
    rmSync(folder, { recursive: true, force: true });
    opening?.kill('SIGINT');
    await opened;
    await end();
  }, 600_000);

  test('starts without them, and its users arrive in that Cassandra through that Kafka', async () => {
    const up = await inSecond(['up', '--users', String(USERS)], { timeoutSeconds: 600 });
    console.log(`up with Kafka, Schema Registry and Cassandra of another namespace: ${up.seconds.toFixed(0)} s`);
    passed(up);
    expect(up.output).toMatch(new RegExp(`produced ${USERS} = stored ${USERS} \\+ dead-lettered 0 \\+ in flight 0`));
    const runs = (await other.pods()).map(({ metadata }) => metadata!.labels!['app.kubernetes.io/name']!);
    expect(runs).toEqual(expect.arrayContaining(['producer', 'stream', 'spark-worker', 'airflow-scheduler']));
    expect(runs.filter((name) => kept.includes(name))).toEqual([]);
    expect(await recordsOf(topics.users)).toBe(before + USERS);
  }, 620_000);

  test.each([
    ['kafka', 29092, true],
    ['cassandra', 9042, true],
    // Kafka's port for people, and what Cassandra's members say to each other.
    ['kafka', 9092, false],
    ['cassandra', 7000, false],
    ['zookeeper', 2181, false],
  ])('its stream may open %s:%d: %s', async (server, number, may) => {
    const connect = `</dev/tcp/${server}.${first}.svc/${number}`;
    const { code } = await other.exec('stream', ['timeout', '3', 'bash', '-c', connect]);
    expect(code === 0).toBe(may);
  });

  test('leaves them as they were when it is destroyed', async () => {
    await other.close();
    passed(await inSecond(['down', '--yes'], { timeoutSeconds: 240 }));
    expect(await inFirst.run('get', 'namespace', second, '--ignore-not-found')).toBe('');
    expect(await recordsOf(topics.users)).toBe(before + USERS);
  }, 300_000);
});
