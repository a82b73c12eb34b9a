import type { Client } from 'cassandra-driver';
import type { Run } from '../../pipeline-code/contract';
import type { Deployment } from '../deployment';
import { endpoints } from '../endpoints';
import { hintAtOthers } from '../other-stacks';
import { type LastBatch, pipelineNow, type PipelineStatus } from './pipeline';
import type { Section } from './section';
import type { ServiceStatus } from './services';

/** Longest wait for an answer of Kafka, Cassandra or the stream. Who is known to be down is not asked. */
const ASK_MS = 2000;

export type Overall = 'running' | 'partly running' | 'stopped' | 'not deployed';

export interface Status {
  readonly name: string;
  /** A command of this project for this deployment. */
  readonly command: (words: string) => string;
  /** What opens the endpoints on this machine, if something has to. */
  readonly opensWith?: string;
  /** More to say where nothing is deployed. */
  readonly hint?: string;
  readonly overall: Overall;
  readonly at: string;
  readonly services: readonly ServiceStatus[];
  /** Left out where nothing runs. */
  readonly pipeline?: PipelineStatus;
  readonly endpoints: readonly { readonly address: string; readonly what: string }[];
}

/** Asks a deployment how it is, once or again and again. */
export class StatusReader {
  private cassandra?: Promise<Client>;

  constructor(private readonly deployment: Deployment) {}

  async read(): Promise<Status> {
    const { deployment } = this;
    // Loaded while the platform answers.
    const loading = import('../clients.js');
    const services = await deployment.services();
    const overall = overallOf(services);
    const byName = new Map(services.map((one) => [one.name, one]));
    const down = (name: string): string | undefined => {
      const state = byName.get(name)?.state ?? 'missing';
      return ['stopped', 'paused', 'failed', 'missing', 'restarting'].includes(state)
        ? `${name} ${state === 'missing' ? 'is not there' : `is ${state}`}`
        : undefined;
    };
    const runs = overall === 'running' || overall === 'partly running';
    const { cassandraOf } = await loading;
    const connect = (): Promise<Client> =>
      (this.cassandra ??= (async () => {
        const client = await cassandraOf(deployment);
        try {
          await client.connect();
          return client;
        } catch (error) {
          this.cassandra = undefined;
          await client.shutdown().catch(() => undefined);
          throw error;
        }
      })());
    return {
      name: deployment.settings.name,
      command: (words) => deployment.command(words),
      opensWith: deployment.opensWith,
      hint: hintAtOthers(deployment),
      overall,
      at: new Date().toISOString(),
      services,
      ...(runs ? { pipeline: await pipelineNow(deployment, connect, down, ASK_MS) } : {}),
      endpoints: addresses(deployment),
    };
  }

  async close(): Promise<void> {
    await (await this.cassandra?.catch(() => undefined))?.shutdown().catch(() => undefined);
    await this.deployment.close();
  }
}

export function overallOf(services: readonly ServiceStatus[]): Overall {
  const lasting = services.filter((one) => !one.job);
  if (lasting.length === 0) return 'not deployed';
  if (lasting.every((one) => one.state === 'healthy')) return 'running';
  return lasting.every((one) => one.state === 'stopped' || one.state === 'missing') ? 'stopped' : 'partly running';
}

/** Each address once: Airflow has three users. */
function addresses({ settings }: Deployment): { address: string; what: string }[] {
  const all = endpoints(settings).map(({ address, what }) => ({ address, what: what.split(':')[0]! }));
  return all.filter(({ address }, at) => all.findIndex((one) => one.address === address) === at);
}

/** What `--json` prints: keys that stay. What could not be asked is null, with the reason under `unknown`. */
export function statusDocument({ name, overall, at, services, pipeline, endpoints: where }: Status): object {
  const known = <T>(section: Section<T> | undefined): T | null =>
    section !== undefined && 'value' in section ? (section.value ?? null) : null;
  const ledger = known(pipeline?.ledger);
  const unknown = Object.fromEntries(
    Object.entries(pipeline ?? {}).flatMap(([part, section]: [string, Section<unknown>]) =>
      'unknown' in section ? [[part, section.unknown]] : [],
    ),
  );
  return {
    name,
    state: overall,
    at,
    services: services.map(({ signature, ...service }) => ({
      ...service,
      ...(signature ? { cause: signature.cause, advice: signature.advice, signature: signature.id } : {}),
    })),
    pipeline: pipeline && {
      runs: known(pipeline.runs)?.map(runDocument) ?? null,
      ledger: ledger && {
        run: ledger.run.run_id,
        produced: ledger.produced,
        stored: ledger.stored,
        deadLettered: ledger.deadLettered,
        inFlight: ledger.inFlight,
        balanced: ledger.balanced,
      },
      lag: known(pipeline.lag),
      deadLetters: known(pipeline.deadLetters),
      lastBatch: known<LastBatch | undefined>(pipeline.lastBatch),
      unknown,
    },
    endpoints: where,
  };
}

function runDocument(run: Run): object {
  return {
    id: run.run_id,
    state: run.state,
    users: run.users,
    acknowledged: run.acknowledged,
    source: run.source,
    createdAt: run.created_at,
    finishedAt: run.finished_at ?? null,
    error: run.error ?? null,
  };
}
