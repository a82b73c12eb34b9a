import { realpathSync } from 'node:fs';
import Docker from 'dockerode';
import { findAll } from '../system';
import { run, runOrFail } from '../run';

export interface Builder {
  readonly docker: string;
  readonly kind: 'BuildKit' | 'legacy builder';
}

/** The references of all our images that the engine has, by one call. Needs no Docker client: only building does. */
export async function presentReferences(engine = new Docker()): Promise<Set<string>> {
  const images = await engine.listImages({ filters: { reference: ['streaming-platform/*'] } });
  return new Set(images.flatMap(({ RepoTags }) => RepoTags ?? []));
}

/**
 * The best builder among the Docker clients on PATH. BuildKit needs either the buildx plugin or a client older than 23,
 * which has it built in; everything else has only the legacy builder. A machine may have several clients.
 */
export async function findBuilder(clients = findAll('docker')): Promise<Builder> {
  const distinct = [...new Map(clients.map((client) => [realpathSync(client), client])).values()];
  const first = distinct[0];
  if (first === undefined) throw new Error('no docker command is on PATH; it is needed to build the service images');
  for (const docker of distinct) {
    if (await hasBuildKit(docker)) return { docker, kind: 'BuildKit' };
  }
  return { docker: first, kind: 'legacy builder' };
}

async function hasBuildKit(docker: string): Promise<boolean> {
  if ((await run(docker, ['buildx', 'version'])).code === 0) return true;
  return hasBuiltInBuildKit((await run(docker, ['--version'])).stdout);
}

/** Clients from 18.09 to 22 speak to the engine's BuildKit themselves. */
export function hasBuiltInBuildKit(versionLine: string): boolean {
  const major = Number(/version (\d+)\./.exec(versionLine)?.[1]);
  return major >= 19 && major < 23;
}

export interface BuildRequest {
  readonly what: string;
  readonly context: string;
  readonly reference: string;
  readonly label: string;
  readonly args: Readonly<Record<string, string>>;
  /** A stage of the Dockerfile. @default - the last one */
  readonly target?: string;
}

export async function build(builder: Builder, request: BuildRequest): Promise<void> {
  const args = Object.entries(request.args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  const target = request.target === undefined ? [] : ['--target', request.target];
  await runOrFail(
    `building ${request.what}`,
    builder.docker,
    ['build', '--label', request.label, '--tag', request.reference, ...target, ...args, request.context],
    { env: { DOCKER_BUILDKIT: builder.kind === 'BuildKit' ? '1' : '0', BUILDKIT_PROGRESS: 'plain' } },
  );
}
