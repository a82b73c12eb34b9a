import type { Run } from '../../pipeline-code/contract';
import { topics } from '../../pipeline-code/contract/topics';
import { ledgerLines } from '../ledger';
import { colours, table } from '../output';
import { adviceOf, causeOf } from '../signatures';
import type { Section } from './section';
import type { ServiceStatus, State } from './services';
import type { PipelineStatus } from './pipeline';
import type { Status } from './status';

const signs: Readonly<Record<State, string>> = {
  healthy: '✔',
  done: '✔',
  starting: '…',
  restarting: '✖',
  unhealthy: '✖',
  failed: '✖',
  stopped: '·',
  paused: '·',
  missing: '·',
};

const paint: Readonly<Record<State, (text: string) => string>> = {
  healthy: colours.green,
  done: colours.green,
  starting: colours.yellow,
  restarting: colours.red,
  unhealthy: colours.red,
  failed: colours.red,
  stopped: colours.dim,
  paused: colours.yellow,
  missing: colours.red,
};

/** More of its limit than this, and the next burst may be the end of it. */
const TIGHT = 0.9;

/** The whole screen, line by line. Pure. */
export function statusLines(status: Status, now: number): string[] {
  const { name, overall, services, pipeline } = status;
  if (overall === 'not deployed')
    return [`nothing is deployed as "${name}": "${status.command('up')}" deploys it${status.hint ?? ''}`];
  const troubles = services.flatMap((one) => troubleOf(one, status.command));
  return [
    headline(status),
    '',
    ...table(
      ['', 'service', 'state', 'up', 'restarts', 'memory'],
      services.map((one) => serviceRow(one)),
    ).split('\n'),
    ...(troubles.length > 0 ? ['', ...troubles] : []),
    ...(pipeline === undefined ? [] : ['', ...pipelineLines(pipeline, now)]),
    '',
    ...(overall === 'stopped'
      ? [`All data is kept; "${status.command('up')}" starts it again.`]
      : [
          colours.bold('Endpoints') + (status.opensWith === undefined ? '' : ` (opened by "${status.opensWith}")`),
          ...table(
            [],
            status.endpoints.map(({ address, what }) => [address, what]),
          ).split('\n'),
        ]),
  ];
}

function headline({ name, overall, services }: Status): string {
  const lasting = services.filter((one) => !one.job);
  const healthy = lasting.filter((one) => one.state === 'healthy').length;
  const used = sum(services.map((one) => one.memoryMiB)) / 1024;
  const limit = sum(lasting.map((one) => one.memoryLimitMiB)) / 1024;
  const colour = { running: colours.green, 'partly running': colours.yellow, stopped: colours.dim } as const;
  const words = overall === 'not deployed' ? overall : colour[overall](overall);
  const figures =
    overall === 'stopped'
      ? `${lasting.length} services`
      : `${healthy} of ${lasting.length} services healthy, ${used.toFixed(1)} of ${limit.toFixed(1)} GiB of memory`;
  return `${colours.bold(name)} is ${words}: ${figures}`;
}

function sum(all: readonly (number | undefined)[]): number {
  return all.reduce<number>((total, one) => total + (one ?? 0), 0);
}

function serviceRow({
  name,
  job,
  state,
  uptimeSeconds,
  restarts,
  exitCode,
  memoryMiB,
  memoryLimitMiB,
}: ServiceStatus): string[] {
  const code = state === 'failed' ? ` (${exitCode})` : '';
  const tight = memoryMiB !== undefined && memoryLimitMiB !== undefined && memoryMiB > TIGHT * memoryLimitMiB;
  const memory = memoryMiB === undefined ? '' : `${memoryMiB} of ${memoryLimitMiB} MiB`;
  return [
    paint[state](signs[state]),
    job ? `${name} ${colours.dim('(once)')}` : name,
    state === 'healthy' ? state : paint[state](`${state}${code}`),
    uptimeSeconds === undefined ? '' : age(uptimeSeconds * 1000),
    restarts === 0 ? colours.dim('0') : colours.yellow(String(restarts)),
    tight ? colours.yellow(`${memory}, tight`) : memory,
  ];
}

/** What does not work, why, and what to do. */
function troubleOf({ name, why, signature }: ServiceStatus, command: Status['command']): string[] {
  if (why === undefined) return [];
  return [
    `${colours.red(`${name} ${why}`)}${signature ? `: ${signature.title}` : ''}`,
    ...(signature ? [`  ${causeOf(signature, name)}`, `  ${adviceOf(signature, name)}`] : []),
    `  More: ${command(`logs ${name}`)}`,
  ];
}

function pipelineLines({ runs, ledger, lag, deadLetters, lastBatch }: PipelineStatus, now: number): string[] {
  const line = (name: string, text: string) => `${name.padEnd(14)}${text}`;
  const said = <T>(section: Section<T>, text: (value: T) => string): string =>
    'value' in section ? text(section.value) : colours.yellow(`not known: ${section.unknown}`);
  const runLines =
    'value' in runs && runs.value.length > 0
      ? table(
          ['last runs', '', '', '', ''],
          runs.value.map((run) => runRow(run, now)),
        ).split('\n')
      : [
          line(
            'last runs',
            said(runs, () => 'none yet: "npm run proof" makes one'),
          ),
        ];
  const books = said(ledger, (value) => {
    if (value === undefined) return 'no run yet';
    const [equation = '', ...troubles] = ledgerLines(value);
    return `${value.balanced ? equation : colours.red(equation)}${troubles.map((one) => `\n${' '.repeat(14)}${one}`).join('')}`;
  });
  return [
    ...runLines,
    '',
    colours.bold('Pipeline'),
    ...line('ledger', books).split('\n'),
    line(
      'lag',
      said(lag, (value) =>
        value === 0 ? '0 records' : colours.yellow(`${value} records not yet passed by the stream`),
      ),
    ),
    line(
      'dead letters',
      said(deadLetters, (value) => {
        const text = `${value} records in ${topics.deadLetters}`;
        return value === 0 ? text : colours.yellow(text);
      }),
    ),
    line(
      'last batch',
      said(lastBatch, (value) =>
        value === undefined
          ? 'none yet'
          : `number ${value.number}, ${value.rows} rows, ${age(now - Date.parse(value.at))} ago; the stream is ${value.state}`,
      ),
    ),
  ];
}

function runRow({ run_id: id, state, acknowledged, users, source, created_at: at, error }: Run, now: number): string[] {
  const colour = state === 'failed' ? colours.red : state === 'succeeded' ? (text: string) => text : colours.yellow;
  return [
    id,
    colour(state),
    `${acknowledged}/${users}`,
    source ?? '',
    `${age(now - Date.parse(at))} ago${error ? `: ${error}` : ''}`,
  ];
}

/** A length of time in one number: `12 s`, `5 min`, `3 h`, `2 days`. */
export function age(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 100) return `${s} s`;
  if (s < 100 * 60) return `${Math.round(s / 60)} min`;
  if (s < 48 * 3600) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86_400)} days`;
}
