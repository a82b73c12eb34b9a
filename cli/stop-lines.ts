import { seconds } from '../toolchain/log';
import { colours } from './output';

/** One service on its way down. Times are milliseconds. */
export interface Stopping {
  readonly workload: string;
  readonly state: 'runs' | 'stopping' | 'stopped' | 'killed';
  readonly since?: number;
  readonly took?: number;
}

/** The live list of `stop`: one line per service. */
export function stopLines(all: ReadonlyMap<string, Stopping>, now: number): string[] {
  const width = Math.max(0, ...[...all.keys()].map((name) => name.length));
  return [...all.values()].map(({ workload, state, since = now, took = 0 }) => {
    const name = workload.padEnd(width);
    if (state === 'runs') return `  ${colours.dim('·')} ${name}  ${colours.dim('waits for those that use it')}`;
    if (state === 'stopping') return `  ${colours.yellow('…')} ${name}  is stopping  ${seconds(now - since)}`;
    if (state === 'killed') return `  ${colours.red('✖')} ${name}  was killed after ${seconds(took)}`;
    return `  ${colours.green('✔')} ${name}  stopped after ${seconds(took)}`;
  });
}
