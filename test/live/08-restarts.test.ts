import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { container, containers, engine, healthy, killProcess, until } from './support/engine';
import { kafka } from './support/platform';
import { startOfPostgres } from './support/postgres';
import { run } from './support/run';

const ours = async () => (await containers()).filter((c) => c.HostConfig.RestartPolicy!.Name === 'unless-stopped');
const workload = (c: { Config: { Labels: Record<string, string> } }) =>
  c.Config.Labels['io.streaming-platform.workload']!;

async function clusterId(): Promise<string> {
  const admin = kafka().admin();
  await admin.connect();
  const { clusterId: id } = await admin.describeCluster();
  await admin.disconnect();
  return id;
}

/** A run through every hop; its ledger must be exact. */
async function expectProof(): Promise<void> {
  const proof = await run('npm', ['run', 'proof'], { timeoutSeconds: 300 });
  expect([proof.code, proof.output.slice(-3000)]).toEqual([0, expect.any(String)]);
}

describe('a restart', () => {
  it.each(['producer', 'random-user', 'stream', 'control-center'])(
    'of %s leaves a platform that works',
    async (program) => {
      await (await container(program)).restart({ t: 20 });
      await healthy(program, 180);
      expect((await (await container(program)).inspect()).State.Running).toBe(true);
    },
    240_000,
  );

  it('defect 18: of Kafka and ZooKeeper keeps the cluster, its topics and its data', async () => {
    const before = await clusterId();
    await (await container('kafka')).restart({ t: 30 });
    await (await container('zookeeper')).restart({ t: 10 });
    await healthy('zookeeper');
    await healthy('kafka', 180);
    expect(await until('the cluster id', 60, clusterId)).toBe(before);
  }, 300_000);

  it('of Postgres closes its database first, and one that is killed recovers by itself', async () => {
    const postgres = await container('postgres');
    const since = Math.floor(Date.now() / 1000);
    const log = async () => (await postgres.logs({ stdout: true, stderr: true, since })).toString();
    await postgres.restart({ t: 30 });
    await healthy('postgres');
    expect(await startOfPostgres(log)).toBe('shut down');
    const { RestartCount: before } = await postgres.inspect();
    await killProcess('postgres');
    await until('Postgres to be started again', 60, async () => (await postgres.inspect()).RestartCount > before);
    await healthy('postgres');
    expect(await startOfPostgres(log)).toBe('interrupted');
  }, 240_000);

  it('of the Spark master and worker is survived by the job', async () => {
    await (await container('spark-master')).restart({ t: 10 });
    await (await container('spark-worker')).restart({ t: 15 });
    await healthy('spark-master', 180);
    await healthy('spark-worker', 180);
    await healthy('stream', 240);
    await expectProof();
  }, 900_000);

  it('of the engine brings everything back by itself', async () => {
    const foreign = (await engine.listContainers()).filter(
      (c) => !(c.Labels['io.streaming-platform.deployment'] ?? '').startsWith('streaming-test'),
    );
    const restart = engineRestart();
    if (foreign.length > 0 || !restart) {
      // Restarting the engine under somebody else's containers is not ours to do: the same containers, all at once, then.
      await Promise.all((await ours()).map((c) => engine.getContainer(c.Id).restart({ t: 30 })));
    } else {
      await restart();
    }
    for (const c of await ours()) await healthy(workload(c), 300);
    await expectProof();
    const diff = await run('npx', ['cdktf', 'diff', 'local']);
    expect([diff.code, diff.output.slice(-1000)]).toEqual([0, expect.stringContaining('No changes')]);
  }, 1_200_000);
});

/** How to restart the engine of this machine, if it is a daemon that was started by hand and that we may signal. */
function engineRestart(): (() => Promise<void>) | undefined {
  if (process.getuid?.() !== 0) return undefined;
  let pid: number;
  try {
    pid = Number(readFileSync('/var/run/docker.pid', 'utf8'));
  } catch {
    return undefined;
  }
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
  const parent = /^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (!command[0]?.endsWith('dockerd') || (parent === '1' && readFileSync('/proc/1/comm', 'utf8').trim() === 'systemd'))
    return undefined;
  return async () => {
    process.kill(pid, 'SIGTERM');
    await until('the engine to end', 120, async () => {
      try {
        process.kill(pid, 0);
        return false;
      } catch {
        return true;
      }
    });
    execFileSync('sh', ['-c', `setsid nohup ${command.join(' ')} >>/var/log/dockerd-restarted.log 2>&1 &`], {
      stdio: 'ignore',
    });
    await until('the engine to answer', 120, async () => Boolean(await engine.ping()));
  };
}
