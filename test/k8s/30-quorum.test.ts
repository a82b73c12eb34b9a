import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../stacks/settings';
import { imageReference } from '../../toolchain/images/reference';
import { type Cluster, clusterDown, clusterUp, runningCluster } from '../../toolchain/kubernetes/cluster';
import { loadImages } from '../../toolchain/kubernetes/load-images';
import { runOrFail } from '../../toolchain/run';
import { setUp } from '../../toolchain/setup';
import { decisions, environment, realBinary } from '../../toolchain/terraform-shim/decisions.cjs';
import { eventually, Kubectl, onCluster } from './support/cluster';
import { synthesiseQuorum } from './support/quorum-stack';

const namespace = 'quorum-test';
const folder = join(ROOT, 'node_modules', '.cache', namespace);
const quiet = () => {};
const servers = [0, 1, 2];

/** A console producer gives up after 3 attempts of 1.5 s by default: no program of ours does. */
const patient = [
  ...['--request-timeout-ms', '10000', '--message-send-max-retries', '100000', '--max-block-ms', '120000'],
  ...['acks=all', 'enable.idempotence=true', 'delivery.timeout.ms=180000'].flatMap((p) => ['--producer-property', p]),
].join(' ');

let cluster: Cluster;
let wasRunning: boolean;
let kubectl: Kubectl;
let client: string;

const terraform = (...args: string[]) =>
  runOrFail(`terraform ${args[0]}`, realBinary(), [...args, '-no-color'], {
    cwd: folder,
    env: environment(process.env),
  });

const inClient = (script: string) => kubectl.inPod(client, 'bash', '-c', script);
const topics = (args: string) => inClient(`kafka-topics --bootstrap-server kafka:29092 ${args}`);

/** Records that the brokers have acknowledged. */
async function stored(): Promise<number> {
  const offsets = await inClient('kafka-get-offsets --bootstrap-server kafka:29092 --topic kept');
  return offsets.split('\n').reduce((sum, line) => sum + Number(line.split(':')[2]), 0);
}

/** What a server says of itself, or nothing while it has no quorum. */
async function mode(index: number): Promise<string | undefined> {
  const ask = 'exec 3<>/dev/tcp/127.0.0.1/2181; printf srvr >&3; timeout 5 cat <&3';
  return /^Mode: (\w+)$/m.exec(await kubectl.inPod(`zookeeper-${index}`, 'bash', '-c', ask))?.[1];
}

/** Kills a pod without a word to its program, and waits for the one that takes its place. */
async function kill(pod: string): Promise<void> {
  const uid = () => kubectl.run('get', 'pod', pod, '--output', 'jsonpath={.metadata.uid}');
  const before = await uid();
  await kubectl.run('delete', 'pod', pod, '--grace-period=0', '--force', '--wait=false');
  await eventually(60, async () => expect(await uid()).not.toBe(before));
  await kubectl.ready(pod, 240);
}

onCluster('a quorum of the profile production', () => {
  beforeAll(async () => {
    await setUp({ stack: 'k8s', log: quiet });
    const running = await runningCluster();
    wasRunning = running !== undefined;
    cluster = running ?? (await clusterUp());
    kubectl = new Kubectl(cluster, namespace);
    await loadImages(
      { kind: 'own', container: cluster.container },
      ['zookeeper', 'kafka'].map((name) => imageReference(name as 'kafka')),
    );
    synthesiseQuorum(folder, {
      deployment: namespace,
      kubeconfig: cluster.kubeconfig,
      context: cluster.context,
      namespace,
      provider: decisions().kubernetesProvider,
      // On one small node, which may have other things to do.
      requestedCpu: 0.1,
      root: ROOT,
      secretsFolder: join(folder, 'secrets'),
    });
    await terraform('init');
    await terraform('apply', '-auto-approve');
    client = await kubectl.run('get', 'pod', '-l', 'app.kubernetes.io/name=client', '--output', 'name');
  }, 900_000);

  afterAll(async () => {
    try {
      await terraform('destroy', '-auto-approve');
    } finally {
      await kubectl.try('delete', 'namespace', namespace, '--ignore-not-found');
      rmSync(folder, { recursive: true, force: true });
      if (!wasRunning) await clusterDown(undefined, quiet);
    }
  }, 300_000);

  test('the servers have one leader, and every topic has three copies without asking for them', async () => {
    const modes = await Promise.all(servers.map(mode));
    expect(modes.sort()).toEqual(['follower', 'follower', 'leader']);
    await topics('--create --topic kept --partitions 6');
    const described = await topics('--describe --topic kept');
    expect(described).toMatch(/PartitionCount: 6\s+ReplicationFactor: 3/);
    for (const broker of servers) expect(described).toMatch(new RegExp(`Leader: ${broker}\\b`));
  }, 120_000);

  test('a second plan is empty', async () => {
    expect(await terraform('plan', '-detailed-exitcode')).toMatch(/No changes/);
  }, 60_000);

  test('the leader of the servers and a broker are lost while records are written, and no record is', async () => {
    const count = 'i=0; until [[ -e /tmp/stop ]]; do echo $((++i)); sleep 0.02; done; echo $i > /tmp/count';
    const writing = kubectl.try(
      ...['exec', client, '--', 'bash', '-c'],
      `(${count}) | kafka-console-producer --bootstrap-server kafka:29092 --topic kept ${patient} 2>&1`,
    );
    await eventually(60, async () => expect(await stored()).toBeGreaterThan(0));
    const modes = await Promise.all(servers.map(mode));
    await kill(`zookeeper-${modes.indexOf('leader')}`);
    await kill('kafka-0');
    // A broker that has just come back knows of no topic for a moment.
    const after = await eventually(30, stored);
    await eventually(60, async () => expect(await stored()).toBeGreaterThan(after));
    await inClient('touch /tmp/stop');
    const { code, output } = await writing;
    // What is not acknowledged in the end is an error; warnings tell of what was tried again.
    expect([code, output.split('\n').filter((line) => /ERROR|Exception/.test(line))]).toEqual([0, []]);

    const written = Number(await inClient('cat /tmp/count'));
    expect(await stored()).toBe(written);
    const read = await inClient(
      `kafka-console-consumer --bootstrap-server kafka:29092 --topic kept --from-beginning --max-messages ${written} --timeout-ms 60000`,
    );
    const numbers = read
      .split('\n')
      .map(Number)
      .sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: written }, (_, i) => i + 1));
  }, 600_000);

  test('both are members again, and every copy is there', async () => {
    await eventually(60, async () => {
      expect((await Promise.all(servers.map(mode))).sort()).toEqual(['follower', 'follower', 'leader']);
    });
    await eventually(120, async () => expect(await topics('--describe --under-replicated-partitions')).toBe(''));
  }, 240_000);
});
