'use strict';
// What the set-up decided (toolchain/setup.ts writes it), and how the real Terraform is told.

const fs = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..', '..');
/** In the checkout and not in the user's cache: another cache folder must not hide the decisions. */
const decisionsFile = path.join(root, 'node_modules', '.cache', 'streaming-platform', 'toolchain.json');

function decisions() {
  try {
    return JSON.parse(fs.readFileSync(decisionsFile, 'utf8'));
  } catch {
    return {};
  }
}

function realBinary(env = process.env, decided = decisions()) {
  // Under npx cdktf, TERRAFORM_BINARY_NAME is the shim itself and the user's own value is kept beside it.
  const named = env.STREAMING_PLATFORM_TERRAFORM ?? env.TERRAFORM_BINARY_NAME;
  const candidates = [
    ...(named ? (path.isAbsolute(named) ? [named] : onPath(named, env.PATH)) : []),
    ...(decided.terraform === undefined ? [] : [decided.terraform]),
    ...onPath('terraform', env.PATH),
    ...onPath('tofu', env.PATH),
  ];
  const found = candidates.find((file) => isProgram(file) && !isThis(file));
  if (found === undefined) throw new Error('no Terraform or OpenTofu is set up yet: run "npm run setup"');
  return found;
}

function onPath(name, searched = '') {
  return searched
    .split(path.delimiter)
    .filter((folder) => folder !== '' && !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder))
    .map((folder) => path.join(folder, name));
}

function isProgram(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** This very program under another name or link: running it would never end. */
function isThis(file) {
  return path.dirname(fs.realpathSync(file)) === __dirname;
}

/** Wide, because refreshing a Docker network takes two seconds; patient, because another run may hold the state. */
const always = '-parallelism=30 -lock-timeout=20m';

/** Each deployment has its own state: after another name was chosen, the state before it is not asked about and not moved. */
const init = '-reconfigure';

function environment(env, decided = decisions()) {
  const told = { ...env, CHECKPOINT_DISABLE: '1' };
  for (const command of ['plan', 'apply', 'destroy']) {
    const name = `TF_CLI_ARGS_${command}`;
    told[name] = env[name] ? `${always} ${env[name]}` : always;
  }
  told.TF_CLI_ARGS_init = env.TF_CLI_ARGS_init ? `${init} ${env.TF_CLI_ARGS_init}` : init;
  if (decided.dockerHost !== undefined && !env.DOCKER_HOST) told.DOCKER_HOST = decided.dockerHost;
  if (decided.cliConfigFile !== undefined) {
    if (!fs.existsSync(decided.cliConfigFile)) {
      throw new Error(`the provider mirror ${path.dirname(decided.cliConfigFile)} is gone: run "npm run setup"`);
    }
    told.TF_CLI_CONFIG_FILE = decided.cliConfigFile;
  } else {
    // A name without a file is a warning at every call.
    if (env.TF_CLI_CONFIG_FILE && !fs.existsSync(env.TF_CLI_CONFIG_FILE)) delete told.TF_CLI_CONFIG_FILE;
    // cdktf clears its output folder at every synth: without a cache each plan would download the provider again.
    if (decided.pluginCache !== undefined && !env.TF_PLUGIN_CACHE_DIR) {
      fs.mkdirSync(decided.pluginCache, { recursive: true });
      told.TF_PLUGIN_CACHE_DIR = decided.pluginCache;
      told.TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE = '1';
    }
  }
  return told;
}

module.exports = { decisionsFile, decisions, realBinary, environment };
