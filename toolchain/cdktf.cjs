#!/usr/bin/env node
'use strict';
// What `npx cdktf` runs in this project (toolchain/link-bin.cjs puts it into place): the real program, with what
// would have to be exported otherwise.

const Module = require('node:module');
const path = require('node:path');

// No usage reports and no look for newer versions: without network each is an error message, and both take time.
process.env.CHECKPOINT_DISABLE ??= '1';
process.env.DISABLE_VERSION_CHECK ??= '1';
// The shim, also where PATH does not have it; it honours the user's own choice.
if (process.env.TERRAFORM_BINARY_NAME) process.env.STREAMING_PLATFORM_TERRAFORM = process.env.TERRAFORM_BINARY_NAME;
process.env.TERRAFORM_BINARY_NAME = path.join(__dirname, 'terraform-shim', 'terraform.cjs');
// In a log file every picture of the spinner would be lines of its own.
if (!process.stdout.isTTY) process.env.CI ??= 'true';

// As the main program: it finds its own version and help beside it.
process.argv[1] = require.resolve('cdktf-cli/bundle/bin/cdktf');
Module.runMain();
