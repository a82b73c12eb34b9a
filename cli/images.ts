import { join } from 'node:path';
import type Docker from 'dockerode';
import { cacheFolder, whileLocked } from '../toolchain/cache';
import { inventory, type ListedImage, prunable, removeImages } from '../toolchain/images/inventory';
import { confirm } from './confirm';
import { json, say, table } from './output';

export async function listImages(docker: Docker, asJson: boolean): Promise<void> {
  const images = await inventory(docker);
  if (asJson) return json({ images });
  say(table(['image', 'tag', 'size', 'built on', 'containers'], images.map(row)));
  const missing = images.filter(({ present }) => !present);
  const old = prunable(images);
  if (missing.length > 0) say(`\n${missing.length} are not there: "npm start" builds them`);
  if (old.length > 0) say(`\n${old.length} are used by nobody: "npx streaming images prune" removes them`);
}

function row({ name, reference, present, needed, bytes, builtOn, usedBy }: ListedImage): string[] {
  return [
    name,
    reference.slice(reference.indexOf(':') + 1),
    present ? size(bytes) : 'missing',
    builtOn.join(', '),
    usedBy.length > 0 ? String(usedBy.length) : needed ? '-' : '- (old)',
  ];
}

/** Not while images are being built: one that is half way has no container yet, nor have those it is built on. */
export async function pruneImages(docker: Docker, confirmed: boolean): Promise<void> {
  await whileLocked(join(cacheFolder(), 'images.lock'), 'removing images', say, async () => {
    const old = prunable(await inventory(docker));
    if (old.length === 0) return say('every image of this project is needed here or used by a container');
    say(
      table(
        ['image', 'size'],
        old.map(({ reference, bytes }) => [reference, size(bytes)]),
      ),
    );
    if (!confirmed)
      await confirm(`Remove these ${old.length} images?`, 'no image was removed', 'npm run images -- prune --yes');
    await removeImages(
      old.map(({ reference }) => reference),
      docker,
    );
    say(`removed ${old.length} images`);
  });
}

function size(bytes: number | null): string {
  return bytes === null ? '' : `${Math.round(bytes / 2 ** 20)} MiB`;
}
