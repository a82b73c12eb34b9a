'use strict';
// The command line as one JavaScript file, made again when one of its sources has changed: a command that only prints
// a setting spends most of its time on compiling and finding a hundred files otherwise.

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

module.exports = { compiled };

/**
 * The compiled program.
 *
 * @param root - of the checkout; the packages stay where they are
 * @param entry - the main file, relative to the root
 * @param folder - where compiled programs are kept
 * @returns undefined where nothing can be written: the program then runs from its sources
 */
async function compiled(root, entry, folder) {
  const index = path.join(folder, `${path.basename(path.dirname(entry))}.json`);
  const known = read(index);
  if (known !== undefined && known.node === process.version && isCurrent(root, known)) return known.file;
  const { outputs, sources } = await compile(root, entry);
  const file = path.join(folder, `${createHash('sha256').update(outputs.code).digest('hex').slice(0, 12)}.cjs`);
  try {
    fs.mkdirSync(folder, { recursive: true });
    write(`${file}.map`, outputs.map);
    write(file, `${outputs.code}//# sourceMappingURL=${path.basename(file)}.map\n`);
    write(index, JSON.stringify({ node: process.version, file, sources }));
  } catch (error) {
    if (!['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EEXIST', 'ENOTDIR'].includes(error.code)) throw error;
    return undefined;
  }
  for (const old of [known?.file, known?.file && `${known.file}.map`])
    if (old !== undefined && !old.startsWith(file)) fs.rmSync(old, { force: true });
  return file;
}

async function compile(root, entry) {
  const { build } = require('esbuild');
  const sources = {};
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: 'main.cjs',
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    packages: 'external',
    // Some of the sources are programs of their own as well: here none of them is.
    define: { 'require.main': 'undefined' },
    sourcemap: 'external',
    sourcesContent: false,
    sourceRoot: root,
    write: false,
    logLevel: 'silent',
    plugins: [ownPlace(root, sources)],
  });
  const [map, code] = ['.map', '.cjs'].map((end) => result.outputFiles.find((file) => file.path.endsWith(end)).text);
  return { outputs: { map, code }, sources };
}

/** Every source still knows its own folder; what was read is remembered. */
function ownPlace(root, sources) {
  return {
    name: 'own-place',
    setup(build) {
      build.onLoad({ filter: /\.(cjs|ts|tsx)$/ }, (file) => {
        sources[path.relative(root, file.path)] = stamp(file.path);
        const place = `const __dirname = ${JSON.stringify(path.dirname(file.path))};`;
        const contents = place + fs.readFileSync(file.path, 'utf8').replace(/^#!.*/, '');
        return { contents, loader: file.path.endsWith('.cjs') ? 'js' : path.extname(file.path).slice(1) };
      });
    },
  };
}

function isCurrent(root, { file, sources }) {
  return fs.existsSync(file) && Object.entries(sources).every(([name, then]) => stamp(path.join(root, name)) === then);
}

function stamp(file) {
  const found = fs.statSync(file, { throwIfNoEntry: false });
  return found && `${found.mtimeMs} ${found.size}`;
}

function read(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined; // never made, or half of it
  }
}

/** Another process that runs the old one, or reads this, sees the old content or the new one. */
function write(file, content) {
  fs.writeFileSync(`${file}.${process.pid}`, content);
  fs.renameSync(`${file}.${process.pid}`, file);
}
