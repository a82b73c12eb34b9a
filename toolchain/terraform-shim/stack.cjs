'use strict';
// What a synthesised stack says about itself, and which Docker objects its state knows.

const fs = require('node:fs');
const path = require('node:path');

/**
 * The state file and the deployment of the stack in a folder, and the program that has to agree before a change; undefined
 * where the state is not a local file. Only stacks on Docker name a deployment.
 */
function readStack(folder) {
  const synthesised = read(path.join(folder, 'cdk.tf.json'));
  if (synthesised === undefined) return undefined;
  const { terraform, locals } = JSON.parse(synthesised);
  const state = terraform?.backend?.local?.path;
  if (typeof state !== 'string') return undefined;
  const deployment = locals?.deployment;
  return {
    state: path.resolve(folder, state),
    deployment: typeof deployment === 'string' && deployment !== '' ? deployment : undefined,
    beforeApply: typeof locals?.before_apply === 'string' ? path.resolve(folder, locals.before_apply) : undefined,
  };
}

const CUT_OFF = 'a file that is broken or cut off';

/** Whether the stack in a folder is for a Kubernetes cluster. */
function isForCluster(folder) {
  const synthesised = read(path.join(folder, 'cdk.tf.json'));
  return synthesised !== undefined && JSON.parse(synthesised).provider?.kubernetes !== undefined;
}

/** The engine's ids of all containers and networks in a state that is whole, or not there. */
function idsInState(file) {
  const ids = (JSON.parse(read(file) ?? '{}').resources ?? [])
    .filter(({ type }) => type === 'docker_container' || type === 'docker_network')
    .flatMap(({ instances }) => instances ?? [])
    .map(({ attributes }) => attributes?.id);
  return new Set(ids);
}

/** Why Terraform could not read a state file; undefined where it is whole, or not there. */
function stateProblem(file) {
  let text;
  try {
    text = read(file);
  } catch (error) {
    return `a file that cannot be read (${error.code})`;
  }
  if (text === undefined) return undefined;
  try {
    const state = JSON.parse(text);
    if (state?.version === 4) return undefined;
    return typeof state?.version === 'number' ? `format ${state.version}` : 'a file that is no state';
  } catch {
    return CUT_OFF;
  }
}

/** What somebody can do about a state that Terraform could not read. */
function mendState(file) {
  return hasBackup(file)
    ? `take back the last good one: mv ${file}.backup ${file}`
    : `move it away: mv ${file} ${file}.broken`;
}

function hasBackup(file) {
  return fs.existsSync(`${file}.backup`) && stateProblem(`${file}.backup`) === undefined;
}

/**
 * Mends the state after a run that was killed while it wrote it: Terraform has the file empty before it writes it. The
 * state that it found when it began takes its place, or none: what that does not know is cleared like everything that a
 * killed run has left. Answers what was done; undefined where nothing was.
 * @see https://github.com/hashicorp/terraform/blob/v1.11.4/internal/states/statemgr/filesystem.go writeState
 */
function recoverState(file) {
  if (stateProblem(file) !== CUT_OFF) return undefined;
  fs.renameSync(file, `${file}.broken`);
  if (!hasBackup(file)) return `${file} was being written when the last run was killed: beginning a new one`;
  fs.copyFileSync(`${file}.backup`, `${file}.new`);
  fs.renameSync(`${file}.new`, file);
  return `${file} was being written when the last run was killed: took back the one before that run`;
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

module.exports = { readStack, isForCluster, idsInState, stateProblem, mendState, recoverState };
