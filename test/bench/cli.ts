import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../../cli/output';
import { cacheFolder } from '../../toolchain/cache';
import { makeCheckout } from '../live/support/checkout';
import { type Finished, run } from '../live/support/run';
import { load, machine, markdownTable, writeFigures } from './figures';

/**
 * `npm run bench:cli`: how long the commands of every day take, on a deployment of its own that is gone afterwards.
 * `--write` makes docs/figures.md of it.
 */
const deployment = { name: 'streaming-bench', portOffset: 2500 } as const;
const checkout = join(cacheFolder(), 'bench', 'checkout');

interface Figure {
  readonly what: string;
  /** Seconds that it should take at most, and those that it should take in the end. */
  readonly reach?: number;
  readonly aim?: number;
  /** Times it is measured. */
  readonly runs: number;
  readonly measure: () => Promise<number>;
}

/** The command of the project itself, without the time of npm. */
const streaming = (...args: string[]) => ok(join(checkout, 'node_modules', '.bin', 'streaming'), args);

async function ok(command: string, args: readonly string[], onOutput?: (text: string) => void): Promise<Finished> {
  const done = await run(command, args, { cwd: checkout, timeoutSeconds: 900, onOutput });
  if (done.code !== 0)
    throw new Error(`${[command, ...args].join(' ')} ended with ${done.code}:\n${done.output.slice(-4000)}`);
  return done;
}

const seconds = async (done: Promise<Finished>) => (await done).seconds;

/** From the first key of `stop` to the line that says that data flows again. */
async function stopAndUp(): Promise<number> {
  const began = Date.now();
  await streaming('stop');
  let passed: number | undefined;
  let text = '';
  await ok(join(checkout, 'node_modules', '.bin', 'streaming'), ['up'], (more) => {
    text += more;
    if (passed === undefined && text.includes('proof passed')) passed = Date.now();
  });
  if (passed === undefined) throw new Error('up ended without "proof passed"');
  return (passed - began) / 1000;
}

async function unchangedDiff(): Promise<Finished> {
  const diff = await ok('npx', ['cdktf', 'diff', 'local']);
  if (!diff.output.includes('No changes')) throw new Error(`cdktf diff finds changes:\n${diff.output.slice(-4000)}`);
  return diff;
}

function figures(runs: number): Figure[] {
  const quick = { reach: 1.5, aim: 0.7, runs };
  return [
    { what: 'status', ...quick, measure: () => seconds(streaming('status')) },
    { what: 'settings', ...quick, measure: () => seconds(streaming('settings')) },
    { what: 'secrets', ...quick, measure: () => seconds(streaming('secrets')) },
    { what: 'npm run status', runs, measure: () => seconds(ok('npm', ['run', '-s', 'status'])) },
    {
      what: 'second up, nothing to do, without proof',
      reach: 20,
      aim: 10,
      runs,
      measure: () => seconds(streaming('up', '--no-proof')),
    },
    { what: 'npx cdktf diff local, unchanged', reach: 20, aim: 12, runs, measure: () => seconds(unchangedDiff()) },
    { what: 'review of all stacks', reach: 25, aim: 12, runs, measure: () => seconds(streaming('review')) },
    {
      what: 'stop, then up until the proof passes',
      reach: 90,
      aim: 50,
      runs: Math.ceil(runs / 2),
      measure: stopAndUp,
    },
  ];
}

interface Measured {
  readonly figure: Figure;
  readonly seconds: readonly number[];
}

async function measure(figure: Figure): Promise<Measured> {
  const all: number[] = [];
  for (let nth = 0; nth < figure.runs; nth++) {
    all.push(await figure.measure());
    console.log(`  ${figure.what}: ${all.at(-1)!.toFixed(2)} s`);
  }
  return { figure, seconds: all.sort((a, b) => a - b) };
}

function row({ figure: { what, reach, aim }, seconds: all }: Measured): string[] {
  const median = all[Math.floor((all.length - 1) / 2)]!;
  const show = (value: number | undefined) =>
    value === undefined ? '-' : value < 10 ? value.toFixed(2) : value.toFixed(1);
  const verdict =
    reach === undefined || aim === undefined ? '-' : median <= aim ? 'aim' : median <= reach ? 'reach' : 'too slow';
  return [what, String(all.length), ...[all[0], median, all.at(-1), reach, aim].map(show), verdict];
}

const HEAD = ['seconds', 'runs', 'min', 'median', 'max', 'reach', 'aim', 'median is within'];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '5' }, write: { type: 'boolean', default: false } },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`--runs is ${values.runs}; it must be a whole number from 1, for example --runs 5`);

  const before = load();
  console.log(`a deployment "${deployment.name}" is made for the measurements and removed afterwards`);
  makeCheckout(checkout, deployment, false);
  try {
    console.log(`first up: ${(await streaming('up', '--no-proof')).seconds.toFixed(1)} s`);
    const measured: Measured[] = [];
    for (const figure of figures(runs)) measured.push(await measure(figure));
    const rows = measured.map(row);
    const about =
      `${await machine()}; ${new Date().toISOString().slice(0, 10)}. ` +
      `Load of the machine (processes that want to run) before the measurements: ${before}.`;
    console.log(`\n${table(HEAD, rows)}\n\n${about}`);
    if (values.write) writeFigures('cli', 'Commands of every day', `${markdownTable(HEAD, rows)}\n\n${about}`);
  } finally {
    await streaming('down', '--yes');
    rmSync(checkout, { recursive: true, force: true });
  }
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
