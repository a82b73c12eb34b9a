import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Log, print } from './log';

/** A command that the set-up may need, and the Debian packages that bring it. */
const packages = {
  dockerd: ['docker.io', 'iptables'],
  mvn: ['maven', 'openjdk-17-jdk-headless'],
  javac: ['openjdk-17-jdk-headless'],
  mmdebstrap: ['mmdebstrap'],
  python3: ['python3', 'python3-venv'],
  pip3: ['python3-pip', 'python3-venv'],
  curl: ['curl', 'ca-certificates'],
  tar: ['tar'],
  unzip: ['unzip'],
  xz: ['xz-utils'],
  git: ['git', 'ca-certificates'],
  chromium: ['chromium'],
} as const;

export type Tool = keyof typeof packages;

/** What this machine can install by itself: only Debian and its children, and only for root. */
export function canInstall(
  uid = process.getuid?.() ?? -1,
  osRelease = read('/etc/os-release'),
  aptGet = findCommand('apt-get'),
): boolean {
  return uid === 0 && aptGet !== undefined && isDebian(osRelease);
}

export function isDebian(osRelease: string): boolean {
  const ids = /^(?:ID|ID_LIKE)=(.*)$/gm;
  return [...osRelease.matchAll(ids)].some(([, value]) => /\b(debian|ubuntu)\b/.test(value ?? ''));
}

/** The full path of a command on PATH, or undefined. Links under node_modules are not counted: they are our own. */
export function findCommand(name: string, path = process.env['PATH'] ?? ''): string | undefined {
  return findAll(name, path)[0];
}

export function findAll(name: string, path = process.env['PATH'] ?? ''): string[] {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '' && !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder))
    .map((folder) => join(folder, name))
    .filter(isExecutable);
}

/**
 * Makes sure that commands are there. Installs the missing ones where that needs no question (root on Debian or Ubuntu);
 * elsewhere fails with one message that names all of them and the command to run.
 */
export async function ensureTools(tools: readonly Tool[], options: { readonly log?: Log } = {}): Promise<void> {
  const log = options.log ?? print;
  const missing = tools.filter((tool) => findCommand(tool) === undefined);
  if (missing.length === 0) return;
  const wanted = packagesOf(missing);
  if (!canInstall()) throw new Error(missingTools(missing));
  log(`system: installing ${wanted.join(', ')} because ${list(missing)} ${missing.length > 1 ? 'are' : 'is'} missing`);
  aptInstall(wanted);
  const still = missing.filter((tool) => findCommand(tool) === undefined);
  if (still.length > 0)
    throw new Error(`apt-get installed ${wanted.join(', ')}, but ${list(still)} is still not on PATH`);
}

export function packagesOf(tools: readonly Tool[]): string[] {
  return [...new Set(tools.flatMap((tool) => packages[tool]))];
}

export function missingTools(missing: readonly Tool[]): string {
  const command = `sudo apt-get install --no-install-recommends ${packagesOf(missing).join(' ')}`;
  return (
    `${list(missing)} ${missing.length > 1 ? 'are' : 'is'} needed and not on PATH. ` +
    `On Debian or Ubuntu run "${command}"; elsewhere install the same with your package manager. Then run this command again.`
  );
}

/** Installs Debian packages; refreshes the package list only when the first try says that it does not know one. */
export function aptInstall(names: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = () =>
    spawnSync(
      'apt-get',
      ['install', '-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', ...names],
      { env, encoding: 'utf8' },
    );
  if (install().status === 0) return;
  const update = spawnSync('apt-get', ['update', '-q', '-o', 'DPkg::Lock::Timeout=300'], { env, encoding: 'utf8' });
  const second = install();
  if (second.status === 0) return;
  const why = [update.stderr, second.stderr].join('\n').trim().split('\n').slice(-8).join('\n');
  throw new Error(`apt-get could not install ${names.join(', ')}. Its last lines:\n${why}`);
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
