import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageReference, imagesFolder } from './reference';
import { imageNames, withParents } from './table';

describe('the tags of our images', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'images-'));
    for (const name of ['base', 'jre21', 'kafka', 'node']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'Dockerfile'), `FROM ${name}\n`);
    }
    writeFileSync(join(folder, 'kafka', 'start'), '#!/bin/bash\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('are the same in another checkout, so that nothing is rebuilt for a clone', () => {
    const clone = mkdtempSync(join(tmpdir(), 'images-'));
    cpSync(folder, clone, { recursive: true });
    expect(imageReference('kafka', clone)).toBe(imageReference('kafka', folder));
    expect(imageReference('kafka', folder)).toMatch(/^streaming-platform\/kafka:[0-9a-f]{12}$/);
    rmSync(clone, { recursive: true });
  });

  test('do not depend on the umask of the checkout', () => {
    const before = imageReference('kafka', folder);
    chmodSync(join(folder, 'kafka', 'Dockerfile'), 0o600);
    expect(imageReference('kafka', folder)).toBe(before);
  });

  test('change with an edited, added or executable file, so that a stale image is never run', () => {
    const tags = [imageReference('kafka', folder)];
    writeFileSync(join(folder, 'kafka', 'start'), '#!/bin/sh\n');
    tags.push(imageReference('kafka', folder));
    chmodSync(join(folder, 'kafka', 'start'), 0o755);
    tags.push(imageReference('kafka', folder));
    writeFileSync(join(folder, 'kafka', 'jars.sha256'), '');
    tags.push(imageReference('kafka', folder));
    expect(new Set(tags).size).toBe(4);
  });

  test('change with a parent of a parent, and with nothing else', () => {
    const kafka = imageReference('kafka', folder);
    writeFileSync(join(folder, 'node', 'Dockerfile'), 'FROM other\n');
    expect(imageReference('kafka', folder)).toBe(kafka);
    writeFileSync(join(folder, 'base', 'Dockerfile'), 'FROM other\n');
    expect(imageReference('kafka', folder)).not.toBe(kafka);
  });

  test('do not change with a document or a test beside the image', () => {
    const before = imageReference('kafka', folder);
    writeFileSync(join(folder, 'kafka', 'README.md'), 'text');
    writeFileSync(join(folder, 'kafka', 'start.test.ts'), 'text');
    expect(imageReference('kafka', folder)).toBe(before);
  });
});

test('all tags are found in under 100 ms, because every synth asks for them', () => {
  const started = performance.now();
  const references = imageNames.map((name) => imageReference(name, imagesFolder));
  expect(performance.now() - started).toBeLessThan(100);
  expect(new Set(references).size).toBe(imageNames.length);
});

test('an image is built after everything that it is built on', () => {
  expect(withParents(['spark'])).toEqual(['base', 'jre17', 'spark']);
});
