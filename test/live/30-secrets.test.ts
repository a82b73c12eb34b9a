import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, deployment } from './support/checkout';
import { deployed, DEPLOYED_MS } from './support/deployed';
import { documented } from './support/documented';
import { container, containers, until } from './support/engine';
import { airflowUrl, secret, withCassandra } from './support/platform';
import { killTree, run } from './support/run';

const ROTATED = ['producer-token', 'cassandra-stream-password', 'postgres-password'] as const;
/** A run of so many takes a few seconds. */
const USERS = 1000;

interface DagRun {
  readonly dag_run_id: string;
  readonly state: string;
  readonly start_date: string | null;
  readonly end_date: string | null;
}

const journal = join(checkout, '.deployments', deployment.name, 'secrets', '.rotation.json');
const streaming = (...args: string[]) => run('node', ['toolchain/first.cjs', ...args], { timeoutSeconds: 400 });

/** Id of every container, by the name of its workload or carrier. */
async function ids(): Promise<Map<string, string>> {
  const name = (one: { Name: string }) => one.Name.slice(deployment.name.length + 2);
  return new Map((await containers()).map((one) => [name(one), one.Id]));
}

async function replacedSince(before: ReadonlyMap<string, string>): Promise<string[]> {
  return [...(await ids())].filter(([name, id]) => before.get(name) !== id).map(([name]) => name);
}

async function airflow<T>(path: string, body?: object): Promise<T> {
  const token = await ask<{ access_token: string }>('/auth/token', {
    username: 'operations',
    password: secret('airflow-operations-password'),
  });
  return ask<T>(`/api/v2${path}`, body, token.access_token);
}

async function ask<T>(path: string, body?: object, token?: string): Promise<T> {
  const answer = await fetch(`${airflowUrl}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Keeps one run on its way and another one waiting, so that there is no gap between them; Airflow may be away meanwhile. */
function keepRunning(): { stop(): Promise<readonly string[]> } {
  const runs: string[] = [];
  let going = true;
  const working = (async () => {
    while (going) {
      const lastButOne = runs.at(-2);
      try {
        if (lastButOne === undefined || (await succeeded(lastButOne))) {
          const body = { logical_date: null, conf: { users: USERS } };
          runs.push((await airflow<DagRun>('/dags/user_automation/dagRuns', body)).dag_run_id);
        }
      } catch {
        // Asked again.
      }
      await new Promise((next) => setTimeout(next, 1000));
    }
  })();
  return {
    stop: async () => {
      going = false;
      await working;
      return runs;
    },
  };
}

async function succeeded(runId: string): Promise<DagRun | false> {
  const run = await airflow<DagRun>(`/dags/user_automation/dagRuns/${encodeURIComponent(runId)}`);
  return run.state === 'success' && run;
}

/** Everything that the containers have said. */
async function logs(): Promise<string> {
  const all = await Promise.all(
    (await containers())
      .filter((one) => one.HostConfig.LogConfig?.Type === 'json-file') // carriers have no log
      .map(async (one) =>
        (await container(one.Name.slice(deployment.name.length + 2))).logs({ stdout: true, stderr: true }),
      ),
  );
  return all.map(String).join('\n');
}

describe('rotating secrets', () => {
  beforeAll(deployed, DEPLOYED_MS);

  afterAll(async () => {
    // A test that failed half way must not leave a platform that waits for its new credentials.
    if (existsSync(journal)) await streaming('up', '--no-proof');
  }, 400_000);

  it('while records flow loses none, doubles none, and restarts only who holds them', async () => {
    const old = Object.fromEntries(ROTATED.map((name) => [name, secret(name)])) as Record<string, string>;
    const before = await ids();
    const keeping = keepRunning();
    const rotated = await streaming('secrets', 'rotate', ...ROTATED, '--yes', '--no-proof');
    const runs = await keeping.stop();
    expect([rotated.code, rotated.output.slice(-3000)]).toEqual([0, expect.any(String)]);
    documented('docs/commands/secrets.md', 'secrets rotate', withoutProgress(rotated.output));

    const replaced = (await replacedSince(before)).filter((name) => !name.endsWith('-secrets')).sort();
    expect(replaced).toEqual([
      'airflow-api-server',
      'airflow-dag-processor',
      'airflow-init',
      'airflow-scheduler',
      'migrate',
      'postgres',
      'producer',
      'spark-worker',
      'stream',
    ]);
    for (const name of ROTATED) expect([name, secret(name) === old[name]]).toEqual([name, false]);
    await expect(
      withCassandra({ username: 'stream', password: old['cassandra-stream-password']! }, async () => undefined),
    ).rejects.toThrow();

    const ended = await Promise.all(runs.map((runId) => until(`run ${runId} to succeed`, 180, () => succeeded(runId))));
    const made = await Promise.all(
      replaced.map(async (name) => Date.parse((await (await container(name)).inspect()).Created)),
    );
    const inFlight = ended.filter(({ start_date: start, end_date: end }) =>
      made.some((at) => Date.parse(start!) < at && at < Date.parse(end!)),
    );
    expect(inFlight).not.toEqual([]);
    let ledgers = '';
    for (const { dag_run_id: id } of inFlight) {
      const ledger = await streaming('ledger', id, '--wait', '60');
      expect([ledger.code, ledger.output]).toEqual([
        0,
        expect.stringContaining(`produced ${USERS} = stored ${USERS} `),
      ]);
      ledgers += ledger.output;
    }

    const everything = `${await logs()}\n${rotated.output}\n${ledgers}`;
    for (const name of ROTATED)
      for (const value of [old[name]!, secret(name)]) expect([name, everything.includes(value)]).toEqual([name, false]);
  }, 400_000);

  it('is seen in the plan before it is deployed, without a value', async () => {
    const made = await streaming('secrets', 'rotate', 'cassandra-reader-password', '--yes', '--no-deploy');
    expect([made.code, made.output]).toEqual([0, expect.stringContaining('cdktf diff local')]);
    const diff = await run('npx', ['cdktf', 'diff', 'local']);
    expect(replacedInPlan(diff.output)).toEqual(['migrate', 'migrate-secrets']);
    expect(diff.output).not.toContain(secret('cassandra-reader-password'));
  }, 120_000);

  it('is finished by the same command after it was killed between the server and the programs', async () => {
    const before = await ids();
    const killed = await run(
      'node',
      ['toolchain/first.cjs', 'secrets', 'rotate', 'cassandra-admin-password', '--yes'],
      {
        onStart: (child) =>
          child.stdout!.on('data', (data: Buffer) => {
            if (data.includes('cassandra knows the new')) killTree(child);
          }),
      },
    );
    expect(killed.signal).toBe('SIGKILL');
    expect(existsSync(journal)).toBe(true);

    const finished = await streaming('secrets', 'rotate', 'cassandra-admin-password', '--yes', '--no-proof');
    expect([finished.code, finished.output.slice(-3000)]).toEqual([
      0,
      expect.stringContaining('the new cassandra-admin-password is accepted, the old one is refused'),
    ]);
    expect(existsSync(journal)).toBe(false);
    expect((await replacedSince(before)).sort()).toEqual(['migrate', 'migrate-secrets']);
    const diff = await run('npx', ['cdktf', 'diff', 'local']);
    expect([diff.code, diff.output.slice(-1500)]).toEqual([0, expect.stringContaining('No changes')]);
  }, 300_000);

  it('refuses names that are none, and secrets that follow from others, before anything is touched', async () => {
    const list = await streaming('secrets');
    documented('docs/commands/secrets.md', 'secrets', list.output);
    const wrong = await streaming('secrets', 'show', 'producer-tokn');
    expect([wrong.code, wrong.output]).toEqual([2, expect.stringContaining('did you mean "producer-token"')]);
    const follows = await streaming('secrets', 'rotate', 'airflow-database-url', '--yes');
    expect([follows.code, follows.output]).toEqual([2, expect.stringContaining('follows from postgres-password')]);
    const unasked = await streaming('secrets', 'rotate', 'producer-token');
    expect([unasked.code, unasked.output]).toEqual([1, expect.stringContaining('nothing was rotated')]);
  }, 60_000);
});

/** Without the lines that say what a deployment is doing at the moment: no two are alike. */
function withoutProgress(output: string): string {
  return output
    .split('\n')
    .filter((line) => !/^ *\d+ s  /.test(line))
    .join('\n');
}

/** cdktf puts the path of a construct behind its name, and then the rest of the name. */
function replacedInPlan(plan: string): string[] {
  const named = [...plan.matchAll(/# docker_container\.([a-z-]+) \([^)]*\)([a-z-]*)/g)];
  return [...new Set(named.map(([, name, rest]) => `${name}${rest}`))].sort();
}
