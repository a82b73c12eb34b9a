import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type ImageName, parentsOf } from './table';

/** Where the image folders are. */
export const imagesFolder = join(__dirname, '..', '..', 'images');

/**
 * The name and tag of one of our images: a pure function of the files under `images/`. Needs no engine and no network,
 * because synth calls it.
 */
export function imageReference(name: ImageName, folder = imagesFolder): string {
  return `streaming-platform/${name}:${imageHash(name, folder).slice(0, 12)}`;
}

/** SHA-256 over everything that goes into the image: its files, its locks among them, and its parents' hashes. */
export function imageHash(name: ImageName, folder = imagesFolder): string {
  const hash = createHash('sha256').update(`${name}\0`);
  for (const [argument, parent] of Object.entries(parentsOf(name))) {
    hash.update(`${argument}\0${imageHash(parent, folder)}\0`);
  }
  const root = join(folder, name);
  for (const file of contextFiles(root)) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${isExecutable(join(root, file)) ? 'x' : '-'}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** The files of an image folder that go into the build, with `/` in their names, sorted by code point. */
export function contextFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !isLeftOut(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((file) => !file.includes('__pycache__/'))
    .sort();
}

/** Documents and tests beside the image: editing them must not rebuild anything. */
function isLeftOut(name: string): boolean {
  return name.endsWith('.md') || /\.test\.\w+$/.test(name) || /^test_.*\.py$/.test(name) || name.startsWith('.');
}

/** git keeps only the executable bit, so nothing else of the mode may count: a fresh clone has the same tags. */
function isExecutable(file: string): boolean {
  return (statSync(file).mode & 0o100) !== 0;
}
