import { join } from 'node:path';
import { type StackName, stacks, synthesise } from '../synth';
import { normalise } from './normalise';

/** Golden files: what each stack synthesises with the default settings, reviewed with the change that causes it. */
export const goldenStacks = Object.keys(stacks) as StackName[];

export function goldenFile(stack: StackName): string {
  return join(__dirname, `${stack}.tf.json`);
}

export function goldenText(stack: StackName): string {
  return normalise(synthesise(stack));
}
