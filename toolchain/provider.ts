import { existsSync, linkSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, publish, writeAtomically } from './cache';
import { buildKey, type GoBuild, goBuild } from './go';
import type { Log } from './log';
import { answers } from './reach';

const version = '4.6.0';
const source = 'kreuzwerker/docker';
/** Where Terraform and OpenTofu say that a provider without a host name comes from. */
const registries = { terraform: 'registry.terraform.io', tofu: 'registry.opentofu.org' } as const;

const build: GoBuild = {
  module: 'docker-provider',
  package: 'github.com/terraform-providers/terraform-provider-docker',
  ldflags: `-s -w -X main.version=${version}`,
};

export interface Provider {
  /** The Terraform CLI configuration that names the mirror; undefined where the registry is used. */
  readonly cliConfigFile?: string;
}

/** Decides where the Docker provider comes from, and builds it where no registry answers. */
export async function provider(
  product: keyof typeof registries,
  log: Log,
): Promise<{ readonly value: Provider; readonly because: string }> {
  const mirror = join(cacheFolder(), `providers-${buildKey(build)}`);
  const mirrored = { cliConfigFile: join(mirror, 'terraform.rc') };
  if (existsSync(mirror)) {
    return {
      value: mirrored,
      because: `${source} ${version} from the mirror in the cache, because it was built before`,
    };
  }
  const registry = registries[product];
  if (await answers(`https://${registry}/v1/providers/${source}/versions`)) {
    return { value: {}, because: `${source} >= ${version} from ${registry}, because it answers` };
  }
  log(`provider: ${source} ${version} is built from source, because ${registry} does not answer`);
  await publish(mirror, (half) => layOut(half, mirror, log), { log });
  return { value: mirrored, because: `${source} ${version} was built into the mirror in the cache` };
}

async function layOut(half: string, mirror: string, log: Log): Promise<void> {
  const [first, ...others] = Object.values(registries).map((host) => join(half, fileInMirror(host)));
  if (first === undefined) return;
  await goBuild(build, first, log);
  for (const other of others) {
    mkdirSync(dirname(other), { recursive: true });
    linkSync(first, other);
  }
  writeAtomically(join(half, 'terraform.rc'), cliConfig(mirror));
}

export function fileInMirror(host: string, platform = process.platform, arch = process.arch): string {
  const os = platform === 'win32' ? 'windows' : platform;
  const cpu = arch === 'x64' ? 'amd64' : arch;
  const program = `terraform-provider-docker_v${version}${platform === 'win32' ? '.exe' : ''}`;
  return join(host, source, version, `${os}_${cpu}`, program);
}

/** Terraform's own configuration: this provider from the mirror, every other one as usual. */
export function cliConfig(mirror: string): string {
  const sources = Object.values(registries)
    .map((host) => JSON.stringify(`${host}/${source}`))
    .join(', ');
  return `provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(mirror)}
    include = [${sources}]
  }
  direct {
    exclude = [${sources}]
  }
}
`;
}
