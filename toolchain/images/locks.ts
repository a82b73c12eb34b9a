import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The kinds of locked downloads, by the file that declares them. */
export type LockKind = 'jars' | 'wheels' | 'sdists' | 'npm';

const lockFiles: Readonly<Record<LockKind, readonly string[]>> = {
  jars: ['pom.xml', 'jars.sha256'],
  wheels: ['requirements.lock'],
  sdists: ['sdists.lock'],
  npm: ['npm.lock.json'],
};

export interface Lock {
  readonly kind: LockKind;
  /** The image folder. */
  readonly folder: string;
  /** Changes with the content of the lock: the name of the entry in the download cache. */
  readonly key: string;
}

/** The locks of an image folder. */
export function locksOf(folder: string): Lock[] {
  return (Object.keys(lockFiles) as LockKind[])
    .filter((kind) => existsSync(join(folder, lockFile(kind))))
    .map((kind) => ({ kind, folder, key: lockKey(kind, folder) }));
}

function lockFile(kind: LockKind): string {
  return lockFiles[kind][0] ?? kind;
}

function lockKey(kind: LockKind, folder: string): string {
  const hash = createHash('sha256');
  for (const file of lockFiles[kind]) {
    const path = join(folder, file);
    hash.update(`${file}\0`).update(existsSync(path) ? readFileSync(path) : 'missing');
  }
  return `${kind}-${hash.digest('hex').slice(0, 16)}`;
}

/** `sha256sum` format: file name -> hash. */
export function parseSha256(text: string): Map<string, string> {
  const entries = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): [string, string] => {
      const match = /^([0-9a-f]{64}) [ *](\S+)$/.exec(line);
      if (!match?.[1] || !match[2]) throw new Error(`jars.sha256 holds a line that is not "<sha256>  <file>": ${line}`);
      return [match[2], match[1]];
    });
  return new Map(entries);
}

export function formatSha256(hashes: ReadonlyMap<string, string>): string {
  return [...hashes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, hash]) => `${hash}  ${file}\n`)
    .join('');
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

export async function hashFolder(folder: string): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const file of readdirSync(folder).sort()) hashes.set(file, await sha256Of(join(folder, file)));
  return hashes;
}

/** Throws one error that names every file that is missing, additional or different. */
export function compareHashes(
  image: string,
  locked: ReadonlyMap<string, string>,
  got: ReadonlyMap<string, string>,
): void {
  const problems = [
    ...[...locked.keys()].filter((file) => !got.has(file)).map((file) => `${file} is in the lock but did not arrive`),
    ...[...got.keys()].filter((file) => !locked.has(file)).map((file) => `${file} arrived but is not in the lock`),
    ...[...got]
      .filter(([file, hash]) => locked.has(file) && locked.get(file) !== hash)
      .map(([file, hash]) => `${file} has SHA-256 ${hash}, the lock says ${locked.get(file)}`),
  ];
  if (problems.length === 0) return;
  throw new Error(
    `the downloads for image ${image} differ from images/${image}/jars.sha256: ${problems.join('; ')}. ` +
      `If the change is wanted, run "npm run images -- --update-locks ${image}" and review the difference`,
  );
}

export interface NpmEntry {
  readonly version: string;
  readonly integrity: string;
}

export function parseNpmLock(text: string): Record<string, NpmEntry> {
  const lock = JSON.parse(text) as Record<string, NpmEntry>;
  for (const [name, entry] of Object.entries(lock)) {
    if (!/^sha512-/.test(entry.integrity ?? '')) {
      throw new Error(`npm.lock.json: ${name} has integrity "${entry.integrity}", allowed is sha512-<base64>`);
    }
  }
  return lock;
}

/** Throws when the bytes are not the ones that the lock names. */
export function checkIntegrity(image: string, file: string, content: Buffer, integrity: string): void {
  const got = `sha512-${createHash('sha512').update(content).digest('base64')}`;
  if (got === integrity) return;
  throw new Error(
    `the downloads for image ${image} differ from images/${image}/npm.lock.json: ${file} has integrity ${got}, the lock says ` +
      `${integrity}. If the change is wanted, run "npm run images -- --update-locks ${image}" and review the difference`,
  );
}
