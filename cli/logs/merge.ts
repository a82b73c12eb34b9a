import type { LogLine } from './frames';

/** Merges logs that are each in the order of time, holding one line of each in memory. */
export async function* merge(sources: readonly AsyncIterator<LogLine>[]): AsyncGenerator<LogLine> {
  const heads = await Promise.all(sources.map(async (source) => ({ source, next: await source.next() })));
  let open = heads.filter(({ next }) => !next.done);
  while (open.length > 0) {
    const first = open.reduce((a, b) => ((b.next.value as LogLine).time < (a.next.value as LogLine).time ? b : a));
    yield first.next.value as LogLine;
    first.next = await first.source.next();
    if (first.next.done) open = open.filter((one) => one !== first);
  }
}

/** The last lines only, in their order. */
export async function last(lines: AsyncIterable<LogLine>, count: number): Promise<LogLine[]> {
  const kept: LogLine[] = [];
  for await (const line of lines) {
    kept.push(line);
    if (kept.length > count * 2 + 1000) kept.splice(0, kept.length - count);
  }
  return count === 0 ? [] : kept.slice(-count);
}

/**
 * Puts lines that arrive from several services at about the same time in order: each is held for a moment, in which an
 * older one may still come.
 */
export class Reorder {
  private held: { readonly line: LogLine; readonly until: number }[] = [];

  constructor(private readonly holdMs = 250) {}

  add(line: LogLine, now: number): void {
    this.held.push({ line, until: now + this.holdMs });
  }

  /** What has been held long enough, with everything older. */
  take(now: number): LogLine[] {
    const due = this.held.filter((one) => one.until <= now);
    if (due.length === 0) return [];
    const newest = due.reduce((time, { line }) => (line.time > time ? line.time : time), '');
    const out = this.held.filter(({ line }) => line.time <= newest);
    this.held = this.held.filter(({ line }) => line.time > newest);
    return out.map(({ line }) => line).sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  }
}
