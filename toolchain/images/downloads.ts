import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Tool } from '../system';
import { cacheFolder, publish } from '../cache';
import {
  checkIntegrity,
  compareHashes,
  formatSha256,
  hashFolder,
  type Lock,
  type LockKind,
  locksOf,
  parseNpmLock,
  parseSha256,
} from './locks';
import { runOrFail } from '../run';

/** The commands that each kind of download needs. */
export const toolsFor: Readonly<Record<LockKind, readonly Tool[]>> = {
  jars: ['mvn'],
  wheels: ['python3', 'pip3'],
  sdists: ['python3', 'pip3'],
  npm: [],
};

export interface Downloaded {
  readonly kind: LockKind;
  readonly folder: string;
}

/** Makes sure that all locked downloads of an image are in the cache, and says where. */
export async function download(imageFolder: string, cache = cacheFolder()): Promise<Downloaded[]> {
  const downloaded: Downloaded[] = [];
  for (const lock of locksOf(imageFolder)) {
    const entry = join(cache, 'downloads', lock.key);
    await publish(entry, (unfinished) => fetchAndVerify(lock, unfinished));
    downloaded.push({ kind: lock.kind, folder: entry });
  }
  return downloaded;
}

async function fetchAndVerify(lock: Lock, into: string): Promise<void> {
  const image = basename(lock.folder);
  mkdirSync(into, { recursive: true });
  if (lock.kind === 'jars') {
    await fetchJars(lock.folder, into);
    compareHashes(image, lockedJars(lock.folder), await hashFolder(into));
  } else if (lock.kind === 'npm') {
    for (const [name, { version, integrity }] of Object.entries(npmLock(lock.folder))) {
      const file = await fetchNpm(name, version, into);
      checkIntegrity(image, basename(file), readFileSync(file), integrity);
    }
  } else {
    await fetchPython(lock.kind, join(lock.folder, lock.kind === 'wheels' ? 'requirements.lock' : 'sdists.lock'), into);
  }
}

function lockedJars(imageFolder: string): Map<string, string> {
  const file = join(imageFolder, 'jars.sha256');
  return parseSha256(existsSync(file) ? readFileSync(file, 'utf8') : '');
}

function npmLock(imageFolder: string) {
  return parseNpmLock(readFileSync(join(imageFolder, 'npm.lock.json'), 'utf8'));
}

async function fetchJars(imageFolder: string, into: string): Promise<void> {
  const args = ['-B', '-q', '-f', join(imageFolder, 'pom.xml'), 'dependency:copy-dependencies'];
  await runOrFail(`fetching the jars of image ${basename(imageFolder)}`, 'mvn', [
    ...args,
    '-DincludeScope=runtime',
    `-DoutputDirectory=${into}`,
    // A failure that Maven remembers from an earlier, offline run must not outlive that run.
    '-U',
  ]);
}

async function fetchPython(kind: 'wheels' | 'sdists', lockFile: string, into: string): Promise<void> {
  const tags = [
    'manylinux_2_36',
    'manylinux_2_35',
    'manylinux_2_34',
    'manylinux_2_31',
    'manylinux_2_28',
    'manylinux_2_27',
    'manylinux_2_24',
  ];
  const platforms = [
    ...tags,
    'manylinux_2_17',
    'manylinux2014',
    'manylinux_2_12',
    'manylinux2010',
    'manylinux_2_5',
    'manylinux1',
    'linux',
  ];
  // What the image runs (Debian bookworm, x86-64), whatever Python the machine has.
  const target = [
    '--only-binary=:all:',
    '--implementation',
    'cp',
    '--python-version',
    '3.11',
    ...platforms.flatMap((p) => ['--platform', `${p}_x86_64`]),
  ];
  const args = [
    '-m',
    'pip',
    'download',
    '-q',
    '--disable-pip-version-check',
    '--no-deps',
    '--require-hashes',
    '-r',
    lockFile,
    '-d',
    into,
  ];
  await runOrFail(`fetching ${lockFile}`, 'python3', [
    ...args,
    ...(kind === 'wheels' ? target : ['--no-binary=:all:']),
  ]);
}

/** `npm pack` into the folder; returns the file, named `<package>-<version>.tgz` without a scope's `@` and `/`. */
async function fetchNpm(name: string, version: string, into: string): Promise<string> {
  await runOrFail(`fetching npm package ${name}`, 'npm', [
    'pack',
    '--silent',
    '--pack-destination',
    into,
    `${name}@${version}`,
  ]);
  const file = join(into, `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`);
  if (!existsSync(file))
    throw new Error(`npm pack ${name}@${version} wrote ${readdirSync(into).join(', ')}, not ${basename(file)}`);
  return file;
}

/** Downloads afresh and rewrites the lock files of an image from what arrived. Returns the files that changed. */
export async function updateLocks(imageFolder: string, work: string): Promise<string[]> {
  const changed: string[] = [];
  for (const lock of locksOf(imageFolder)) {
    const into = join(work, lock.kind);
    mkdirSync(into, { recursive: true });
    const rewrite = (name: string, text: string): void => {
      const file = join(imageFolder, name);
      if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
      changed.push(name);
    };
    if (lock.kind === 'jars') {
      await fetchJars(imageFolder, into);
      rewrite('jars.sha256', formatSha256(await hashFolder(into)));
    } else if (lock.kind === 'npm') {
      const entries = Object.entries(JSON.parse(readFileSync(join(imageFolder, 'npm.lock.json'), 'utf8')) as object);
      const lines: Record<string, { version: string; integrity: string }> = {};
      for (const [name, { version }] of entries as [string, { version: string }][]) {
        const view = await runOrFail(`asking for ${name}@${version}`, 'npm', [
          'view',
          `${name}@${version}`,
          'dist.integrity',
        ]);
        lines[name] = { version, integrity: view.trim() };
      }
      rewrite('npm.lock.json', `${JSON.stringify(lines, null, 2)}\n`);
    } else {
      const name = lock.kind === 'wheels' ? 'requirements.lock' : 'sdists.lock';
      rewrite(name, await pythonHashes(lock.kind, join(imageFolder, name), into));
    }
  }
  return changed;
}

/** The same pins with the hashes of what arrived. Locks made by a resolver are updated with that resolver instead. */
async function pythonHashes(kind: 'wheels' | 'sdists', lockFile: string, into: string): Promise<string> {
  const text = readFileSync(lockFile, 'utf8');
  if (/autogenerated/.test(text)) return text;
  const pins = text.split('\n').flatMap((line) => /^([A-Za-z0-9_.-]+==\S+)/.exec(line)?.[1] ?? []);
  const lines: string[] = text.split('\n').filter((line) => line.startsWith('#'));
  for (const pin of pins) {
    const folder = join(into, pin);
    const bare = join(into, `${pin}.txt`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(bare, `${pin}\n`);
    const args = ['-m', 'pip', 'download', '-q', '--no-deps', '-r', bare, '-d', folder];
    const platform = [
      '--only-binary=:all:',
      '--python-version',
      '3.11',
      '--platform',
      'manylinux_2_17_x86_64',
      '--platform',
      'manylinux_2_28_x86_64',
    ];
    await runOrFail(`fetching ${pin}`, 'python3', [...args, ...(kind === 'wheels' ? platform : ['--no-binary=:all:'])]);
    for (const hash of (await hashFolder(folder)).values()) lines.push(`${pin} --hash=sha256:${hash}`);
  }
  return `${lines.join('\n')}\n`;
}
