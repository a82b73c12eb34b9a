'use strict';
// Runs after every `npm ci` and `npm install`: `npx cdktf` is to find our own cdktf.cjs.

const fs = require('node:fs');
const path = require('node:path');

const bin = path.resolve(__dirname, '..', 'node_modules', '.bin', 'cdktf');

// Some npm commands run this without having installed anything.
if (!fs.existsSync(bin)) process.exit();
fs.rmSync(bin, { force: true });
fs.symlinkSync(path.relative(path.dirname(bin), path.join(__dirname, 'cdktf.cjs')), bin);
