import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { print } from '../log';
import { ensureTools } from '../system';
import { buildImages } from './build';
import { toolsFor, updateLocks } from './downloads';
import { locksOf } from './locks';
import { imagesFolder } from './reference';
import { imageNames, type ImageName } from './table';

/** `main.ts [--update-locks] [image...]` */
async function main(args: readonly string[]): Promise<void> {
  const names = args.filter((arg) => !arg.startsWith('--')).map(checkedName);
  const unknown = args.filter((arg) => arg.startsWith('--') && arg !== '--update-locks');
  if (unknown.length > 0) throw new Error(`unknown option ${unknown.join(', ')}; allowed is --update-locks`);
  if (args.includes('--update-locks')) await rewriteLocks(names);
  else await buildImages(names.length > 0 ? { only: names } : {});
}

function checkedName(name: string): ImageName {
  const known = imageNames.find((one) => one === name);
  if (known === undefined) throw new Error(`there is no image "${name}"; allowed are ${imageNames.join(', ')}`);
  return known;
}

async function rewriteLocks(names: readonly ImageName[]): Promise<void> {
  for (const name of names.length > 0 ? names : imageNames) {
    const folder = join(imagesFolder, name);
    const locks = locksOf(folder);
    if (locks.length === 0) continue;
    await ensureTools([...new Set(locks.flatMap((lock) => toolsFor[lock.kind]))]);
    const work = mkdtempSync(join(tmpdir(), `locks-${name}-`));
    try {
      const changed = await updateLocks(folder, work);
      print(
        `image ${name}: ${changed.length > 0 ? `${changed.join(', ')} rewritten, review the difference` : 'locks unchanged'}`,
      );
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
