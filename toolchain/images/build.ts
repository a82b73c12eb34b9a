import { copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Log, print, seconds } from '../log';
import { ensureTools } from '../system';
import { cacheFolder } from '../cache';
import { download, type Downloaded, toolsFor } from './downloads';
import { build, type Builder, findBuilder, presentReferences } from './engine';
import { locksOf } from './locks';
import { contextFiles, imageReference, imagesFolder } from './reference';
import { debianRootfs } from './rootfs';
import { imageNames, type ImageName, parentsOf, withParents } from './table';

export interface BuildOptions {
  /** Which images, with their parents. @default - all of them */
  readonly only?: readonly ImageName[];
  /** @default - the standard output */
  readonly log?: Log;
  /** @default - the user's cache folder */
  readonly cache?: string;
}

export interface BuiltImage {
  readonly name: ImageName;
  readonly reference: string;
  readonly outcome: 'present' | 'built';
  readonly milliseconds: number;
}

/** Makes sure that the engine has every image under its current tag; builds only what is missing. */
export async function buildImages(options: BuildOptions = {}): Promise<BuiltImage[]> {
  const log = options.log ?? print;
  const cache = options.cache ?? cacheFolder();
  const wanted = withParents(options.only ?? imageNames);
  const present = await presentReferences();
  const missing = wanted.filter((name) => !present.has(imageReference(name)));
  const done = new Map<ImageName, BuiltImage>();
  for (const name of wanted.filter((name) => !missing.includes(name))) {
    const reference = imageReference(name);
    log(`image ${name}: present as ${reference}`);
    done.set(name, { name, reference, outcome: 'present', milliseconds: 0 });
  }
  if (missing.length > 0) {
    await ensureTools(['docker'], { log });
    const builder = await findBuilder();
    log(
      `images: building ${missing.join(', ')} with ${builder.kind} (${builder.docker}), because their tags are not in the engine`,
    );
    await ensureTools(
      [...new Set(missing.flatMap((name) => locksOf(join(imagesFolder, name)).flatMap((lock) => toolsFor[lock.kind])))],
      { log },
    );
    const downloads = downloadAhead(missing, cache);
    for (const name of missing) done.set(name, await buildOne(name, builder, downloads, cache, log));
  }
  return wanted.flatMap((name) => done.get(name) ?? []);
}

/** Fetches one image's downloads after the other while images are being built. */
function downloadAhead(names: readonly ImageName[], cache: string): Map<ImageName, Promise<Downloaded[]>> {
  const downloads = new Map<ImageName, Promise<Downloaded[]>>();
  let before: Promise<unknown> = Promise.resolve();
  for (const name of names) {
    const mine = before.then(() => download(join(imagesFolder, name), cache));
    // A failure is reported when the image's turn comes; until then it must not end the process.
    before = mine.catch(() => undefined);
    downloads.set(name, mine);
  }
  return downloads;
}

async function buildOne(
  name: ImageName,
  builder: Builder,
  downloads: ReadonlyMap<ImageName, Promise<Downloaded[]>>,
  cache: string,
  log: Log,
): Promise<BuiltImage> {
  const started = Date.now();
  const reference = imageReference(name);
  const downloaded = (await downloads.get(name)) ?? [];
  const waited = Date.now() - started;
  const base = name === 'base' ? await debianRootfs(builder.docker, cache, log) : undefined;
  const args = base ? { BASE: base.reference } : parentReferences(name);
  const context = stage(name, downloaded, cache);
  try {
    const label = `io.streaming-platform.image=${name}`;
    await build(builder, { what: `image ${name}`, context, reference, label, args });
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
  const milliseconds = Date.now() - started;
  const how = base?.because ?? `on ${Object.values(parentsOf(name)).join(', ')}`;
  log(
    `image ${name}: built as ${reference} ${how} (${seconds(milliseconds)}, ${seconds(waited)} of it waiting for downloads)`,
  );
  return { name, reference, outcome: 'built', milliseconds };
}

function parentReferences(name: ImageName): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parentsOf(name)).map(([argument, parent]) => [argument, imageReference(parent)]),
  );
}

/** The build context: the files that the tag counts, and the downloads. On the cache's file system, so that links are possible. */
function stage(name: ImageName, downloaded: readonly Downloaded[], cache: string): string {
  mkdirSync(join(cache, 'contexts'), { recursive: true });
  const context = mkdtempSync(join(cache, 'contexts', `${name}-`));
  for (const file of contextFiles(join(imagesFolder, name))) {
    mkdirSync(dirname(join(context, file)), { recursive: true });
    copyFileSync(join(imagesFolder, name, file), join(context, file));
  }
  for (const { kind, folder } of downloaded) {
    const into = join(context, 'downloads', kind);
    mkdirSync(into, { recursive: true });
    for (const file of readdirSync(folder)) place(join(folder, file), join(into, file));
  }
  return context;
}

/** A hard link where the file system allows it: the context of one image is hundreds of megabytes. */
function place(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!existsSync(from)) throw error;
    copyFileSync(from, to);
  }
}
