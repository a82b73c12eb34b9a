import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import type { Program } from '../../constructs/images';
import { cacheFolder } from '../cache';
import { imageReference } from '../images/reference';

const ROOT = resolve(__dirname, '../..');

export interface ProgramBundle {
  /** Build context: `main.js` and `Dockerfile`. */
  readonly folder: string;
  /** Hash of what is in the folder, 12 hexadecimal digits. */
  readonly hash: string;
  /** Images that the Dockerfile builds on. */
  readonly buildArgs: Readonly<Record<string, string>>;
}

/**
 * Bundles a program under `pipeline-code/` into one file, with the modules of the lock file that it uses. The folder is
 * named by its content: editing a program changes this program's image and no other; editing what two programs share
 * changes both.
 */
export function bundleProgram(program: Program): ProgramBundle {
  const known = bundles.get(program);
  if (known) return known;
  const made = makeBundle(program);
  bundles.set(program, made);
  return made;
}

/** Name and tag of the image of a program: a pure function of its sources. */
export function programReference(program: Program): string {
  return `streaming-platform/${program}:${bundleProgram(program).hash}`;
}

/** Both stacks ask for the same programs in one synth. */
const bundles = new Map<Program, ProgramBundle>();

function makeBundle(program: Program): ProgramBundle {
  const source = join(ROOT, 'pipeline-code', program);
  const { outputFiles } = buildSync({
    entryPoints: [join(source, 'main.ts')],
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.css': 'text' },
    // Without white space there are no comments with paths of this checkout: the same sources give the same bytes anywhere.
    minifyWhitespace: true,
    // Node shows the line of an error before its message: with all in one line the engine's log loses the message.
    lineLimit: 160,
    keepNames: true,
    preserveSymlinks: true,
    legalComments: 'none',
    logLevel: 'error',
    write: false,
  });
  const own = join(source, 'Dockerfile');
  const dockerfile = readFileSync(existsSync(own) ? own : join(ROOT, 'pipeline-code', 'Dockerfile'));
  const main = outputFiles[0]!.contents;
  const hash = createHash('sha256').update(dockerfile).update(main).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), 'programs', `${program}-${hash}`);
  if (!existsSync(folder)) {
    const partial = `${folder}.${process.pid}`;
    mkdirSync(partial, { recursive: true });
    writeFileSync(join(partial, 'main.js'), main);
    writeFileSync(join(partial, 'Dockerfile'), dockerfile);
    publish(partial, folder);
  }
  const images = { NODE: imageReference('node'), SPARK: imageReference('spark') };
  const buildArgs = Object.fromEntries(Object.entries(images).filter(([arg]) => dockerfile.includes(`ARG ${arg}`)));
  return { folder, hash, buildArgs };
}

/** A rename is atomic; where another process was faster its folder has the same content. */
function publish(partial: string, folder: string): void {
  try {
    renameSync(partial, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(partial, { recursive: true });
  }
}
