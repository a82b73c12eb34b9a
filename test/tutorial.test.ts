import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { missingLines, readTutorial } from './live/support/tutorial';

const ROOT = resolve(__dirname, '..');
const sections = readTutorial(readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8'));

describe('the tutorial', () => {
  it('has edits that fit the files as they are, one after the other (test/live/50-tutorial runs all of it)', () => {
    const copy = mkdtempSync(join(tmpdir(), 'tutorial-'));
    cpSync(join(ROOT, 'pipeline-code'), join(copy, 'pipeline-code'), { recursive: true });
    const edits = sections.flatMap(({ steps }) => steps).flatMap((step) => (step.kind === 'edit' ? [step.diff] : []));
    expect(edits.length).toBeGreaterThan(3);
    for (const diff of edits) execFileSync('git', ['apply'], { cwd: copy, input: diff });
    expect(readFileSync(join(copy, 'pipeline-code/contract/user-api.ts'), 'utf8')).toMatch(/^ {4}country,$/m);
  });
});

describe('a tutorial', () => {
  it('is read as steps', () => {
    const page =
      '# T\n\n## One\n\n```sh\na\n```\n\n```text\nx\n```\n\n## Two\n\n```diff\n+b\n```\n\n```sh fails\nc\n```\n';
    expect(readTutorial(page)).toEqual([
      { title: 'One', steps: [{ kind: 'run', command: 'a', fails: false, shows: ['x', ''] }] },
      {
        title: 'Two',
        steps: [
          { kind: 'edit', diff: '+b\n' },
          { kind: 'run', command: 'c', fails: true, shows: [] },
        ],
      },
    ]);
  });

  it.each(['json', '', 'text'])('has no block "%s" that nobody runs', (info) =>
    expect(() => readTutorial(`## One\n\n\`\`\`${info}\nx\n\`\`\`\n`)).toThrow(/no test would run it/),
  );

  it('shows only what was printed, in the order in which it was', () => {
    expect(missingLines(['a', '…', 'c'], ['a', 'b', 'c'])).toEqual([]);
    expect(missingLines(['c', 'a', 'd'], ['a', 'b', 'c'])).toEqual(['a', 'd']);
    expect(missingLines(['country …', '… (x)'], ['country Spain', 'Error: (x)'])).toEqual([]);
    expect(missingLines(['country …'], ['a country'])).toEqual(['country …']);
  });
});
