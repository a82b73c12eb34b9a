import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdown } from '../../cli/review/markdown';
import type { Review } from '../../cli/review/model';
import { review } from '../../cli/review/review';
import { terminal } from '../../cli/review/terminal';
import { reachLine } from '../../cli/review/words';
import { changes } from './changes';
import { restore } from './reduce';

const plan = (id: string) => restore(readFileSync(join(__dirname, 'plans', `${id}.json`), 'utf8'));
const recorded = readdirSync(join(__dirname, 'plans')).map((file) => file.replace(/\.json$/, ''));

/** With GOLDEN=1 the file is written instead. */
function golden(file: string, text: string): void {
  const path = join(__dirname, 'golden', file);
  if (process.env['GOLDEN'] === '1') writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, 'utf8'));
}

test('every recorded plan belongs to a change, and every change has one', () => {
  expect(recorded.sort()).toEqual(changes.map(({ id }) => id).sort());
});

describe.each(changes)('a review of the change "$id"', ({ id, expected, opened, closed }) => {
  let made: Review;
  beforeAll(() => (made = review([plan(id)])));

  test('says what it does to each service', () => {
    const [stack] = made.stacks;
    const said = Object.fromEntries(stack!.services.map((one) => [one.service, [one.happening, one.data]]));
    expect(said).toEqual(expected);
    if (opened !== undefined) expect(stack!.reach.opened.map(reachLine)).toEqual(opened);
    if (closed !== undefined) expect(stack!.reach.closed.map(reachLine)).toEqual(closed);
  });

  test('reads as it was approved, in a terminal and in a pull request', () => {
    golden(`${id}.txt`, `${terminal(made)}\n`);
    golden(`${id}.md`, markdown(made));
  });

  test('holds no secret of the deployment', () => {
    for (const text of [terminal(made), markdown(made), JSON.stringify(made)])
      expect(text).not.toContain('recorded-secret');
  });
});
