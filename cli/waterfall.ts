import { seconds } from '../toolchain/log';
import type { Timeline } from './watch';

const WIDTH = 40;

/**
 * When each service was created, listened, was healthy and was first used, with a bar: `-` until it listens, `=` until it
 * is healthy, `+` its first use by another. The longest way through it is what a faster start must shorten.
 */
export function waterfall(
  timelines: readonly Timeline[],
  began: number,
): { head: string[]; rows: string[][]; kept: string[] } {
  const fresh = timelines.filter((one) => !one.kept);
  const end = Math.max(began + 1, ...fresh.map((one) => one.readyAt ?? one.createdAt));
  const column = (at: number) => Math.min(WIDTH - 1, Math.max(0, Math.floor(((at - began) / (end - began)) * WIDTH)));
  const cell = (at: number | undefined) => (at === undefined ? '-' : ((at - began) / 1000).toFixed(1));
  const rows = fresh.map((one) => [
    one.workload + (one.once ? ' (once)' : ''),
    cell(one.createdAt),
    one.once ? '' : cell(one.listeningAt),
    cell(one.readyAt),
    one.once ? '' : cell(one.usedAt),
    one.readyAt === undefined ? '-' : seconds(one.readyAt - one.createdAt),
    bar(one, column),
  ]);
  return {
    head: [
      'service',
      'created',
      'listening',
      'healthy',
      'first use',
      'took',
      `0 s${`${seconds(end - began)}`.padStart(WIDTH - 3)}`,
    ],
    rows,
    kept: timelines.filter((one) => one.kept).map((one) => one.workload),
  };
}

function bar({ createdAt, listeningAt, readyAt, usedAt, once }: Timeline, column: (at: number) => number): string {
  const cells = Array<string>(WIDTH).fill(' ');
  if (readyAt === undefined) return cells.fill('-', column(createdAt)).join('');
  const listening = once ? createdAt : (listeningAt ?? readyAt);
  cells.fill('-', column(createdAt), column(readyAt) + 1);
  if (listening < readyAt) cells.fill('=', column(listening), column(readyAt) + 1);
  if (usedAt !== undefined) cells[column(usedAt)] = '+';
  return cells.join('').trimEnd();
}
