import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../stacks/settings';

const PAGE = join(ROOT, 'docs/commands/review.md');

/** What stands between two marks of the page; with UPDATE_DOCS=1 it is written instead. */
function holds(mark: string, file: string): void {
  const kind = mark.split(':')[0];
  const page = readFileSync(PAGE, 'utf8');
  const block = new RegExp(`(<!-- ${mark} -->\n\`\`\`[a-z]*\n)([^]*?)(\`\`\`\n<!-- /${kind} -->)`);
  const wanted = readFileSync(join(ROOT, file), 'utf8');
  if (process.env['UPDATE_DOCS'] === '1')
    writeFileSync(
      PAGE,
      page.replace(block, (_all, begin: string, _old, end: string) => begin + wanted + end),
    );
  expect(block.exec(readFileSync(PAGE, 'utf8'))?.[2]).toBe(wanted);
}

describe('the page of the review', () => {
  test.each(['volume-renamed', 'use-added'])('shows the real review of %s', (id) => {
    holds(`output: ${id}`, `test/review/golden/${id}.txt`);
  });

  test('shows the workflow as it is', () => {
    holds('file: .github/workflows/review.yml', '.github/workflows/review.yml');
  });
});
