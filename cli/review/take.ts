import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Docker from 'dockerode';
import { avroSchemaText, usersSubject } from '../../pipeline-code/contract';
import { outside } from '../../stacks/components';
import { deploymentFolder, loadSettings, ROOT, type Settings } from '../../stacks/settings';
import { contentKey, whileLocked } from '../../toolchain/cache';
import { run } from '../../toolchain/run';
import { decisions, environment, realBinary } from '../../toolchain/terraform-shim/decisions.cjs';
import { isAlive } from '../../toolchain/terraform-shim/process.cjs';
import { readStack } from '../../toolchain/terraform-shim/stack.cjs';
import { CommandError, wrongInput } from '../errors';
import { adapt } from './adapt';
import { compareContract } from './contract';
import type { ImageNames } from './docker';
import { type Json, type Plan, planOfCreation } from './plan';
import type { ContractChange, StackPlan } from './review';

/**
 * Beside `cdktf.out`, because the paths in a stack start three folders below the root, and not in it, because a running
 * `cdktf` works there.
 */
const OUTPUT = '.review';

export interface Taken {
  readonly plans: readonly StackPlan[];
  /** Values that no output may show. */
  readonly secrets: readonly string[];
}

/** Plans every stack, or one, from one synth. Reads only: no lock, no state and no resource is touched. */
export async function takePlans(only: string | undefined, say: (line: string) => void): Promise<Taken> {
  const settings = loadSettings();
  const output = join(ROOT, OUTPUT);
  return whileLocked(join(output, 'lock'), 'reviewing', say, async () => {
    const [stacks, images] = await Promise.all([synthesise(output), imagesOfEngine()]);
    const chosen = stacks.filter((stack) => only === undefined || stack === only);
    if (chosen.length === 0) throw wrongInput(`there is no stack "${only}"; allowed are ${stacks.join(', ')}`);
    const plans = await Promise.all(
      chosen.map((stack) => takePlan(stack, join(output, 'stacks', stack), settings, images)),
    );
    return { plans, secrets: secretsOf(settings) };
  });
}

/** The project's own synth, as cdktf calls it, into a folder of its own. Answers the names of the stacks. */
async function synthesise(output: string): Promise<string[]> {
  const stacks = join(output, 'stacks');
  // What Terraform has initialised stays: an `init` costs more than a second.
  for (const stack of existsSync(stacks) ? readdirSync(stacks) : []) {
    for (const entry of readdirSync(join(stacks, stack)).filter((name) => !name.startsWith('.terraform')))
      rmSync(join(stacks, stack, entry), { recursive: true });
  }
  const { app } = JSON.parse(readFileSync(join(ROOT, 'cdktf.json'), 'utf8')) as { app: string };
  const result = await run('sh', ['-c', app], { cwd: ROOT, env: { CDKTF_OUTDIR: output } });
  if (result.code !== 0) throw new CommandError(result.output.trim() || `"${app}" ended with code ${result.code}`);
  const manifest = JSON.parse(readFileSync(join(output, 'manifest.json'), 'utf8')) as {
    stacks: Record<string, unknown>;
  };
  return Object.keys(manifest.stacks);
}

/** Name by id of all images on the engine; undefined where none answers. */
async function imagesOfEngine(): Promise<ImageNames | undefined> {
  const { dockerHost } = decisions();
  if (dockerHost !== undefined) process.env['DOCKER_HOST'] ??= dockerHost;
  try {
    const images = await new Docker({ timeout: 10_000 }).listImages();
    return Object.fromEntries(images.flatMap(({ Id, RepoTags }) => (RepoTags?.[0] ? [[Id, RepoTags[0]]] : [])));
  } catch {
    return undefined;
  }
}

async function takePlan(
  stack: string,
  folder: string,
  settings: Settings,
  images: ImageNames | undefined,
): Promise<StackPlan> {
  const file = join(folder, 'cdk.tf.json');
  const synthesised: Json = JSON.parse(readFileSync(file, 'utf8'));
  const state = readStack(folder)?.state;
  if (state !== undefined && !existsSync(state)) {
    return { stack, plan: planOfCreation(synthesised), basis: 'nothing' };
  }
  const names = new Set(Object.values(images ?? {}));
  const adapted = adapt(synthesised, {
    hasImage: images && ((reference) => names.has(reference)),
    hasFile: (path) => existsSync(resolve(folder, path)),
  });
  writeFileSync(file, JSON.stringify(adapted.stack));
  const notes = [...underway(state), ...adapted.notes];
  const tried = await terraformPlan(folder);
  if ('failed' in tried) {
    // Docker is what everybody has; a cluster and its provider are not.
    const why = `this stack could not be planned, so what is deployed was not compared: ${tried.failed}`;
    if (stack === 'local') throw new CommandError(`${stack}: ${tried.failed}`);
    return { stack, plan: planOfCreation(synthesised), basis: 'unknown', notes: [...notes, why] };
  }
  const contract = await contractOf(tried.plan, settings);
  return {
    stack,
    plan: tried.plan,
    basis: tried.refreshed ? 'deployment' : 'state',
    images,
    notes: [...notes, ...(typeof contract === 'string' ? [contract] : [])],
    contract: typeof contract === 'string' ? undefined : contract,
  };
}

/** A deployment that is being changed right now is compared with what it was a moment ago. */
function underway(state: string | undefined): string[] {
  try {
    const { owners, about } = JSON.parse(readFileSync(`${state}.run`, 'utf8')) as {
      owners: { pid: number; start: string }[];
      about: string;
    };
    return owners.some(isAlive) ? [`a ${about} of this stack is under way: review it again when it has ended`] : [];
  } catch {
    return []; // nobody works on it
  }
}

async function terraformPlan(
  folder: string,
): Promise<{ readonly plan: Plan; readonly refreshed: boolean } | { readonly failed: string }> {
  const env = environment(process.env);
  const terraform = (...args: string[]) => run(realBinary(), args, { cwd: folder, env });
  const failed = (output: string) => ({ failed: errorOf(output) });

  const initialised = join(folder, '.terraform', 'initialised');
  const { terraform: settings } = JSON.parse(readFileSync(join(folder, 'cdk.tf.json'), 'utf8')) as Json;
  const key = contentKey(JSON.stringify(settings), realBinary(), env['TF_CLI_CONFIG_FILE'] ?? '');
  if (!existsSync(initialised) || readFileSync(initialised, 'utf8') !== key) {
    const init = await terraform('init', '-input=false', '-no-color');
    if (init.code !== 0) return failed(init.output);
    writeFileSync(initialised, key);
  }

  const file = join(folder, 'plan');
  const plan = (...args: string[]) =>
    terraform('plan', '-input=false', '-no-color', '-lock=false', `-out=${file}`, ...args);
  const umask = process.umask(0o077); // a plan holds what other users of the machine must not read
  try {
    let made = await plan();
    const refreshed = made.code === 0;
    if (!refreshed) {
      const why = made.output;
      made = await plan('-refresh=false');
      if (made.code !== 0) return failed(why);
    }
    const shown = await terraform('show', '-json', '-no-color', file);
    if (shown.code !== 0) return failed(shown.output);
    return { plan: JSON.parse(shown.stdout) as Plan, refreshed };
  } finally {
    process.umask(umask);
    rmSync(file, { force: true });
  }
}

/** Terraform's first error, without its frame. */
function errorOf(output: string): string {
  const lines = output.split('\n').map((line) => line.replace(/^[╷│╵]\s?/, '').trimEnd());
  const start = lines.findIndex((line) => line.startsWith('Error: '));
  const text = (start === -1 ? lines.slice(-5) : lines.slice(start, start + 8)).filter((line) => line !== '');
  return text.join(' ');
}

/** Asks the registry that runs which schema it has; a sentence where it does not answer. */
async function contractOf(plan: Plan, settings: Settings): Promise<ContractChange | string | undefined> {
  const migrates = (plan.resource_changes ?? []).some(
    ({ address, change }) => address === 'docker_image.migrate' && change.actions.includes('create') && change.before,
  );
  if (!migrates) return undefined;
  const registry = outside(settings.components).registryUrl ?? `http://localhost:${settings.ports.schemaRegistry}`;
  try {
    const answer = await fetch(`${registry}/subjects/${usersSubject}/versions/latest`, {
      signal: AbortSignal.timeout(3000),
    });
    if (answer.status === 404) return undefined;
    const { schema } = (await answer.json()) as { schema: string };
    return compareContract(schema, avroSchemaText);
  } catch {
    return `the Schema Registry at ${registry} does not answer: the contract was not compared with what is in the topic`;
  }
}

/** What is in the deployment's secrets, if they are here: no output may show it, whatever Terraform has marked. */
function secretsOf(settings: Settings): string[] {
  const folder = join(deploymentFolder(settings), 'secrets');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
}
