import { fieldList } from '../pipeline-code/contract';
import type { Ledger } from '../pipeline-code/ledger/ledger';
import { seconds } from '../toolchain/log';
import { ledgerOf, ledgerLines } from './ledger';
import type { Deployment } from './deployment';
import { endpoints, pasteLines, showSecret } from './endpoints';
import { CommandError } from './errors';
import type { ReadRow } from './observers';
import { colours, heading, say, table } from './output';
import { type Proof, type ProofOptions, prove } from './proof';

const LEDGER_SECONDS = 15;
const USERS_SHOWN = 3;
const CELL = 28;

/** A whole proof: the way of a run, its rows and its ledger. @throws where anything is missing */
export async function proveAndReport(deployment: Deployment, options: ProofOptions): Promise<Proof> {
  heading(`Proof: ${options.users} users from Airflow to Cassandra`);
  const proof = await prove(deployment, options);
  const { p50, max } = proof.latency;
  say(`          from Kafka to readable: half of the rows within ${p50} ms, all within ${max} ms`);
  heading(`Rows: ${Math.min(USERS_SHOWN, proof.rows.length)} of ${proof.rows.length}`);
  say(rowsTable(proof.rows.slice(0, USERS_SHOWN)));
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

/** Every field of the contract that the table has, one a line: a field that has just been added is seen here. */
function rowsTable(rows: readonly ReadRow[]): string {
  return table(
    ['field', ...rows.map((_, i) => `user ${i + 1}`)],
    [
      ...fieldList
        .filter(({ name }) => rows.some(({ values }) => name in values))
        .map(({ name }) => [name, ...rows.map(({ values }) => cell(values[name]))]),
      ['readable after', ...rows.map(({ readAt, producedAt }) => `${readAt - producedAt} ms`)],
    ],
  );
}

function cell(value: unknown): string {
  const text = value instanceof Date ? value.toISOString() : String(value);
  return text.length <= CELL ? text : `${text.slice(0, CELL - 1)}…`;
}

/** Where to click, and what to paste. */
export function reportEndpoints(deployment: Deployment): void {
  heading('Endpoints');
  say(
    table(
      ['address', 'what', 'user', 'password'],
      endpoints(deployment.settings).map(({ address, what, user, secret }) => [
        address,
        what,
        user ?? '',
        secret ? showSecret(secret) : '',
      ]),
    ),
  );
  if (deployment.opensWith !== undefined) say(`"${deployment.opensWith}" opens these addresses on this machine`);
  heading('To paste');
  for (const { what, line } of pasteLines(deployment)) say(`${colours.dim(`# ${what}`)}\n${line}`);
}
