'use strict';
// Runs after every `npm ci` and `npm install`: `npx cdktf` is to find our own cdktf.cjs, and `npx streaming` the command
// line. A "bin" in package.json would not do: npx then installs the project into its own cache before every call.

const fs = require('node:fs');
const path = require('node:path');

const folder = path.resolve(__dirname, '..', 'node_modules', '.bin');
const programs = { cdktf: 'cdktf.cjs', streaming: 'first.cjs' };

// Some npm commands run this without having installed anything.
if (!fs.existsSync(path.join(folder, 'cdktf'))) process.exit();
for (const [name, file] of Object.entries(programs)) {
  const bin = path.join(folder, name);
  fs.rmSync(bin, { force: true });
  fs.symlinkSync(path.relative(folder, path.join(__dirname, file)), bin);
}
