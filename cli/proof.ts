import { statSync } from 'node:fs';
import { join, parse } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from '../pipeline-code/contract';
import { ROOT } from '../stacks/settings';
import { seconds } from '../toolchain/log';
import { Airflow, AirflowError, type DagRun, type ImportError, USER_DAG } from './airflow';
import { cassandraOf, kafkaOf } from './clients';
import type { Deployment } from './deployment';
import { follow, type Hop, HopError, hopsOf, type Look } from './hops';
import { type ReadRow, RowsObserver, TopicsObserver } from './observers';
import { colours, LiveLines } from './output';
import { troubled } from './running';

export interface ProofOptions {
  readonly users: number;
  /** The DAG that starts the run; it takes `users` as its parameter. @default - the one of this project */
  readonly dag?: string;
  /** Longest stay at one hop. */
  readonly hopSeconds: number;
}

export interface Proof {
  readonly runId: string;
  readonly run: Run;
  readonly seconds: number;
  readonly firstRowAt: number;
  readonly rows: readonly ReadRow[];
  readonly latency: { readonly p50: number; readonly max: number };
}

const OBSERVE_MS = 50;
const DAGS = join(ROOT, 'pipeline-code', 'dags');

/** Triggers a run as the Operations User and follows it until its rows are readable. @throws {HopError} */
export async function prove(
  deployment: Deployment,
  { users, hopSeconds, dag = USER_DAG }: ProofOptions,
): Promise<Proof> {
  // A way that may not be opened is said at once: waiting does not help.
  await deployment.port('airflow');
  const began = Date.now();
  const hops = hopsOf((service) => deployment.logsCommand(service), dag);
  const live = new LiveLines();
  const step = new Steps(live, began, hopSeconds);
  const closing: (() => Promise<unknown>)[] = [];
  try {
    // Before the run starts, so that the observers' own start is not counted as the platform's time.
    const topics = await step.pass(
      hops.kafka,
      once(async () => TopicsObserver.start(await kafkaOf(deployment))),
      () => 'observed through its published port',
    );
    closing.push(() => topics.stop());
    const rows = await step.pass(
      hops.cassandra,
      once(async () => RowsObserver.start(await cassandraOf(deployment))),
      () => 'observed as role reader',
    );
    closing.push(() => rows.stop());
    const airflow = await step.pass(
      hops.login,
      () => logIn(deployment, dag),
      () => 'logged in as operations',
    );
    await step.pass(
      hops.trigger,
      () => knowsDag(airflow, dag),
      () => `knows the DAG ${dag}`,
    );
    const { dag_run_id: runId } = await airflow.trigger(users);
    step.log('Airflow', `accepted run ${runId} of ${users} users`);
    const watching = watch(() => rows.look(topics.recordsOf(runId).map(({ id }) => id)));
    closing.unshift(() => watching.stop());

    const state = () => airflow.run(runId);
    await step.pass(
      hops.running,
      async () => isRunning(await state()),
      (seen) => `run is ${seen.state}`,
    );
    const run = await step.pass(
      hops.producer,
      async () => produced(topics.runs.get(runId), users) ?? (await taskFailure(airflow, await state())),
      (seen) => `${seen.state}: ${seen.acknowledged} users from the ${seen.source} source, acknowledged by Kafka`,
    );
    const records = await step.pass(
      hops.kafka,
      () => count(topics.recordsOf(runId), users, 'records'),
      (seen) => `${seen.length} records on ${new Set(seen.map((one) => one.partition)).size} partitions`,
    );
    await step.pass(
      hops.spark,
      async () => {
        const behind = await topics.behind(runId);
        return behind === 0 ? { value: behind } : { waiting: `${hops.spark.awaits}, ${behind} left` };
      },
      () => 'the stream has passed all of them',
    );
    await step.pass(
      hops.cassandra,
      () => {
        const lost = topics.deadLettersOf(runId);
        if (lost.length > 0)
          return {
            failed: `${lost.length} records of the run are dead letters, the first because of: ${lost[0]!.reason}`,
          };
        const seen = count([...rows.rows.values()], records.length, 'rows');
        return 'waiting' in seen && watching.error !== undefined
          ? { waiting: `${seen.waiting} (${watching.error})` }
          : seen;
      },
      (seen) =>
        `${seen.length} rows readable, the first ${seconds(Math.min(...seen.map((one) => one.readAt)) - began)} after the start`,
    );
    await step.pass(
      hops.success,
      async () => hasSucceeded(await state()),
      () => 'run succeeded',
    );
    const read = records.map(({ id }) => rows.rows.get(id)!);
    return {
      runId,
      run,
      seconds: (Date.now() - began) / 1000,
      firstRowAt: Math.min(...read.map((row) => row.readAt)),
      rows: read,
      latency: latencyOf(read),
    };
  } catch (error) {
    if (!(error instanceof HopError)) throw error;
    throw new HopError(error.hop, error.detail, await troubled(deployment).catch(() => []));
  } finally {
    live.clear();
    for (const close of closing) await close();
  }
}

/** Prints each hop with the time since the start when it is passed, and what is being waited for meanwhile. */
class Steps {
  private spokenAt = 0;

  constructor(
    private readonly live: LiveLines,
    private readonly began: number,
    private readonly hopSeconds: number,
  ) {}

  async pass<T>(hop: Hop, look: () => Promise<Look<T>> | Look<T>, result: (value: T) => string): Promise<T> {
    let waiting: string = hop.awaits;
    const tick = () => this.waiting(hop, waiting);
    const timer = setInterval(tick, 1000);
    try {
      const value = await follow(hop, look, {
        seconds: this.hopSeconds,
        progress: (text) => ((waiting = text), tick()),
      });
      this.log(short(hop), result(value));
      return value;
    } finally {
      clearInterval(timer);
    }
  }

  log(where: string, text: string): void {
    this.spokenAt = Date.now();
    this.live.log(`${this.time()}  ${colours.green('✔')} ${where}: ${text}`);
  }

  private waiting(hop: Hop, text: string): void {
    this.live.update([`${this.time()}  ${colours.dim('…')} ${short(hop)}: waiting for ${text}`]);
    // Without cursor movement every word stays: one line now and then.
    if (this.live.moves || Date.now() - this.spokenAt < 5000) return;
    this.spokenAt = Date.now();
    this.live.log(`${this.time()}  … ${short(hop)}: waiting for ${text}`);
  }

  private time(): string {
    return `${((Date.now() - this.began) / 1000).toFixed(1)} s`.padStart(8);
  }
}

function short(hop: Hop): string {
  return hop.name.replace(/ \(.*/, '');
}

function once<T>(what: () => Promise<T>): () => Promise<Look<T>> {
  return async () => ({ value: await what() });
}

async function logIn(deployment: Deployment, dag: string): Promise<Look<Airflow>> {
  const password = deployment.secret('airflow-operations-password');
  const url = `http://127.0.0.1:${await deployment.port('airflow')}`;
  try {
    return { value: await Airflow.logIn(url, 'operations', password, dag) };
  } catch (error) {
    if (error instanceof AirflowError && error.status === 401) {
      return {
        failed: 'the password of operations is refused; deploy again, which sets it to the one in the secrets folder',
      };
    }
    throw error;
  }
}

async function knowsDag(airflow: Airflow, name: string): Promise<Look<true>> {
  const dag = await airflow.dag();
  if (dag !== undefined)
    return dag.is_paused
      ? { failed: `the DAG ${name} is paused; unpause it in Airflow as admin or author` }
      : { value: true };
  const broken = (await airflow.importErrors()).filter(isCurrent);
  // A file is called like its DAG: others may be broken without being the reason.
  const own = broken.find(({ file }) => parse(file).name === name);
  if (own !== undefined) return { failed: unreadable(own) };
  return {
    waiting: [`Airflow to know the DAG ${name}`, ...broken.map(({ file }) => `it cannot read ${file}`)].join('; '),
  };
}

/** Whether the file is still the one that could not be read: Airflow looks every few seconds. */
function isCurrent({ file, at }: ImportError): boolean {
  try {
    return statSync(join(DAGS, file)).mtime < at;
  } catch {
    return false; // taken away
  }
}

function unreadable({ file, reason }: ImportError): string {
  const lines = reason.split('\n').map((line) => `  ${line}`);
  return [`Airflow cannot read pipeline-code/dags/${file}:`, ...lines].join('\n');
}

function isRunning(run: DagRun): Look<DagRun> {
  return run.state === 'queued' ? { waiting: 'the scheduler to start the run' } : { value: run };
}

function hasSucceeded(run: DagRun): Look<DagRun> {
  if (run.state === 'failed') return { failed: 'Airflow reports the run as failed, although its records arrived' };
  return run.state === 'success' ? { value: run } : { waiting: `Airflow to report success, its run is ${run.state}` };
}

function produced(run: Run | undefined, users: number): Look<Run> | undefined {
  if (run?.state === 'failed') return { failed: `the run failed: ${run.error ?? 'no reason given'}` };
  if (run?.state === 'succeeded')
    return run.acknowledged === users
      ? { value: run }
      : { failed: `${run.acknowledged} of ${users} users were acknowledged` };
  return run === undefined
    ? undefined
    : { waiting: `the producer, ${run.acknowledged} of ${users} users acknowledged` };
}

/** The producer has not heard of the run: Airflow may have given up on its task. */
async function taskFailure(airflow: Airflow, run: DagRun): Promise<Look<Run>> {
  if (run.state !== 'failed') return { waiting: 'the producer to accept the run' };
  const log = await airflow.taskLog(run.dag_run_id, 12).catch(() => []);
  return {
    failed: ['Airflow reports the run as failed before the producer accepted it. The end of its log:', ...log].join(
      '\n  ',
    ),
  };
}

function count<T>(seen: readonly T[], wanted: number, what: string): Look<readonly T[]> {
  return seen.length >= wanted ? { value: seen } : { waiting: `${what} of the run, ${seen.length} of ${wanted} seen` };
}

/** Time from the moment a record was handed to Kafka to the first time its row could be read. */
export function latencyOf(rows: readonly ReadRow[]): { p50: number; max: number } {
  const sorted = rows.map((row) => row.readAt - row.producedAt).sort((a, b) => a - b);
  return { p50: sorted[Math.ceil(sorted.length / 2) - 1] ?? 0, max: sorted.at(-1) ?? 0 };
}

interface Watch {
  /** Why the last look failed. */
  error?: string;
  stop(): Promise<void>;
}

/** Looks all the time, whatever hop the proof is at. A failed look is repeated: the hop's deadline decides. */
function watch(look: () => Promise<void>): Watch {
  let going = true;
  const watching: Watch = {
    stop: async () => {
      going = false;
      await ended;
    },
  };
  const ended = (async () => {
    while (going) {
      watching.error = await look().then(
        () => undefined,
        (error: Error) => error.message,
      );
      await sleep(OBSERVE_MS);
    }
  })();
  return watching;
}
