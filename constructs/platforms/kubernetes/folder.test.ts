import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderFiles } from './folder';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'folder-'))));
afterEach(() => rmSync(root, { recursive: true }));

function write(files: Record<string, string | Buffer>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, 'dags', path, '..'), { recursive: true });
    writeFileSync(join(root, 'dags', path), content);
  }
}

test('a DAG Author’s files reach the cluster, those in folders too; what tools leave behind does not', () => {
  write({ 'a.py': 'a', 'lib/b.py': 'b', '__pycache__/a.pyc': Buffer.from([0xff]), '.idea/x': 'x' });
  expect(folderFiles('scheduler', root, 'dags')).toEqual([
    { key: 'a.py', path: 'a.py' },
    { key: 'lib__b.py', path: 'lib/b.py' },
  ]);
});

test('Airflow gets its list of what is no DAG, without which it stops at the hidden folders of a ConfigMap', () => {
  write({ 'a.py': 'a', '.airflowignore': '..*', '.a.py.swp': 'x' });
  expect(folderFiles('scheduler', root, 'dags').map(({ path }) => path)).toEqual(['.airflowignore', 'a.py']);
});

test('a file that a cluster cannot carry is named', () => {
  write({ 'model.bin': Buffer.from([0xff, 0xfe, 0x00]) });
  expect(() => folderFiles('scheduler', root, 'dags')).toThrow(
    /"scheduler" mounts the folder "dags".*"model.bin" is not text/,
  );
});

test('a folder that is too large for a cluster is refused with both numbers', () => {
  write({ 'big.csv': 'x'.repeat(1_000_001) });
  expect(() => folderFiles('scheduler', root, 'dags')).toThrow(/1000001 bytes: a cluster takes 1000000/);
});
