import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

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
  removeAbandoned(path);
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

/** What killed runs left of this entry. Another living process may be filling the same one. */
function removeAbandoned(path: string): void {
  const prefix = `${basename(path)}.unfinished-`;
  for (const name of readdirSync(dirname(path)).filter((one) => one.startsWith(prefix))) {
    const pid = Number(name.slice(prefix.length));
    if (pid === process.pid || !isAlive(pid)) rmSync(join(dirname(path), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
