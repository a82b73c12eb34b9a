import { readRuns } from '../pipeline-code/common/read-runs';
import type { Run } from '../pipeline-code/contract';
import { type Ledger, settledLedger } from '../pipeline-code/ledger/ledger';
import { cassandraOf, kafkaOf } from './clients';
import type { Deployment } from './deployment';
import { CommandError } from './errors';

/** The ledger of a run, by default of the newest one, when nothing moves any more or the time is up. */
export async function ledgerOf(deployment: Deployment, runId: string | undefined, seconds: number): Promise<Ledger> {
  const kafka = await kafkaOf(deployment);
  const cassandra = await cassandraOf(deployment);
  try {
    const id = runId ?? newest(await readRuns(kafka, () => undefined))?.run_id;
    if (id === undefined) throw new CommandError(`there is no run yet: "${deployment.command('proof')}" makes one`);
    return await settledLedger({ kafka, cassandra }, id, seconds * 1000);
  } finally {
    await cassandra.shutdown();
  }
}

function newest(runs: readonly Run[]): Run | undefined {
  return [...runs].sort((a, b) => b.created_at.localeCompare(a.created_at))[0];
}

/** The ledger as the equation that it is, and what is wrong with it. */
export function ledgerLines({
  run,
  produced,
  inTopic,
  stored,
  deadLettered,
  inFlight,
  missing,
  balanced,
}: Ledger): string[] {
  const equation = `produced ${produced} ${balanced ? '=' : '≠'} stored ${stored} + dead-lettered ${deadLettered} + in flight ${inFlight}`;
  return [
    equation,
    ...(run.state === 'succeeded'
      ? []
      : [`the run is ${run.state}${run.error ? `: ${run.error}` : ''}; ${run.users} users were asked for`]),
    ...(inTopic === produced ? [] : [`only ${inTopic} of them are in Kafka`]),
    ...(balanced || missing.length === 0
      ? []
      : [
          `neither stored nor dead letters: ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? `, and ${missing.length - 5} more` : ''}`,
        ]),
  ];
}
