import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// eslint-disable-next-line @typescript-eslint/no-require-imports -- plain JavaScript, which runs before anything is installed
const first = require('./first.cjs') as {
  nodeProblem(version: string): string | undefined;
  locked(folder: string): string;
};

test('other versions of Node are refused with what to install, or cdktf would fail without a reason', () => {
  for (const version of ['20.19.0', '20.20.2', '22.0.0', '22.21.1']) expect(first.nodeProblem(version)).toBeUndefined();
  for (const version of ['18.20.0', '20.18.9', '21.7.0', '23.1.0', '24.1.0']) {
    expect(first.nodeProblem(version)).toContain(`Node ${version} cannot run this project: it needs Node 22`);
  }
});

test('a changed lock is noticed, or new code would run with old dependencies', () => {
  const folder = mkdtempSync(join(tmpdir(), 'first-'));
  writeFileSync(join(folder, 'package.json'), '{}');
  writeFileSync(join(folder, 'package-lock.json'), '{}');
  const before = first.locked(folder);
  expect(first.locked(folder)).toBe(before);
  writeFileSync(join(folder, 'package-lock.json'), '{ }');
  expect(first.locked(folder)).not.toBe(before);
});
