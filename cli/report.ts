import type { Ledger } from '../pipeline-code/ledger/ledger';
import { seconds } from '../toolchain/log';
import { ledgerOf, ledgerLines } from './ledger';
import type { Deployment } from './deployment';
import { endpoints, pasteLines, showSecret } from './endpoints';
import { CommandError } from './errors';
import type { ReadRow } from './observers';
import { colours, heading, say, table } from './output';
import { type Proof, prove } from './proof';

const LEDGER_SECONDS = 15;
const ROWS_SHOWN = 5;
const COLUMNS = ['first_name', 'last_name', 'gender', 'email', 'dob', 'post_code'] as const;

/** A whole proof: the way of a run, its rows and its ledger. @throws where anything is missing */
export async function proveAndReport(deployment: Deployment, users: number, hopSeconds: number): Promise<Proof> {
  heading(`Proof: ${users} users from Airflow to Cassandra`);
  const proof = await prove(deployment, { users, hopSeconds });
  const { p50, max } = proof.latency;
  say(`          from Kafka to readable: half of the rows within ${p50} ms, all within ${max} ms`);
  heading('Rows');
  say(rowsTable(proof.rows.slice(0, ROWS_SHOWN)));
  heading('Ledger');
  checkLedger(await ledgerOf(deployment, proof.runId, LEDGER_SECONDS));
  say(`proof passed in ${seconds(proof.seconds * 1000)}`);
  return proof;
}

/** Prints a ledger. @throws where it does not balance */
export function checkLedger(ledger: Ledger): void {
  const [equation, ...troubles] = ledgerLines(ledger);
  say(`run ${ledger.run.run_id}`);
  say(ledger.balanced ? colours.green(equation!) : colours.red(equation!));
  for (const line of troubles) say(line);
  if (!ledger.balanced) throw new CommandError('the ledger does not balance');
}

function rowsTable(rows: readonly ReadRow[]): string {
  const cells = rows.map((row) => [
    ...COLUMNS.map((column) => String(row.values[column])),
    `${row.readAt - row.producedAt} ms`,
  ]);
  return table([...COLUMNS, 'readable after'], cells);
}

/** Where to click, and what to paste. */
export function reportEndpoints({ settings }: Deployment): void {
  heading('Endpoints');
  say(
    table(
      ['address', 'what', 'user', 'password'],
      endpoints(settings).map(({ address, what, user, secret }) => [
        address,
        what,
        user ?? '',
        secret ? showSecret(secret) : '',
      ]),
    ),
  );
  heading('To paste');
  for (const { what, line } of pasteLines(settings)) say(`${colours.dim(`# ${what}`)}\n${line}`);
}
