import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { WORKLOAD_LABEL } from '../../constructs/platforms/docker/naming';
import { topics } from '../../pipeline-code/contract';
import { checkout, deployment, makeCheckout, port } from '../live/support/checkout';
import { deployed, DEPLOYED_MS } from '../live/support/deployed';
import { containers, engine, healthy, leftovers, removeLeftovers } from '../live/support/engine';
import { kafka, secret } from '../live/support/platform';
import { run, type RunOptions } from '../live/support/run';

/** What stays of the first deployment while the second one works: its data. */
const kept = ['zookeeper', 'kafka', 'schema-registry', 'cassandra'];
const USERS = 25;
/** Deployed, proven and compared. */
const BUDGET_SECONDS = 480;

const second = `${deployment.name.slice(0, 16)}-ext`;
const folder = `${checkout}-external`;
const inSecond = (command: string, args: string[], options: RunOptions = {}) =>
  run(command, args, { cwd: folder, ...options });
const workloadOf = (one: { Config: { Labels: Record<string, string> } }) => one.Config.Labels[WORKLOAD_LABEL]!;
const passwordFile = (role: string) =>
  join(checkout, '.deployments', deployment.name, 'secrets', `cassandra-${role}-password`);
const network = (server: string) => `${deployment.name}-${server}`;

async function recordsOf(topic: string): Promise<number> {
  const admin = kafka().admin();
  await admin.connect();
  try {
    return (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
  } finally {
    await admin.disconnect();
  }
}

describe('a deployment whose Kafka, Schema Registry and Cassandra are another one’s', () => {
  let stopped: string[] = [];
  let before: number;

  beforeAll(async () => {
    await deployed();
    // Otherwise the first one's own programs would store the records, and nobody could tell.
    const others = (await containers()).filter((one) => one.State.Running && !kept.includes(workloadOf(one)));
    await Promise.all(others.map(({ Id }) => engine.getContainer(Id).stop()));
    stopped = others.map(({ Id }) => Id);
    before = await recordsOf(topics.users);
    await removeLeftovers(second);
    makeCheckout(
      folder,
      {
        name: second,
        portOffset: deployment.portOffset + 100,
        userSource: 'twin',
        components: {
          kafka: {
            external: {
              bootstrapServers: 'kafka:29092',
              outside: `localhost:${port(9092)}`,
              replicationFactor: 1,
              dockerNetwork: network('kafka'),
            },
          },
          schemaRegistry: {
            external: {
              url: 'http://schema-registry:8081',
              outside: `http://localhost:${port(8081)}`,
              dockerNetwork: network('schema-registry'),
            },
          },
          cassandra: {
            external: {
              contactPoints: 'cassandra:9042',
              outside: `localhost:${port(9042)}`,
              datacenter: 'datacenter1',
              replicationFactor: 1,
              dockerNetwork: network('cassandra'),
              passwordFiles: {
                admin: passwordFile('admin'),
                stream: passwordFile('stream'),
                reader: passwordFile('reader'),
              },
            },
          },
        },
      },
      false,
    );
  }, DEPLOYED_MS + 60_000);

  afterAll(async () => {
    if (existsSync(folder)) await inSecond('npm', ['run', 'down', '--', '--yes'], { timeoutSeconds: 240 });
    await removeLeftovers(second);
    rmSync(folder, { recursive: true, force: true });
    await Promise.all(stopped.map((id) => engine.getContainer(id).start()));
  }, 300_000);

  it(
    'starts without them, and its users arrive in that Cassandra through that Kafka',
    async () => {
      const up = await inSecond('npm', ['start', '--', '--users', String(USERS)], { timeoutSeconds: BUDGET_SECONDS });
      console.log(`npm start with an external Kafka, Schema Registry and Cassandra: ${up.seconds.toFixed(0)} s`);
      expect([up.code, up.output.slice(-4000)]).toEqual([0, expect.any(String)]);
      expect(up.output).toMatch(new RegExp(`produced ${USERS} = stored ${USERS} \\+ dead-lettered 0 \\+ in flight 0`));
      const runs = (await containers(second)).map(workloadOf);
      expect(runs).toEqual(expect.arrayContaining(['producer', 'stream', 'spark-worker', 'airflow-scheduler']));
      expect(runs.filter((name) => kept.includes(name))).toEqual([]);
      expect(await recordsOf(topics.users)).toBe(before + USERS);
    },
    BUDGET_SECONDS * 1000 + 20_000,
  );

  it('reaches them on their networks, and has no way out', async () => {
    const stream = (await containers(second)).find((one) => one.Name === `/${second}-stream`)!;
    const names = Object.keys(stream.NetworkSettings.Networks);
    expect(names).toEqual(expect.arrayContaining(['kafka', 'schema-registry', 'cassandra'].map(network)));
    expect(names.filter((name) => name.endsWith('-internet'))).toEqual([]);
  });

  it('knows their passwords from files: neither its state, nor its plan, nor its logs do', async () => {
    const diff = await inSecond('npx', ['cdktf', 'diff', 'local']);
    expect([diff.code, diff.output.slice(-2000)]).toEqual([0, expect.stringMatching(/No changes/)]);
    const stack = join(folder, 'cdktf.out', 'stacks', 'local', 'cdk.tf.json');
    const state = join(folder, '.deployments', second, 'local.tfstate');
    const told = [diff.output, readFileSync(stack, 'utf8'), readFileSync(state, 'utf8')].join('\n');
    for (const role of ['admin', 'stream', 'reader']) expect(told).not.toContain(secret(`cassandra-${role}-password`));
  }, 180_000);

  it('leaves them as they were when it is destroyed', async () => {
    const down = await inSecond('npm', ['run', 'down', '--', '--yes'], { timeoutSeconds: 240 });
    expect([down.code, down.output.slice(-2000)]).toEqual([0, expect.any(String)]);
    expect(await leftovers(second)).toEqual([]);
    for (const server of kept) await healthy(server);
    expect(await recordsOf(topics.users)).toBe(before + USERS);
  }, 300_000);
});
