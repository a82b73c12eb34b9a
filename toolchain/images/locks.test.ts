import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingTools } from '../system';
import { toolsFor } from './downloads';
import { hasBuiltInBuildKit } from './engine';
import { checkIntegrity, compareHashes, formatSha256, hashFolder, locksOf, parseNpmLock, parseSha256 } from './locks';
import { contextFiles, imagesFolder } from './reference';
import { imageNames } from './table';

const a = 'a'.repeat(64);
const b = 'b'.repeat(64);

test('a lock of jars is read back as it was written', () => {
  const lock = new Map([
    ['x-1.jar', a],
    ['y-2.jar', b],
  ]);
  expect(parseSha256(formatSha256(lock))).toEqual(lock);
  expect(() => parseSha256('not a hash')).toThrow('not "<sha256>  <file>": not a hash');
});

test('a tampered, missing or unexpected jar stops the set-up, and the error names each one and the way out', () => {
  const locked = new Map([
    ['changed.jar', a],
    ['missing.jar', a],
    ['same.jar', a],
  ]);
  const got = new Map([
    ['changed.jar', b],
    ['extra.jar', b],
    ['same.jar', a],
  ]);
  expect(() => compareHashes('kafka', locked, got)).toThrow(
    'the downloads for image kafka differ from images/kafka/jars.sha256: missing.jar is in the lock but did not arrive; ' +
      `extra.jar arrived but is not in the lock; changed.jar has SHA-256 ${b}, the lock says ${a}. ` +
      'If the change is wanted, run "npm run images -- --update-locks kafka" and review the difference',
  );
  expect(() => compareHashes('kafka', locked, new Map(locked))).not.toThrow();
});

test('a tampered npm package stops the set-up', () => {
  const content = Buffer.from('package');
  const integrity = 'sha512-AAAA';
  expect(() => checkIntegrity('node', 'node-1.tgz', content, integrity)).toThrow(
    /node-1\.tgz has integrity sha512-.*, the lock says sha512-AAAA\. If the change is wanted/,
  );
  expect(() => parseNpmLock('{"x":{"version":"1","integrity":"sha1-AAAA"}}')).toThrow(
    '"sha1-AAAA", allowed is sha512-',
  );
});

test('the hashes are those of the bytes on the disk', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hashes-'));
  writeFileSync(join(folder, 'empty.jar'), '');
  expect((await hashFolder(folder)).get('empty.jar')).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
  rmSync(folder, { recursive: true });
});

test('another lock is another cache entry, so that an old download is not taken for a new one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'locks-'));
  writeFileSync(join(folder, 'pom.xml'), '<project/>');
  const before = locksOf(folder);
  writeFileSync(join(folder, 'jars.sha256'), `${a}  x.jar\n`);
  const after = locksOf(folder);
  expect(before.map((lock) => lock.kind)).toEqual(['jars']);
  expect(after[0]?.key).not.toBe(before[0]?.key);
  rmSync(folder, { recursive: true });
});

test('on a machine that cannot install them, all missing commands are named with the one command to run', () => {
  expect(missingTools(toolsFor.jars)).toContain('mvn is needed and not on PATH');
  expect(missingTools([...toolsFor.jars, ...toolsFor.wheels])).toMatch(
    /mvn, python3 and pip3 are needed.*apt-get install .*maven.*python3-pip/,
  );
});

test('a client without buildx gets BuildKit only where it is built in', () => {
  expect(hasBuiltInBuildKit('Docker version 20.10.24+dfsg1, build 297e128')).toBe(true);
  expect(hasBuiltInBuildKit('Docker version 28.2.2, build e6534b4')).toBe(false);
});

describe.each(imageNames.map((name) => [name]))('images/%s', (name) => {
  const folder = join(imagesFolder, name);
  const text = (file: string) => readFileSync(join(folder, file), 'utf8');

  test('builds with every builder and no image registry', () => {
    const dockerfile = text('Dockerfile');
    expect(dockerfile).toMatch(/^ARG BASE\nFROM \$\{BASE\}/m);
    expect(dockerfile).not.toMatch(/^#\s*syntax=|--mount=|COPY --chmod|^FROM (?!\$\{)/m);
  });

  test('pins and hashes everything that it downloads', () => {
    for (const { kind } of locksOf(folder)) {
      if (kind === 'jars') expect(parseSha256(text('jars.sha256')).size).toBeGreaterThan(0);
      if (kind === 'npm') expect(Object.keys(parseNpmLock(text('npm.lock.json'))).length).toBeGreaterThan(0);
      if (kind === 'wheels' || kind === 'sdists') {
        const requirements =
          text(kind === 'wheels' ? 'requirements.lock' : 'sdists.lock').match(/^[A-Za-z0-9].*$/gm) ?? [];
        expect(requirements.length).toBeGreaterThan(0);
        for (const line of requirements) expect(line).toMatch(/^[^=\s]+==\S+/);
      }
    }
  });

  test('holds no latest version and no address of a registry', () => {
    const files = contextFiles(folder).filter((file) => !file.endsWith('.sha256'));
    for (const file of files) expect(text(file)).not.toMatch(/:latest\b|<repository>|--index-url|--extra-index-url/);
    expect(readdirSync(folder)).toContain('Dockerfile');
  });
});
