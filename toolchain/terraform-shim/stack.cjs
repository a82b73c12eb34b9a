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

/** Whether the stack in a folder is for a Kubernetes cluster. */
function isForCluster(folder) {
  const synthesised = read(path.join(folder, 'cdk.tf.json'));
  return synthesised !== undefined && JSON.parse(synthesised).provider?.kubernetes !== undefined;
}

/** The engine's ids of all containers and networks in a state; undefined where the file is there but cannot be read. */
function idsInState(file) {
  const text = read(file);
  if (text === undefined || text === '') return new Set();
  try {
    const ids = (JSON.parse(text).resources ?? [])
      .filter(({ type }) => type === 'docker_container' || type === 'docker_network')
      .flatMap(({ instances }) => instances ?? [])
      .map(({ attributes }) => attributes?.id);
    return new Set(ids);
  } catch {
    return undefined;
  }
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

module.exports = { readStack, isForCluster, idsInState };
