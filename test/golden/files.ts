import { join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { type StackName, stacks, synthesise } from '../synth';
import { normalise } from './normalise';

/**
 * Golden files, reviewed with the change that causes them: what each stack synthesises with the default settings, and how
 * the `production` profile differs from `standard` on a cluster.
 */
export const goldenNames = [...(Object.keys(stacks) as StackName[]), 'production'] as const;
export type GoldenName = (typeof goldenNames)[number];

export function goldenFile(name: GoldenName): string {
  return join(__dirname, name === 'production' ? 'production.diff' : `${name}.tf.json`);
}

export function goldenText(name: GoldenName): string {
  if (name !== 'production') return normalise(synthesise(name));
  const [standard, production] = (['standard', 'production'] as const).map((profile) =>
    normalise(synthesise('k8s', { profile })),
  ) as [string, string];
  return createTwoFilesPatch('standard', 'production', standard, production, '', '', { context: 2 });
}
