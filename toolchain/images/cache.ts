import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Downloads and build outputs live outside the checkout, so that a fresh clone is fast. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'streaming-platform');
}

/**
 * Returns the finished entry `path`, filling it if it is not there. `fill` writes to another name beside it, which becomes
 * the entry by one rename after `fill` has verified what it wrote: an interrupted run leaves nothing that looks finished.
 */
export async function cached(path: string, fill: (unfinished: string) => Promise<void>): Promise<'present' | 'filled'> {
  if (existsSync(path)) return 'present';
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.unfinished-${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  try {
    await fill(unfinished);
    try {
      renameSync(unfinished, path);
    } catch (error) {
      // Another process finished the same entry meanwhile: same key, same verified content.
      if (!existsSync(path)) throw error;
    }
    return 'filled';
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
