import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend, TerraformStack, Testing } from 'cdktf';
import { KubernetesStack } from '../stacks/k8s';
import { LocalStack } from '../stacks/local';
import { resolveSettings, type SettingsInput } from '../stacks/settings';

/* The synthesised JSON has hundreds of shapes; tests look at what they name. */
export type Json = any;

export interface Synthesised {
  readonly resource: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly [part: string]: Json;
}

export const stacks = { local: LocalStack, k8s: KubernetesStack } as const;
export type StackName = keyof typeof stacks;

/** What `cdktf synth` writes for a stack, with sorted keys; needs no engine, no cluster and no network. */
export function synthesise(
  name: StackName,
  settings: SettingsInput = {},
  context: Readonly<Record<string, string>> = {},
): Synthesised {
  // Program bundles go into the cache of whoever runs this; a test leaves nothing there.
  process.env['XDG_CACHE_HOME'] ??= mkdtempSync(join(tmpdir(), 'synth-cache-'));
  const app = Testing.app({ fakeCdktfJsonPath: true, context });
  // Of a deployment whose secrets were never rotated, whatever was done in this checkout.
  const stack = new stacks[name](app, name, resolveSettings(settings), {});
  return JSON.parse(Testing.synth(stack, true)) as Synthesised;
}

/** What cdktf would write for a stack that only a test has, with its state in the folder of the stack. */
export function synthesiseOwn(id: string, declare: (stack: TerraformStack) => void): string {
  const stack = new TerraformStack(Testing.app({ fakeCdktfJsonPath: true }), id);
  new LocalBackend(stack, { path: 'terraform.tfstate' });
  declare(stack);
  return Testing.synth(stack);
}
