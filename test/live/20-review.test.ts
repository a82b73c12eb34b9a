import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Review, ServiceReview } from '../../cli/review/model';
import { reachLine } from '../../cli/review/words';
import { type Change, changes } from '../review/changes';
import { make } from '../review/edit';
import { checkout, deployment, port, withoutSettings } from './support/checkout';
import { deployed, DEPLOYED_MS } from './support/deployed';
import { container, containers, engine, exec, healthy } from './support/engine';
import { withCassandra } from './support/platform';
import { run } from './support/run';

/**
 * Kinds of change that are deployed for real, in two rounds: within one round each changes other services. The others would
 * cost the rows or the topics of this deployment, take minutes to build, or cannot be taken back.
 */
const rounds = [
  [
    'memory',
    'memory-of-a-jvm',
    'port',
    'use-added',
    'environment',
    'volume-renamed',
    'setting',
    'secret-rotated',
    'configuration-file',
    'service-added',
    'dag-only',
    'construct-renamed',
    'provider-bumped',
  ],
  ['program-edited', 'internet-taken-away', 'health-check'],
].map((ids) => ids.map((id) => changes.find((change) => change.id === id)!)) as [Change[], Change[]];

interface Seen {
  readonly id: string;
  readonly started: string;
}

/** The containers of all services, by the service's name. */
async function look(): Promise<Map<string, Seen>> {
  const prefix = `/${deployment.name}-`;
  return new Map(
    (await containers())
      .filter(({ State }) => State.StartedAt > '0002') // carriers are never started
      .map(({ Name, Id, State }) => [Name.slice(prefix.length), { id: Id, started: State.StartedAt }]),
  );
}

async function reviewed(): Promise<Review> {
  const { output, code, seconds } = await run('npm', ['run', '--silent', 'review', '--', '--json', '--stack', 'local']);
  expect([code, output]).toEqual([0, expect.stringMatching(/^\{/)]);
  console.log(`review: ${seconds.toFixed(1)} s`);
  return JSON.parse(output) as Review;
}

async function deploy(): Promise<void> {
  const { code, output } = await run('npx', ['cdktf', 'deploy', 'local', '--auto-approve']);
  expect([code, output.slice(-2000)]).toEqual([0, expect.any(String)]);
}

/** What became of a service, in the words of the review. */
function becameOf(
  before: Seen | undefined,
  after: Seen | undefined,
): 'created' | 'removed' | 'made anew' | 'left running' {
  if (before === undefined) return 'created';
  if (after === undefined) return 'removed';
  return before.id === after.id && before.started === after.started ? 'left running' : 'made anew';
}

const outcomes: Readonly<Record<ServiceReview['happening'], ReturnType<typeof becameOf>>> = {
  created: 'created',
  removed: 'removed',
  replaced: 'made anew',
  restarted: 'made anew',
  'runs again': 'made anew',
  changed: 'left running',
  unchanged: 'left running',
};

/** Whether the review said of every service what became of it, no more and no less. */
function cameTrue({ stacks: [stack] }: Review, before: Map<string, Seen>, after: Map<string, Seen>): void {
  const said = Object.fromEntries([
    ...stack!.services.map(({ service, happening }) => [service, outcomes[happening]]),
    ...stack!.unchanged.map((service) => [service, outcomes.unchanged]),
  ]);
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const happened = Object.fromEntries(names.map((name) => [name, becameOf(before.get(name), after.get(name))]));
  expect(said).toEqual(happened);
}

async function answers(from: string, url: string): Promise<boolean> {
  const script = `import urllib.request as r; r.urlopen(${JSON.stringify(url)}, timeout=3)`;
  return (await exec(from, ['python3', '-c', script])).code === 0;
}

async function rows(): Promise<number> {
  return withCassandra('reader', async (client) => {
    const { rows: found } = await client.execute('SELECT count(*) FROM spark_streams.created_users');
    return Number(found[0]!['count']);
  });
}

beforeAll(deployed, DEPLOYED_MS);

describe('a change that was reviewed', () => {
  const takeBack: (() => void)[] = [];
  const back = () =>
    takeBack
      .splice(0)
      .reverse()
      .forEach((undo) => undo());
  afterAll(async () => {
    if (takeBack.length === 0) return;
    back();
    await deploy();
  }, 300_000);

  /** Reviews a round, and compares what it says with the table of changes. */
  async function reviewedAs(round: readonly Change[], also: Change['expected'] = {}): Promise<Review> {
    for (const change of round) takeBack.push(make(change, checkout, deployment.name));
    const made = await reviewed();
    const { services, reach } = made.stacks[0]!;
    expect(Object.fromEntries(services.map((one) => [one.service, [one.happening, one.data]]))).toEqual(
      Object.assign({}, ...round.map(({ expected }) => expected), also),
    );
    expect(reach.opened.map(reachLine).sort()).toEqual(round.flatMap(({ opened = [] }) => opened).sort());
    expect(reach.closed.map(reachLine).sort()).toEqual(round.flatMap(({ closed = [] }) => closed).sort());
    return made;
  }

  it('does to each service what the review said, keeps the rows, and loses only what it called lost', async () => {
    const [before, rowsBefore] = [await look(), await rows()];
    const recovery = await recoveryVolume();
    await engine.getVolume(recovery).inspect();
    expect(await answers('airflow-dag-processor', 'http://producer:8080/health')).toBe(false);

    const made = await reviewedAs(rounds[0]);
    await deploy();
    cameTrue(made, before, await look());
    expect(await rows()).toBe(rowsBefore);
    expect(await answers('airflow-dag-processor', 'http://producer:8080/health')).toBe(true);
    expect((await fetch(`http://localhost:${port(9022)}/health`)).status).toBe(200);
    await expect(fetch(`http://localhost:${port(9021)}/health`)).rejects.toThrow();
    await expect(engine.getVolume(recovery).inspect()).rejects.toThrow(/no such volume/i);
  }, 300_000);

  it('does so a second time, on top of the first', async () => {
    const before = await look();
    // The service that the first round has added runs the program that this one edits.
    const made = await reviewedAs(rounds[1], { 'second-twin': ['replaced', 'restart'] });
    await deploy();
    cameTrue(made, before, await look());
    const { NetworkSettings } = await (await container('producer')).inspect();
    expect(Object.keys(NetworkSettings.Networks)).not.toContain(`${deployment.name}-internet`);
  }, 300_000);

  it('can be taken back, and the review of that comes true as well', async () => {
    const before = await look();
    back();
    const made = await reviewed();
    expect(made.data).toBe('lost');
    await deploy();
    cameTrue(made, before, await look());
    for (const service of ['stream', 'spark-master', 'control-center', 'airflow-scheduler']) await healthy(service);
    expect(await answers('airflow-dag-processor', 'http://producer:8080/health')).toBe(false);
  }, 300_000);
});

/** The volume that the Spark master keeps its recovery in. */
async function recoveryVolume(): Promise<string> {
  const { Mounts } = await (await container('spark-master')).inspect();
  return Mounts.find(({ Type, RW }) => Type === 'volume' && RW)!.Name!;
}

describe('the workflow for pull requests', () => {
  const workflow = readFileSync(join(checkout, '.github/workflows/review.yml'), 'utf8');
  const temporary = mkdtempSync(join(tmpdir(), 'workflow-'));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.org', ...args], {
      cwd: checkout,
      encoding: 'utf8',
    }).trim();
  const program = join(checkout, 'pipeline-code/random-user/main.ts');
  const original = readFileSync(program, 'utf8');

  afterAll(() => {
    writeFileSync(program, original);
    rmSync(join(checkout, '.git'), { recursive: true, force: true });
    rmSync(temporary, { recursive: true });
  });

  /** The script of a step, as the file has it. */
  const script = (name: string): string => {
    const step = new RegExp(`- name: ${name}\n(?: +if: .*\n)? +run: \\|\n((?: {10}.*\n|\n)+)`).exec(`${workflow}\n`);
    if (step === null) throw new Error(`the workflow has no step "${name}"`);
    return step[1]!.replaceAll(/^ {10}/gm, '');
  };

  it('deploys the base, reviews the head against it and leaves the review in the summary', async () => {
    git('init', '--quiet');
    appendFileSync(join(checkout, '.git/info/exclude'), 'node_modules\n');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'base');
    const base = git('rev-parse', 'HEAD');
    appendFileSync(program, "\nprocess.env['REVIEWED'] = 'yes';\n");
    git('commit', '--quiet', '--all', '--message', 'head');

    const summary = join(temporary, 'summary.md');
    const env = {
      ...withoutSettings(process.env),
      BASE: base,
      HEAD: git('rev-parse', 'HEAD'),
      GITHUB_STEP_SUMMARY: summary,
      RUNNER_TEMP: temporary,
    };
    for (const step of ['Deploy the base', 'Review the head']) {
      const { code, output } = await run('bash', ['-e', '-c', script(step)], { env });
      expect([step, code, output.slice(-2000)]).toEqual([step, 0, expect.any(String)]);
    }
    expect(readFileSync(summary, 'utf8')).toMatch(/^<!-- streaming-platform review -->\n### 🟡 What this change does/);
    expect(readFileSync(summary, 'utf8')).toContain('| random-user | replaced | a gap while it starts |');
    // GitHub is not here: of the step that posts, only its words are checked.
    execFileSync('bash', ['-n', '-c', script('Post the review, in place of the one before')]);
  }, 300_000);
});
