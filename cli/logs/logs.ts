import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { explain } from '../errors';
import { colours, note } from '../output';
import { unknownName } from '../suggest';
import { formatter } from './format';
import type { LogLine } from './frames';
import { last, merge, Reorder } from './merge';
import type { LogSources, Source, SourceState } from './sources';

export interface LogsOptions {
  /** Empty: all. */
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly grep?: RegExp;
  /** How many lines of all services together. */
  readonly tail?: number;
  readonly follow: boolean;
}

const POLL_MS = 500;
const FLUSH_MS = 100;

/** Prints the logs of the chosen services, merged by time. With `follow` it goes on until it is interrupted. */
export async function logs(from: LogSources, options: LogsOptions): Promise<void> {
  const found = await from.list();
  const known = found.map(({ workload }) => workload).sort();
  for (const name of options.names) if (!known.includes(name)) throw unknownName('service', name, known);
  const wanted = (all: readonly Source[]) =>
    options.names.length === 0 ? [...all] : all.filter(({ workload }) => options.names.includes(workload));
  const chosen = wanted(found).sort((a, b) => a.workload.localeCompare(b.workload));

  const format = formatter(
    chosen.map(({ workload }) => workload),
    options.grep,
    new Date().toISOString().slice(0, 10),
  );
  const passes = ({ text }: LogLine) => options.grep === undefined || options.grep.test(text);
  // What was read of each container, so that following goes on exactly there.
  const position = new Map<string, string>();
  const now = Date.now();
  const sources = chosen.map((one) => history(from, one, options, position, now));
  const past = filter(merge(sources), passes);
  const lines = options.tail === undefined ? past : await last(past, options.tail);
  for await (const line of lines) await print(format(line));
  if (options.follow) await follow(from, wanted, (line) => (passes(line) ? print(format(line)) : undefined), position);
}

async function* filter(lines: AsyncIterable<LogLine>, passes: (line: LogLine) => boolean): AsyncGenerator<LogLine> {
  for await (const line of lines) if (passes(line)) yield line;
}

async function* history(
  from: LogSources,
  source: Source,
  { since, tail, grep }: LogsOptions,
  position: Map<string, string>,
  until: number,
): AsyncGenerator<LogLine> {
  // The platform knows nothing of a pattern: the last lines that match may be far from the end.
  const lines = from.past(source, { since: since ?? 0, until, tail: grep === undefined ? tail : undefined });
  for await (const line of lines) {
    position.set(source.id, line.time);
    yield line;
  }
}

/** A reader that is slower than the logs is waited for. */
async function print(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
}

/** Looks for services that run and follows each until it ends; one that comes back, or comes in its place, is followed again. */
async function follow(
  from: LogSources,
  wanted: (all: readonly Source[]) => Source[],
  show: (line: LogLine) => Promise<void> | undefined,
  position: Map<string, string>,
): Promise<void> {
  const reorder = new Reorder();
  const followed = new Set<string>();
  const seen = new Map<string, { readonly id: string; readonly running: boolean }>();
  let away = false;
  const flush = async (): Promise<void> => {
    for (;;) {
      for (const line of reorder.take(Date.now())) await show(line);
      await sleep(FLUSH_MS);
    }
  };
  const flushing = flush();
  flushing.catch(() => undefined);
  for (;;) {
    try {
      for (const one of wanted(await from.list())) {
        const state = await from.state(one);
        if (state === undefined) continue;
        tell(one, state, seen.get(one.workload));
        seen.set(one.workload, { id: one.id, running: state.running });
        if (!state.running || followed.has(one.id)) continue;
        followed.add(one.id);
        void read(from, one, position, (line) => reorder.add(line, Date.now())).finally(() => followed.delete(one.id));
      }
      if (away) note(colours.dim(`${from.platform} answers again`));
      away = false;
    } catch (error) {
      if (!away) note(colours.dim(`${explain(error)}; waiting for it`));
      away = true;
    }
    await Promise.race([sleep(POLL_MS), flushing]);
  }
}

/** What happened to a service, beside the logs: on the other stream, so that what reads the logs sees only logs. */
function tell(
  { workload, id }: Source,
  { running, exitCode }: SourceState,
  before: { readonly id: string; readonly running: boolean } | undefined,
): void {
  const say = (text: string) => note(colours.dim(`-- ${workload} ${text}`));
  const code = exitCode === undefined ? '' : ` (exit code ${exitCode})`;
  if (before === undefined) return running ? undefined : say(`does not run${code}`);
  if (before.id !== id) return say('is another one now');
  if (before.running && !running) return say(`has ended${code}`);
  if (!before.running && running) return say('runs again');
}

async function read(
  from: LogSources,
  source: Source,
  position: Map<string, string>,
  add: (line: LogLine) => void,
): Promise<void> {
  try {
    for await (const line of from.follow(source, position.get(source.id))) {
      // The platform begins with the line that was the last one.
      if (line.time <= (position.get(source.id) ?? '')) continue;
      position.set(source.id, line.time);
      add(line);
    }
  } catch {
    // The service or its platform has gone; the next look finds what has come instead.
  }
}
