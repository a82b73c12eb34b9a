import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../../toolchain/cache';
import { isSecret, type MadeName } from '../../toolchain/secrets';
import type { Deployment } from '../deployment';
import { wrongInput } from '../errors';

/** One secret on its way from one value to the next. Both are kept until the new one has been seen to work. */
export interface Rotation {
  readonly secret: MadeName;
  readonly previous: string;
  readonly next: string;
  /** Of the next value. */
  readonly generation: number;
  /**
   * `begun`: the file holds the previous value; the server that knows it may know either.
   * `committed`: server and file have the next value; a deployment gives it to the programs.
   */
  readonly stage: 'begun' | 'committed';
}

const schema = z.array(
  z.object({
    secret: z.string().refine(isSecret),
    previous: z.string().min(1),
    next: z.string().min(1),
    generation: z.int().min(2),
    stage: z.enum(['begun', 'committed']),
  }),
);

/** Beside the secrets, because it holds two values of one; its name is no secret's. */
export function journalFile({ secretsFolder }: Pick<Deployment, 'secretsFolder'>): string {
  return join(secretsFolder, '.rotation.json');
}

/** The rotations that were begun and not finished. */
export function readJournal(deployment: Pick<Deployment, 'secretsFolder'>): readonly Rotation[] {
  const file = journalFile(deployment);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const parsed = schema.safeParse(json(text));
  if (!parsed.success)
    throw wrongInput(
      `${file} cannot be used: it keeps the old and the new value of a secret whose rotation was interrupted, and was ` +
        'changed since. Put it back, or make sure that the service takes the value in the file of the secret, and remove it',
    );
  return parsed.data as Rotation[];
}

/** Written whole or not at all. None left: both values in the journal are no longer needed. */
export function writeJournal(deployment: Pick<Deployment, 'secretsFolder'>, rotations: readonly Rotation[]): void {
  const file = journalFile(deployment);
  if (rotations.length === 0) rmSync(file, { force: true });
  else writeAtomically(file, `${JSON.stringify(rotations, undefined, 2)}\n`, 0o600);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
