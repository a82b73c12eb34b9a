import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEPLOYMENT_LABEL } from '../../constructs/platforms/docker/naming';
import { retryUntil } from '../../pipeline-code/common/retry';
import { declaredWorkloads } from '../../stacks/declared';
import { cassandraElsewhere } from '../../stacks/components';
import { ROOT } from '../../stacks/settings';
import { whileLocked } from '../../toolchain/cache';
import { seconds } from '../../toolchain/log';
import {
  generationOf,
  generationsFile,
  type MadeName,
  newValue,
  readGenerations,
  readSecret,
  replaceSecret,
  writeGeneration,
} from '../../toolchain/secrets';
import { setUp } from '../../toolchain/setup';
import { confirm } from '../confirm';
import { deploy } from '../deploy';
import { type DockerDeployment, services } from '../docker';
import { CommandError, wrongInput } from '../errors';
import { colours, say } from '../output';
import { troubled } from '../running';
import { credentials } from './credentials';
import { replacedBy } from './holders';
import { journalFile, readJournal, type Rotation, writeJournal } from './journal';

/** A server that was just started by `up`, or is being restarted by somebody else. */
const SERVER_SECONDS = 60;
/** Cassandra remembers a password that was right for two seconds. */
const VERIFY_SECONDS = 30;

export interface RotateOptions {
  readonly confirmed: boolean;
  /** Gives the next values to the programs. Without it, a deployment by hand does, and `up` sees to the rest. */
  readonly deploy: boolean;
}

/**
 * Gives secrets other values, with one deployment for all of them. Killed at any moment, it is finished by running it
 * again or by `up`.
 *
 * @returns whether programs are running with the new values
 */
export async function rotate(
  deployment: DockerDeployment,
  names: readonly MadeName[],
  { confirmed, deploy: deploys }: RotateOptions,
): Promise<boolean> {
  for (const name of names) readSecret(deployment.secretsFolder, name); // made at all
  refuseGiven(deployment, names);
  refuseOtherStacks(deployment);
  const running = await isDeployed(deployment);
  const open = readJournal(deployment);
  const fresh = names.filter((name) => !open.some(({ secret }) => secret === name));
  if (running) {
    if (open.length > 0) say(`the rotation of ${secretsOf(open)} was interrupted: it is finished now`);
    else await requireHealth(deployment);
    if (!deploys) refuseServers(fresh);
    announce(deployment, [...open, ...fresh.map((name) => begin(deployment, name))]);
  }
  if (!confirmed) await confirm(`Rotate ${listed(names)}?`, 'nothing was rotated', withYes(names));
  if (!running) {
    for (const name of names)
      await whileOneRotates(deployment, async () => commit(deployment, begin(deployment, name)));
    say(`nothing is deployed as "${deployment.settings.name}": the next deployment begins with the new values`);
    return false;
  }
  // What a deployment needs: a rotation that could not be deployed had better not begin.
  if (deploys)
    await setUp({ deployment: deployment.settings.name, cassandra: elsewhere(deployment), log: () => undefined });
  await whileOneRotates(deployment, async () => {
    const rotations = readJournal(deployment);
    const begun = fresh
      .filter((name) => !rotations.some(({ secret }) => secret === name))
      .map((name) => begin(deployment, name));
    writeJournal(deployment, [...rotations, ...begun]);
    if (begun.length > 0)
      done(
        `made ${secretsOf(begun)} anew; until the end the old value is kept in ${relative(ROOT, journalFile(deployment))}`,
      );
    await change(deployment);
  });
  if (!deploys) {
    say(
      '"npx cdktf diff local" shows what a deployment replaces now; "npm start" deploys it and finishes the rotation',
    );
    return false;
  }
  await deployAndFinish(deployment);
  return true;
}

/** For `up`, before it deploys: an interrupted rotation goes on, so that what it deploys fits together. */
export async function resumeRotation(deployment: DockerDeployment): Promise<void> {
  if (readJournal(deployment).length === 0) return;
  await whileOneRotates(deployment, async () => {
    const rotations = readJournal(deployment);
    if (rotations.length === 0) return;
    say(`the rotation of ${secretsOf(rotations)} was interrupted: it goes on`);
    const running = await Promise.all(rotations.map((one) => startServer(deployment, one)));
    // A server that is gone altogether is made by the deployment; it still knows what its data know.
    if (running.every(Boolean)) await change(deployment);
  });
}

/** For `up`, after it has deployed. */
export async function completeRotation(deployment: DockerDeployment): Promise<void> {
  const rotations = readJournal(deployment);
  if (rotations.length === 0) return;
  if (rotations.every(({ stage }) => stage === 'committed'))
    return whileOneRotates(deployment, () => finish(deployment));
  await whileOneRotates(deployment, () => change(deployment));
  await deployAndFinish(deployment);
}

async function deployAndFinish(deployment: DockerDeployment): Promise<void> {
  const before = new Map((await services(deployment)).map(({ workload, id }) => [workload, id]));
  try {
    const { began } = await deploy(deployment);
    const after = await services(deployment);
    const replaced = after.filter(({ workload, id }) => before.get(workload) !== id).map(({ workload }) => workload);
    const kept = after.length - replaced.length;
    done(
      `deployed in ${seconds(Date.now() - began)}: replaced ${replaced.sort().join(', ') || 'nothing'}; ` +
        `the other ${kept} were left alone`,
    );
    await whileOneRotates(deployment, () => finish(deployment));
  } catch (error) {
    const secrets = secretsOf(readJournal(deployment));
    throw new CommandError(
      `the rotation of ${secrets} is not finished, and both values are kept. Run the same command again, or "npm start"`,
      undefined,
      { cause: error },
    );
  }
}

function elsewhere({ settings }: DockerDeployment) {
  return cassandraElsewhere(settings.components, ROOT);
}

/** A password that somebody else has made is not ours to change. */
function refuseGiven(deployment: DockerDeployment, names: readonly MadeName[]): void {
  const files = elsewhere(deployment)?.files ?? {};
  const given = names.filter((name) => files[name] !== undefined);
  if (given.length === 0) return;
  const where = given.map((name) => `${name} in ${files[name]}`).join(', ');
  throw wrongInput(
    `Cassandra is somebody else's, and the settings name files for its passwords (${where}): change the role there, then the file, then run "npm start"`,
  );
}

function begin(deployment: DockerDeployment, secret: MadeName): Rotation {
  const generation = generationOf(readGenerations(generations(deployment)), secret) + 1;
  const previous = readSecret(deployment.secretsFolder, secret);
  return { secret, previous, next: newValue(secret), generation, stage: 'begun' };
}

/** Tells the servers, then writes the files: whatever starts from here on starts with the next values. */
async function change(deployment: DockerDeployment): Promise<void> {
  const order = Object.keys(credentials);
  const begun = readJournal(deployment).filter(({ stage }) => stage === 'begun');
  for (const rotation of begun.sort((a, b) => order.indexOf(a.secret) - order.indexOf(b.secret))) {
    const { server } = credentials[rotation.secret];
    if (server) {
      await retryUntil(Date.now() + SERVER_SECONDS * 1000, () => server.change(deployment, rotation));
      done(`${server.workload} knows the new ${rotation.secret}`);
    }
    commit(deployment, rotation);
    writeJournal(
      deployment,
      readJournal(deployment).map((one) => (one.secret === rotation.secret ? { ...one, stage: 'committed' } : one)),
    );
    done(`${rotation.secret} is generation ${rotation.generation} now`);
  }
}

/** The generation last: until it is written no deployment takes the file for new, and this can be repeated. */
function commit(deployment: DockerDeployment, { secret, next, generation }: Rotation): void {
  replaceSecret(deployment.secretsFolder, secret, next, elsewhere(deployment));
  writeGeneration(generations(deployment), secret, generation);
}

/** Only when the new values have been seen to work, and the old ones to be worthless, are the old ones forgotten. */
async function finish(deployment: DockerDeployment): Promise<void> {
  for (const rotation of readJournal(deployment)) {
    const { accepts } = credentials[rotation.secret];
    await settles(`the new ${rotation.secret} is refused`, () => accepts(deployment, rotation.next));
    await settles(
      `the old ${rotation.secret} is still accepted`,
      async () => !(await accepts(deployment, rotation.previous)),
    );
    done(`the new ${rotation.secret} is accepted, the old one is refused`);
  }
  writeJournal(deployment, []);
}

async function settles(otherwise: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + VERIFY_SECONDS * 1000;
  for (;;) {
    try {
      if (await holds()) return;
      if (Date.now() > deadline) throw new CommandError(otherwise);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await sleep(500);
  }
}

/** @returns whether the server of a rotation that may not have reached it can be asked */
async function startServer({ docker, settings }: DockerDeployment, { secret, stage }: Rotation): Promise<boolean> {
  const { server } = credentials[secret];
  if (!server || stage === 'committed') return true;
  const container = docker.getContainer(`${settings.name}-${server.workload}`);
  try {
    const { State: state } = await container.inspect();
    if (!state.Running) await container.start();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

/** What will happen, for the one who is asked. */
function announce(deployment: DockerDeployment, rotations: readonly Rotation[]): void {
  const workloads = declaredWorkloads(deployment.settings);
  for (const { secret, generation } of rotations) {
    const named = (runs: 'forever' | 'once') =>
      replacedBy(workloads, secret)
        .filter((one) => one.runs === runs)
        .map(({ name }) => name)
        .join(', ');
    say(`${secret}, generation ${generation - 1} → ${generation}`);
    if (named('forever') !== '') say(`  restarts: ${named('forever')}`);
    if (named('once') !== '') say(`  runs again: ${named('once')}`);
    say(`  gap: ${credentials[secret].gap}`);
  }
}

function withYes(names: readonly MadeName[]): string {
  return `npm run secrets -- rotate ${names.join(' ')} --yes`;
}

function secretsOf(rotations: readonly Rotation[]): string {
  return listed(rotations.map(({ secret }) => secret));
}

function listed(names: readonly string[]): string {
  return names.length > 4 ? `${names.length} secrets` : names.join(', ');
}

function done(text: string): void {
  say(`${colours.green('✔')} ${text}`);
}

function generations({ settings }: DockerDeployment): string {
  return generationsFile(settings.name, ROOT);
}

function whileOneRotates<T>(deployment: DockerDeployment, work: () => Promise<T>): Promise<T> {
  return whileLocked(join(deployment.folder, '.rotating'), 'rotating a secret', say, work);
}

/** Anything of it: data that only the old password opens count, too. */
async function isDeployed({ docker, settings }: DockerDeployment): Promise<boolean> {
  const filters = { label: [`${DEPLOYMENT_LABEL}=${settings.name}`] };
  const [containers, { Volumes: volumes }] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listVolumes({ filters }),
  ]);
  return containers.length + (volumes ?? []).length > 0;
}

/** @throws before anything is changed: on a platform that is ill nobody could tell whether the rotation has worked */
async function requireHealth(deployment: DockerDeployment): Promise<void> {
  const trouble = await troubled(deployment);
  const { length } = await services(deployment);
  if (trouble.length === 0 && length > 0) return;
  const shown = trouble.length > 3 ? [...trouble.slice(0, 2), `${trouble.length - 2} more`] : trouble;
  throw new CommandError(
    `nothing was rotated, because the platform does not run as it should: ${shown.join('; ') || 'its containers are gone'}. ` +
      '"npm start" brings it up; then rotate',
  );
}

/** The stacks of a deployment share its secrets, and only Docker's servers are told of a new value. */
function refuseOtherStacks({ folder, settings }: DockerDeployment): void {
  const state = join(folder, 'k8s.tfstate');
  if (!existsSync(state)) return;
  const { resources = [] } = JSON.parse(readFileSync(state, 'utf8')) as { resources?: unknown[] };
  if (resources.length > 0)
    throw new CommandError(
      `the stack k8s of "${settings.name}" is deployed with the same secrets, and its servers would keep the old values: ` +
        'take it down first (npx cdktf destroy k8s), or deploy it under another name',
    );
}

/** A server that takes only the new value would leave its clients outside until somebody deploys. */
function refuseServers(names: readonly MadeName[]): void {
  const told = names.filter((name) => credentials[name].server);
  if (told.length > 0)
    throw new CommandError(
      `--no-deploy cannot be had for ${told.join(', ')}: the server changes at once, and its clients must follow`,
    );
}
