'use strict';
// A run that was killed may have made containers and networks that its state does not know. Their names are taken, so
// the next run would fail. Volumes stay: they hold data, and a second run takes them over by name.
// It may also have stopped while it waited for a container that the state knows already. Terraform takes that one for
// done, so it is made anew unless it is well: else nobody would wait for it, or see why it fails.

const Docker = require('dockerode');
const { idsInState } = require('./stack.cjs');

/** Longer than a broker needs for its controlled shutdown; what ignores the request is killed after it. */
const STOP_SECONDS = 10;
const label = 'io.streaming-platform.deployment';

async function clearOrphans({ deployment, state }, interrupted, say, docker = new Docker()) {
  const known = idsInState(state);
  const filters = { label: [`${label}=${deployment}`] };
  const isOurs = (object) => object.Labels?.[label] === deployment;

  const containers = (await docker.listContainers({ all: true, filters })).filter(isOurs);
  await Promise.all(
    containers.map(async ({ Id, Names }) => {
      const container = docker.getContainer(Id);
      const why = known.has(Id) ? interrupted && (await unfinished(container)) : 'the state does not know it';
      if (!why) return;
      // A killed broker leaves its session in ZooKeeper, and the next one with its number stops when it finds it.
      await stop(container);
      await remove(container, { force: true, v: false });
      say(`removed container ${Names[0]?.slice(1) ?? Id} of an interrupted run, because ${why}`);
    }),
  );

  const networks = (await docker.listNetworks({ filters })).filter(
    (network) => isOurs(network) && !known.has(network.Id),
  );
  await Promise.all(
    networks.map(async ({ Id, Name }) => {
      const network = docker.getNetwork(Id);
      const { Containers } = await network.inspect();
      for (const Container of Object.keys(Containers ?? {})) await network.disconnect({ Container, Force: true });
      await remove(network);
      say(`removed network ${Name} of an interrupted run, because the state does not know it`);
    }),
  );
}

/** Why a container cannot be taken for deployed; undefined if it can. */
async function unfinished(container) {
  const { State } = await container.inspect();
  if (State.Health !== undefined && State.Health.Status !== 'healthy')
    return `it was ${State.Health.Status}, not healthy`;
  if (State.Status === 'exited' && State.ExitCode !== 0) return `it had ended with exit code ${State.ExitCode}`;
  return undefined;
}

async function stop(container) {
  try {
    await container.stop({ t: STOP_SECONDS });
  } catch (error) {
    if (error.statusCode !== 304 && error.statusCode !== 404) throw error; // 304: does not run
  }
}

/** Removes an object and waits until it is gone: the engine says "in progress" while another removal is under way. */
async function remove(object, options) {
  for (let tries = 0; ; tries += 1) {
    try {
      await object.remove(options);
      return;
    } catch (error) {
      if (error.statusCode === 404) return;
      if (error.statusCode !== 409 || tries >= 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

module.exports = { clearOrphans, label };
