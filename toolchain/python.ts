import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cacheFolder, contentKey, publish } from './cache';
import type { Log } from './log';
import { runOrFail } from './run';
import { ensureTools, findCommand } from './system';

/** A folder of the cache with the packages of a lock file, whose hashes are all checked; filled where it is not there. */
export async function pythonPackages(name: string, lock: string, about: string, log: Log): Promise<string> {
  const target = join(cacheFolder(), `${name}-${contentKey(readFileSync(lock), process.platform, process.arch)}`);
  await publish(
    target,
    async (folder) => {
      const uv = findCommand('uv');
      const [command, ...args] =
        uv !== undefined
          ? [uv, 'pip', 'install']
          : [await pip(log), '-m', 'pip', 'install', '--disable-pip-version-check'];
      log(`${basename(name)}: fetching ${about} with ${uv === undefined ? 'pip' : 'uv'}`);
      await runOrFail(`fetching ${about}`, command, [
        ...args,
        '--no-deps',
        '--require-hashes',
        '--only-binary',
        ':all:',
        '--target',
        folder,
        '-r',
        lock,
      ]);
    },
    { log },
  );
  return target;
}

async function pip(log: Log): Promise<string> {
  await ensureTools(['python3', 'pip3'], { log });
  return findCommand('python3') ?? 'python3';
}
