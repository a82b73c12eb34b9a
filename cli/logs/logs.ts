import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DockerDeployment, type Service, services } from '../docker';
import { explain } from '../errors';
import { colours, note } from '../output';
import { unknownName } from '../suggest';
import { formatter } from './format';
import { Frames, type LogLine } from './frames';
import { last, merge, Reorder } from './merge';

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
export async function logs(deployment: DockerDeployment, options: LogsOptions): Promise<void> {
  const found = await services(deployment);
  const known = found.map(({ workload }) => workload).sort();
  for (const name of options.names) if (!known.includes(name)) throw unknownName('service', name, known);
  const wanted = (all: readonly Service[]) =>
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
  const sources = chosen.map((one) => history(deployment, one, options, position, now));
  const past = filter(merge(sources), passes);
  const lines = options.tail === undefined ? past : await last(past, options.tail);
  for await (const line of lines) await print(format(line));
  if (options.follow)
    await follow(deployment, wanted, (line) => (passes(line) ? print(format(line)) : undefined), position);
}

async function* filter(lines: AsyncIterable<LogLine>, passes: (line: LogLine) => boolean): AsyncGenerator<LogLine> {
  for await (const line of lines) if (passes(line)) yield line;
}

async function* history(
  { docker }: DockerDeployment,
  { id, workload }: Service,
  { since, tail, grep }: LogsOptions,
  position: Map<string, string>,
  until: number,
): AsyncGenerator<LogLine> {
  const stream = await pastLog(docker, id, {
    since: (since ?? 0) / 1000,
    until: until / 1000,
    // The engine knows nothing of a pattern: the last lines that match may be far from the end.
    ...(tail !== undefined && grep === undefined ? { tail } : {}),
  });
  if (stream === undefined) return;
  const frames = new Frames(workload);
  for await (const bytes of stream) {
    for (const line of frames.push(bytes as Buffer)) {
      position.set(id, line.time);
      yield line;
    }
  }
}

/**
 * What a container has said so far, as a stream: `logs()` of the client would hold all of it in memory. Undefined where the
 * container was removed a moment ago.
 */
function pastLog(
  { modem }: DockerDeployment['docker'],
  id: string,
  options: Readonly<Record<string, number>>,
): Promise<NodeJS.ReadableStream | undefined> {
  const request = {
    path: `/containers/${id}/logs?`,
    method: 'GET',
    isStream: true,
    statusCodes: { 200: true, 404: 'no such container' },
    options: { stdout: true, stderr: true, timestamps: true, ...options },
  };
  return new Promise((resolve, reject) => {
    (modem as Dialler).dial(request, (error, stream) => {
      if (error?.statusCode === 404) resolve(undefined);
      else if (error) reject(error);
      else resolve(stream);
    });
  });
}

interface Dialler {
  dial(
    request: object,
    answered: (error: (Error & { statusCode?: number }) | null, stream: NodeJS.ReadableStream) => void,
  ): void;
}

/** A reader that is slower than the logs is waited for. */
async function print(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
}

/** Looks for containers that run and follows each until it ends; one that comes back, or comes in its place, is followed again. */
async function follow(
  deployment: DockerDeployment,
  wanted: (all: readonly Service[]) => Service[],
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
      const all = wanted(await services(deployment));
      for (const one of all) {
        const { State: state } = await deployment.docker.getContainer(one.id).inspect();
        tell(one, state, seen.get(one.workload));
        seen.set(one.workload, { id: one.id, running: state.Running });
        if (!state.Running || followed.has(one.id)) continue;
        followed.add(one.id);
        void read(deployment, one, position, (line) => reorder.add(line, Date.now())).finally(() =>
          followed.delete(one.id),
        );
      }
      if (away) note(colours.dim('the Docker engine answers again'));
      away = false;
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode !== 404) {
        if (!away) note(colours.dim(`${explain(error)}; waiting for it`));
        away = true;
      }
    }
    await Promise.race([sleep(POLL_MS), flushing]);
  }
}

/** What happened to a container, beside the logs: on the other stream, so that what reads the logs sees only logs. */
function tell(
  { workload, id }: Service,
  { Running: running, ExitCode: code }: { Running: boolean; ExitCode: number },
  before: { readonly id: string; readonly running: boolean } | undefined,
): void {
  const say = (text: string) => note(colours.dim(`-- ${workload} ${text}`));
  if (before === undefined) return running ? undefined : say(`does not run (exit code ${code})`);
  if (before.id !== id) return say('is another container now');
  if (before.running && !running) return say(`has ended (exit code ${code})`);
  if (!before.running && running) return say('runs again');
}

async function read(
  { docker }: DockerDeployment,
  { id, workload }: Service,
  position: Map<string, string>,
  add: (line: LogLine) => void,
): Promise<void> {
  const from = position.get(id);
  try {
    const stream = await docker.getContainer(id).logs({
      follow: true,
      stdout: true,
      stderr: true,
      timestamps: true,
      since: from === undefined ? 0 : sinceOf(from),
    });
    const frames = new Frames(workload);
    for await (const bytes of stream) {
      for (const line of frames.push(bytes as Buffer)) {
        // The engine begins with the line that was the last one.
        if (line.time <= (position.get(id) ?? '')) continue;
        position.set(id, line.time);
        add(line);
      }
    }
  } catch {
    // The container or the engine has gone; the next look finds what has come instead.
  }
}

/** Seconds since 1970 with nine digits behind the point, which a number cannot hold. */
export function sinceOf(time: string): string {
  const fraction = /\.(\d+)Z$/.exec(time)?.[1] ?? '0';
  return `${Math.floor(Date.parse(time) / 1000)}.${fraction.padEnd(9, '0')}`;
}
