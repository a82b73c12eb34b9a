import { existsSync, linkSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, contentKey, publish, writeAtomically } from './cache';
import { buildKey, type GoBuild, goBuild } from './go';
import type { Log } from './log';
import { answers } from './reach';

/** Where Terraform and OpenTofu say that a provider without a host name comes from. */
const registries = { terraform: 'registry.terraform.io', tofu: 'registry.opentofu.org' } as const;

interface Source {
  readonly source: string;
  /** What is built where no registry answers. */
  readonly version: string;
  readonly build: GoBuild;
  /** What is asked of a registry, where it has a better one than can be built. @default - the same or a newer one */
  readonly inRegistry?: string;
}

const sources = {
  docker: {
    source: 'kreuzwerker/docker',
    version: '4.6.0',
    build: {
      module: 'docker-provider',
      package: 'github.com/terraform-providers/terraform-provider-docker',
      ldflags: '-s -w -X main.version=4.6.0',
    },
  },
  kubernetes: {
    source: 'hashicorp/kubernetes',
    version: '1.13.4',
    inRegistry: 'as new as the bindings of this project',
    build: { module: 'kubernetes-provider', package: '.', ldflags: '-s -w' },
  },
  helm: {
    source: 'hashicorp/helm',
    version: '1.3.2',
    inRegistry: 'of the newest line that the stack can use',
    build: { module: 'helm-provider', package: '.', ldflags: '-s -w' },
  },
} as const satisfies Record<string, Source>;

export type ProviderName = keyof typeof sources;

/** A folder that Terraform takes a provider from in place of a registry. */
export interface Mirror {
  readonly source: string;
  readonly folder: string;
}

/** Decides where a provider comes from, and builds it where no registry answers. No mirror: from the registry. */
export async function provider(
  name: ProviderName,
  product: keyof typeof registries,
  log: Log,
): Promise<{ readonly value: Mirror | undefined; readonly because: string }> {
  const { source, version, inRegistry }: Source = sources[name];
  const mirror = mirrorOf(name);
  const isBuilt = existsSync(mirror.folder);
  // A stand-in is used only where it has to be; the others are as good as the registry's, and asking takes time.
  if (!(isBuilt && inRegistry === undefined)) {
    const registry = registries[product];
    if (await answers(`https://${registry}/v1/providers/${source}/versions`)) {
      const because = `${source} ${inRegistry ?? `>= ${version}`} from ${registry}, because it answers`;
      return { value: undefined, because };
    }
    if (!isBuilt) {
      log(`provider: ${source} ${version} is built from source, because ${registry} does not answer`);
      await publish(mirror.folder, (half) => layOut(half, name, log), { log });
    }
  }
  const what = `${source} ${version}${inRegistry === undefined ? '' : ', the last one that is a Go module,'}`;
  const because = isBuilt
    ? 'from the mirror in the cache, because it was built before'
    : 'was built into the mirror in the cache';
  return { value: mirror, because: `${what} ${because}` };
}

/** The mirror that an earlier run built; undefined where the registry is used, or nothing was decided yet. */
export function builtMirror(name: ProviderName): Mirror | undefined {
  const mirror = mirrorOf(name);
  return existsSync(mirror.folder) ? mirror : undefined;
}

function mirrorOf(name: ProviderName): Mirror {
  const { source, build } = sources[name];
  return { source, folder: join(cacheFolder(), `providers-${buildKey(build)}`) };
}

async function layOut(half: string, name: ProviderName, log: Log): Promise<void> {
  const [first, ...others] = Object.values(registries).map((host) => join(half, fileInMirror(name, host)));
  if (first === undefined) return;
  await goBuild(sources[name].build, first, log);
  for (const other of others) {
    mkdirSync(dirname(other), { recursive: true });
    linkSync(first, other);
  }
}

export function fileInMirror(
  name: ProviderName,
  host: string,
  platform = process.platform,
  arch = process.arch,
): string {
  const { source, version } = sources[name];
  const os = platform === 'win32' ? 'windows' : platform;
  const cpu = arch === 'x64' ? 'amd64' : arch;
  const program = `terraform-provider-${name}_v${version}${platform === 'win32' ? '.exe' : ''}`;
  return join(host, source, version, `${os}_${cpu}`, program);
}

/** The file that names the mirrors to Terraform; undefined where every provider comes from a registry. */
export function cliConfigFile(mirrors: readonly Mirror[]): string | undefined {
  if (mirrors.length === 0) return undefined;
  const content = cliConfig(mirrors);
  const file = join(cacheFolder(), `terraform-${contentKey(content)}.rc`);
  writeAtomically(file, content);
  return file;
}

/** Terraform's own configuration: these providers from their mirrors, every other one as usual. */
export function cliConfig(mirrors: readonly Mirror[]): string {
  const list = (some: readonly Mirror[]) =>
    some
      .flatMap(({ source }) => Object.values(registries).map((host) => JSON.stringify(`${host}/${source}`)))
      .join(', ');
  const blocks = mirrors.map(
    (mirror) => `  filesystem_mirror {
    path    = ${JSON.stringify(mirror.folder)}
    include = [${list([mirror])}]
  }
`,
  );
  return `provider_installation {
${blocks.join('')}  direct {
    exclude = [${list(mirrors)}]
  }
}
`;
}
