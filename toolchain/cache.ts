import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import type { Log } from './log';
import { lock } from './terraform-shim/process.cjs';

/** Where everything lives that is built once per machine and not per checkout. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache');
  return join(base, 'streaming-platform');
}

/** Twelve digits that change when any of the parts does. */
export function contentKey(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  // The length goes in first, or ('ab', 'c') and ('a', 'bc') would be the same.
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex').slice(0, 12);
}

/** The content key of a folder: names, contents and the right to execute; not times, owners or the place. */
export function folderKey(folder: string): string {
  const parts: (string | Buffer)[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).sort(byPath)) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    parts.push(relative(folder, file), statSync(file).mode & 0o100 ? 'x' : '-', readFileSync(file));
  }
  return contentKey(...parts);
}

function byPath(a: { parentPath: string; name: string }, b: { parentPath: string; name: string }): number {
  const [x, y] = [join(a.parentPath, a.name), join(b.parentPath, b.name)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/**
 * Makes sure that a folder of the cache is there, complete: `build` fills a folder beside it, which is renamed only when
 * it is done. So a half-written entry is never used, and two runs at once build it one time.
 */
export async function publish(
  target: string,
  build: (folder: string) => Promise<void> | void,
  options: { readonly log?: Log } = {},
): Promise<'built' | 'kept'> {
  if (existsSync(target)) return 'kept';
  return whileLocked(`${target}.lock`, `building ${basename(target)}`, options.log, async () => {
    if (existsSync(target)) return 'kept';
    // One fixed name: what an interrupted run left is cleared by the next one, which holds the lock.
    const half = join(dirname(target), `.half-${basename(target)}`);
    rmSync(half, { recursive: true, force: true });
    mkdirSync(half, { recursive: true });
    try {
      await build(half);
      renameSync(half, target);
    } finally {
      rmSync(half, { recursive: true, force: true });
    }
    return 'built';
  });
}

/** Runs one thing at a time over all processes of this user; a lock whose owner died is taken over. */
export async function whileLocked<T>(
  file: string,
  about: string,
  log: Log | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const held = await lock(file, about, ({ owners, about: other }) =>
    log?.(`waiting for another run (process ${owners[0]?.pid}) that is ${other}`),
  );
  try {
    return await work();
  } finally {
    held.release(true);
  }
}

/** Writes a file so that readers see the old content or the new one, never a part. */
export function writeAtomically(file: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true });
  const half = join(dirname(file), `.half-${basename(file)}.${process.pid}`);
  writeFileSync(half, content, { mode });
  renameSync(half, file);
}
