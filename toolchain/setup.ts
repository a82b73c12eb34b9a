import { join, resolve } from 'node:path';
import { LEFT_OUT } from '../constructs/platforms/kubernetes/left-out';
import { cacheFolder, whileLocked, writeAtomically } from './cache';
import { engine } from './engine';
import { buildImages } from './images/build';
import { type Log, print, seconds, timed } from './log';
import { builtMirror, cliConfigFile, provider, type ProviderName } from './provider';
import { buildPrograms } from './programs/build';
import {
  type CassandraElsewhere,
  ensureSecrets,
  generationOf,
  generationsFile,
  type MadeName,
  readGenerations,
  secretsFolder,
  writeGeneration,
} from './secrets';
import { terraform } from './terraform';
import { decisions, decisionsFile } from './terraform-shim/decisions.cjs';

const root = resolve(__dirname, '..');

export interface SetUpOptions {
  /** Name of the deployment whose secrets are made. @default - only the machine is set up */
  readonly deployment?: string;
  /** Where its Cassandra is. @default - in the deployment itself */
  readonly cassandra?: CassandraElsewhere;
  /** Where it will be deployed: each platform has a provider of its own. @default local */
  readonly stack?: 'local' | 'k8s';
  /** Whether a component of the `k8s` stack comes from a chart. @default false */
  readonly charts?: boolean;
  /** @default - one printed line per decision */
  readonly log?: Log;
}

/** Everything that the machine needs before `cdktf deploy`. Safe to repeat; a second run takes a moment. */
export async function setUp(options: SetUpOptions = {}): Promise<void> {
  const log = options.log ?? print;
  const started = Date.now();
  const { host } = await timed(log, 'engine', () => engine(log));
  if (host !== undefined) process.env['DOCKER_HOST'] = host; // the steps below and the deployment ask the same engine
  const { path, product } = await timed(log, 'terraform', () => terraform(log));
  const decide = (name: ProviderName) => timed(log, 'provider', () => provider(name, product, log));
  const docker = await decide('docker');
  const earlier = decisions().kubernetesProvider;
  const kubernetes =
    options.stack === 'k8s'
      ? await decide('kubernetes')
      : earlier === 'stand-in'
        ? builtMirror('kubernetes')
        : undefined;
  if (options.stack === 'k8s' && kubernetes !== undefined) log(`provider: left out with it: ${LEFT_OUT.join(', ')}`);
  // The same registry has both, or neither.
  const helm = options.charts ? await decide('helm') : kubernetes && builtMirror('helm');
  const decided = {
    terraform: path,
    cliConfigFile: cliConfigFile([docker, kubernetes, helm].filter((mirror) => mirror !== undefined)),
    dockerHost: host,
    pluginCache: join(cacheFolder(), 'plugins'),
    kubernetesProvider: kubernetes === undefined ? (options.stack === 'k8s' ? 'hashicorp' : earlier) : 'stand-in',
  };
  writeAtomically(decisionsFile, `${JSON.stringify(decided, undefined, 2)}\n`);
  await images(log, options.stack === 'k8s');
  if (options.deployment !== undefined) {
    const folder = secretsFolder(options.deployment, root);
    const changed = new Set<MadeName>();
    const fresh = ensureSecrets(folder, options.cassandra, (name) => changed.add(name));
    const file = generationsFile(options.deployment, root);
    for (const name of changed) writeGeneration(file, name, generationOf(readGenerations(file), name) + 1);
    const because = secretsMade(fresh, folder);
    await timed(log, 'secrets', async () => ({ value: undefined, because }));
  }
  log(`set-up: done in ${seconds(Date.now() - started)}`);
}

/** A deployment to Docker builds the programs by itself; on a cluster their images must be there before. */
async function images(log: Log, programs: boolean): Promise<void> {
  await whileLocked(join(cacheFolder(), 'images.lock'), 'building the images', log, async () => {
    await buildImages({ log });
    if (programs) await buildPrograms(log);
  });
}

function secretsMade(fresh: readonly string[], folder: string): string {
  if (fresh.length === 0) return `all in ${folder}, and kept`;
  return `made ${fresh.join(', ')} in ${folder}, because ${fresh.length === 1 ? 'it was' : 'they were'} missing or out of date`;
}
