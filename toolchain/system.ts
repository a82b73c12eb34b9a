import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Log, print } from './log';
import { lastLines } from './run';

/** A command that the set-up may need, and the Debian packages that bring it. */
const packages = {
  docker: ['docker-cli'],
  dockerd: ['docker.io'],
  iptables: ['iptables'],
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

/** Where a newer Debian has cut a package in two, older ones and Ubuntu have the part under its former name. */
const formerNames: Readonly<Record<string, string>> = { 'docker-cli': 'docker.io' };

/** The administrator's folders, which are not on every PATH. */
const sbin = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

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

/** Every place of a command, in the order of PATH. */
export function findAll(name: string, path = process.env['PATH'] ?? ''): string[] {
  return [...path.split(delimiter), ...sbin]
    .filter((folder) => folder !== '' && !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder))
    .map((folder) => join(folder, name))
    .filter((file, index, all) => isExecutable(file) && all.indexOf(file) === index);
}

/**
 * Makes sure that commands are there. Installs the missing ones where that needs no question (root on Debian or Ubuntu);
 * elsewhere fails with one message that names all of them and the command to run.
 */
export async function ensureTools(tools: readonly Tool[], options: { readonly log?: Log } = {}): Promise<void> {
  const log = options.log ?? print;
  const isMissing = (tool: Tool) => findCommand(tool) === undefined;
  const missing = tools.filter(isMissing);
  if (missing.length === 0) return;
  if (!canInstall()) throw new Error(missingTools(missing));
  refreshPackageLists();
  const wanted = packagesOf(missing, isKnownPackage);
  log(`system: installing ${wanted.join(', ')} because ${list(missing)} ${missing.length > 1 ? 'are' : 'is'} missing`);
  aptInstall(wanted);
  const still = missing.filter(isMissing);
  if (still.length > 0)
    throw new Error(`apt-get installed ${wanted.join(', ')}, but ${list(still)} is still not on PATH`);
}

export function packagesOf(tools: readonly Tool[], isKnown: (name: string) => boolean = () => false): string[] {
  const names = tools.flatMap((tool): readonly string[] => packages[tool]);
  return [...new Set(names.map((name) => (isKnown(name) ? name : (formerNames[name] ?? name))))];
}

export function missingTools(missing: readonly Tool[]): string {
  const command = `sudo apt-get install --no-install-recommends ${packagesOf(missing).join(' ')}`;
  return (
    `${list(missing)} ${missing.length > 1 ? 'are' : 'is'} needed and not on PATH. ` +
    `On Debian or Ubuntu run "${command}"; elsewhere install the same with your package manager. Then run this command again.`
  );
}

function isKnownPackage(name: string): boolean {
  return spawnSync('apt-cache', ['show', name], { stdio: 'ignore' }).status === 0;
}

/** Without its lists, or with old ones, apt-get asks for packages that the mirror does not have. A failure shows at the installation. */
function refreshPackageLists(): void {
  aptGet('update');
}

function aptInstall(names: readonly string[]): void {
  const { status, stderr } = aptGet('install', '-y', '--no-install-recommends', ...names);
  if (status === 0) return;
  throw new Error(`apt-get could not install ${names.join(', ')}. Its last lines:\n${lastLines(stderr, 8)}`);
}

function aptGet(command: string, ...args: string[]) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Another program may be installing at this moment: wait for it instead of failing.
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  return spawnSync('apt-get', [command, '-q', ...wait, ...args], {
    env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
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
