import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { cacheFolder, publish } from './cache';
import { buildKey, type GoBuild, goBuild, isAtLeast } from './go';
import type { Log } from './log';
import { run } from './run';
import { findAll } from './system';

const oldest = { terraform: '1.5', tofu: '1.8' } as const;

const build: GoBuild = {
  module: 'opentofu',
  package: 'github.com/opentofu/opentofu/cmd/tofu',
  ldflags: '-s -w -X github.com/opentofu/opentofu/version.dev=no',
};

export interface Terraform {
  readonly path: string;
  readonly product: keyof typeof oldest;
  readonly version: string;
}

/** Decides which Terraform or OpenTofu is used, and builds OpenTofu where there is none. */
export async function terraform(
  log: Log,
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ readonly value: Terraform; readonly because: string }> {
  const named = env['TERRAFORM_BINARY_NAME'];
  if (named !== undefined && named !== '') {
    const path = isAbsolute(named) ? named : findAll(named, env['PATH'])[0];
    const value = path === undefined ? undefined : await inspect(path);
    if (value === undefined) {
      throw new Error(
        `TERRAFORM_BINARY_NAME is "${named}", which is no Terraform or OpenTofu on PATH: correct or unset it`,
      );
    }
    if (!isUsable(value)) throw new Error(`TERRAFORM_BINARY_NAME is ${tooOld(value)}: name a newer one or unset it`);
    return { value, because: `${described(value)} because TERRAFORM_BINARY_NAME names it` };
  }

  for (const command of ['terraform', 'tofu']) {
    for (const path of findAll(command, env['PATH']).filter((found) => !isOurs(found))) {
      const value = await inspect(path);
      if (value === undefined) continue;
      if (isUsable(value)) return { value, because: `${described(value)} because it is on PATH` };
      log(`terraform: ${tooOld(value)} and is not used`);
    }
  }

  const folder = join(cacheFolder(), `opentofu-${buildKey(build)}`);
  const path = join(folder, 'tofu');
  const kept = existsSync(folder);
  if (!kept) {
    log('terraform: OpenTofu is built from source, because PATH has no terraform >= 1.5 and no tofu >= 1.8');
    await publish(folder, (half) => goBuild(build, join(half, 'tofu'), log), { log });
  }
  const value = await inspect(path);
  if (value === undefined) throw new Error(`${path} does not run: remove ${folder} and run "npm run setup" again`);
  return { value, because: `${described(value)} from the cache, because PATH has none${kept ? '' : ' (built now)'}` };
}

/** What a program says it is; undefined where it is neither of the two or does not run. */
async function inspect(path: string): Promise<Terraform | undefined> {
  // Neither the user's configuration nor the look for newer versions belongs to this question.
  const env = { CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: undefined, TF_CLI_ARGS: undefined };
  return parseVersion(path, (await run(path, ['version'], { env, timeoutSeconds: 20 })).stdout);
}

export function parseVersion(path: string, output: string): Terraform | undefined {
  const [, name, version] = /^(Terraform|OpenTofu) v(\d+\.\d+\.\d+)/m.exec(output) ?? [];
  if (name === undefined || version === undefined) return undefined;
  return { path, product: name === 'Terraform' ? 'terraform' : 'tofu', version };
}

export function isUsable({ product, version }: Terraform): boolean {
  return isAtLeast(version, oldest[product]);
}

/** The shim of this project, also where somebody linked it to another place. */
function isOurs(path: string): boolean {
  return dirname(realpathSync(path)) === join(__dirname, 'terraform-shim');
}

function described({ path, product, version }: Terraform): string {
  return `${product === 'tofu' ? 'OpenTofu' : 'Terraform'} ${version} at ${path}`;
}

function tooOld(found: Terraform): string {
  return `${described(found)}, which is older than ${oldest[found.product]}`;
}
