import { statSync } from 'node:fs';
import { join } from 'node:path';
import { declaredWorkloads } from '../../stacks/declared';
import { deploymentFolder, ROOT, type Settings } from '../../stacks/settings';
import { followsFrom, generationOf, generationsFile, readGenerations, secretNames } from '../../toolchain/secrets';
import { json, say, table } from '../output';
import { holdersOf } from './holders';

/** What may be known of a secret by everybody. */
export interface ListedSecret {
  readonly name: string;
  /** The secret that it is derived from; null for one that was made. */
  readonly follows: string | null;
  /** 1 for the first value; one more with each rotation. */
  readonly generation: number;
  /** When this value was made; null where the set-up has not run yet. */
  readonly madeAt: string | null;
  /** Workloads that are given it. */
  readonly usedBy: readonly string[];
}

export function listedSecrets(settings: Settings): ListedSecret[] {
  const workloads = declaredWorkloads(settings);
  const generations = readGenerations(generationsFile(settings.name, ROOT));
  return secretNames.map((name) => ({
    name,
    follows: followsFrom(name) ?? null,
    generation: generationOf(generations, name),
    madeAt: madeAt(join(deploymentFolder(settings), 'secrets', name)),
    usedBy: holdersOf(workloads, name).map((workload) => workload.name),
  }));
}

export function listSecrets(settings: Settings, asJson: boolean): void {
  const secrets = listedSecrets(settings);
  if (asJson) return json({ deployment: settings.name, secrets });
  const rows = secrets.map(({ name, follows, generation, madeAt: made, usedBy }) => [
    name,
    String(generation),
    made === null ? 'not made yet' : age(Date.now() - Date.parse(made)),
    [...usedBy, ...(follows === null ? [] : [`(follows from ${follows})`])].join(', '),
  ]);
  say(table(['secret', 'generation', 'age', 'used by'], rows));
  say('\n"npx streaming secrets show NAME" prints a value, "npx streaming secrets rotate NAME" makes another one');
  if (secrets.some((secret) => secret.madeAt === null)) say('Those that are not made yet are made by "npm run setup"');
}

function madeAt(file: string): string | null {
  return statSync(file, { throwIfNoEntry: false })?.mtime.toISOString() ?? null;
}

function age(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}
