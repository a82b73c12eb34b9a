#!/usr/bin/env node
'use strict';
// The first file of every command: plain JavaScript without dependencies. It checks Node, installs the locked
// dependencies if they are missing or others, and hands over to TypeScript in this same process, so that signals,
// the terminal and the exit code need no passing on.

const { spawn } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { lock } = require('./terraform-shim/process.cjs');

const root = path.resolve(__dirname, '..');
const stamp = path.join(root, 'node_modules', '.streaming-platform-lock');

/** What runs a command; everything else belongs to the command line of the project. */
const programs = {
  test: 'test/run.ts',
  unit: 'node_modules/jest/bin/jest.js',
};

module.exports = { nodeProblem, locked };

if (require.main === module) {
  main(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
}

async function main([command = 'up', ...args]) {
  const problem = nodeProblem(process.versions.node);
  if (problem !== undefined) throw new Error(problem);
  // Where the person is, for the files that a command is given: npm changes the folder itself and says where it was.
  const here = process.cwd();
  process.env.STREAMING_CALLED_FROM = (here === root && process.env.INIT_CWD) || here;
  process.chdir(root); // Terraform's state and the settings are found from here
  await dependencies();

  const program = programs[command];
  if (program === undefined) await commandLine([command, ...args]);
  else await sources(program, args);
}

/** The command line, compiled: it answers in half of the time. */
async function commandLine(args) {
  const folder = path.join(root, 'node_modules', '.cache', 'streaming-cli');
  const { compiled } = require('./compile.cjs');
  const file = await compiled(root, 'cli/main.ts', folder);
  if (file === undefined) return sources('cli/main.ts', args);
  Module.enableCompileCache?.(path.join(folder, 'v8')); // Node 22
  if (process.env.DEBUG) process.setSourceMapsEnabled(true);
  runMain(file, args);
}

async function sources(file, args) {
  await import('tsx');
  runMain(path.join(root, file), args);
}

function runMain(file, args) {
  process.argv = [process.argv[0], file, ...args];
  Module.runMain();
}

function nodeProblem(version) {
  const [major, minor] = version.split('.').map(Number);
  if (major === 22 || (major === 20 && minor >= 19)) return undefined;
  return (
    `Node ${version} cannot run this project: it needs Node 22, or Node 20 from 20.19 on, because the terminal library of ` +
    'cdktf has no ready-made binary for others. Install one (for example "nvm install 22" or "fnm use --install-if-missing 22"), ' +
    'then run this command again.'
  );
}

/** What the installed dependencies were made from. */
function locked(folder) {
  const hash = createHash('sha256');
  for (const name of ['package.json', 'package-lock.json'])
    hash.update(fs.readFileSync(path.join(folder, name))).update('\0');
  // The terminal library of cdktf is a binary that fits one version of Node only.
  return hash.update(process.versions.modules).digest('hex');
}

/** What it says goes to the error output: the other belongs to the command, which may be a document for a script. */
async function dependencies() {
  const wanted = locked(root);
  if (installed() === wanted) return;
  const held = await lock(path.join(root, '.deployments', '.install'), 'installing', ({ owners }) =>
    console.error(`dependencies: waiting for process ${owners[0]?.pid}, which is installing them`),
  );
  try {
    const found = installed();
    if (found === wanted) return;
    const why = found === undefined ? 'they are missing or incomplete' : 'they differ from the lock';
    console.error(`dependencies: running npm ci, because ${why}`);
    const started = Date.now();
    await install(held);
    fs.writeFileSync(stamp, wanted);
    console.error(`dependencies: installed (${Math.round((Date.now() - started) / 1000)} s)`);
  } finally {
    held.release(true);
  }
}

/** npm holds the lock as well: if this process is killed, it goes on, and two of them would ruin each other's work. */
async function install(held) {
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, stdio: ['inherit', 2, 2] });
  if (npm.pid !== undefined) held.add(npm.pid);
  const status = await new Promise((resolve, reject) => {
    npm.on('error', (error) => reject(new Error(`npm does not run (${error.message}): install it together with Node`)));
    npm.on('exit', resolve);
  });
  if (status !== 0) throw new Error('npm ci failed; its own message is above');
}

/** Written only after a complete installation; npm ci removes it together with the folder. */
function installed() {
  try {
    return fs.readFileSync(stamp, 'utf8');
  } catch {
    return undefined;
  }
}
