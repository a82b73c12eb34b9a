import type { Change, DataClass, Reach, ServiceReview, StackReview } from './model';

/** The words that the terminal and the comment of a pull request share. */

export const dataWords: Readonly<Record<DataClass, string>> = {
  none: 'none',
  restart: 'a gap while it starts',
  moved: 'DATA MOVED',
  lost: 'DATA LOST',
};

export function dataWord({ happening, data }: ServiceReview): string {
  return happening === 'removed' && data === 'restart' ? 'gone' : dataWords[data];
}

/** Whether the stack was compared with nothing, so that all of it is new. */
export function isNew({ basis }: StackReview): boolean {
  return basis === 'nothing' || basis === 'unknown';
}

export function stackLine({ basis, services, changed, refused, reach, data }: StackReview): string {
  if (refused.length > 0) return 'the deployment WOULD BE REFUSED, and nothing would change';
  if (!changed) return 'nothing changes';
  if (basis === 'nothing') return `nothing is deployed, ${count(services.length, 'service')} would be created`;
  if (basis === 'unknown') return `not compared, ${count(services.length, 'service')} as they would be`;
  const of = (...happenings: ServiceReview['happening'][]) =>
    services
      .filter(({ happening, data }) => happenings.includes(happening) && data !== 'lost' && data !== 'moved')
      .map(({ service }) => service);
  const inClass = (wanted: DataClass) => services.filter((one) => one.data === wanted).map(({ service }) => service);
  const parts: [string, string[]][] = [
    ['DATA LOST in', inClass('lost')],
    ['DATA MOVED in', inClass('moved')],
    ['replaced', of('replaced')],
    ['restarted', of('restarted')],
    ['removed', of('removed')],
    ['runs again', of('runs again')],
    ['changed without a gap', of('changed')],
    ['created', of('created')],
  ];
  const said = parts.filter(([, names]) => names.length > 0).map(([what, names]) => `${what} ${few(names)}`);
  if (data === 'lost' && inClass('lost').length === 0) said.unshift('DATA LOST');
  if (said.length > 0) return said.join(', ');
  return reach.opened.length + reach.closed.length > 0 ? 'only who may reach whom' : 'no service changes';
}

function few(names: readonly string[]): string {
  return names.length <= 4 ? names.join(', ') : `${names.length} services`;
}

export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** A change in one line; a changed file is only named, its lines are in `diff`. */
export function changeLine({ what, before, after, diff }: Change): string {
  if (diff !== undefined) return what;
  if (before === undefined) return `${what}: ${after} (new)`;
  if (after === undefined) return `${what}: ${before} (taken away)`;
  if (before === after) return `${what}: another one`;
  return `${what}: ${before} -> ${after}`;
}

export function reachLine({ from, to, ports }: Reach): string {
  return `${from} -> ${to}${ports && ports.length > 0 ? `:${ports.join(',')}` : ''}`;
}

/** What a service is, where all of it is new. */
export function summary({ changes }: ServiceReview): { image: string; memory: string; ports: string } {
  const value = (what: string) => changes.find((change) => change.what === what)?.after ?? '';
  const published = changes
    .filter(({ what }) => what.startsWith('port '))
    .map(({ after }) => after?.replace(/^published on /, ''));
  return { image: value('image'), memory: value('memory'), ports: published.join(', ') };
}
