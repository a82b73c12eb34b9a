import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { cacheFolder, whileLocked } from './cache';
import type { Log } from './log';
import { lastLines } from './run';
import { canInstall, ensureTools, findCommand } from './system';

const defaultHost = 'unix:///var/run/docker.sock';
/** How long a started engine may take until it answers. */
const startSeconds = 60;

export interface Engine {
  /** In the form of DOCKER_HOST; undefined where every Docker client finds the engine by itself. */
  readonly host?: string;
}

/** Uses the Docker engine that answers; installs and starts one where none does and that needs no question. */
export async function engine(
  log: Log,
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ readonly value: Engine; readonly because: string }> {
  const named = env['DOCKER_HOST'];
  const hosts = named ? [named] : [defaultHost, ...ownSockets(env)];
  for (const host of hosts) {
    const answer = await ask(host);
    if (answer === 'forbidden') throw new Error(forbidden(host, userInfo().username));
    if (answer === 'silent') continue;
    const why = named ? 'DOCKER_HOST names it' : 'it answers';
    return {
      value: host === defaultHost || named ? {} : { host },
      because: `Docker ${answer.version} at ${host} because ${why}`,
    };
  }
  if (named)
    throw new Error(`DOCKER_HOST is "${named}", and no Docker engine answers there: start it or unset the variable`);
  if (process.platform !== 'linux' || !canInstall()) throw new Error(noEngine(process.platform));
  return whileLocked(join(cacheFolder(), 'engine.lock'), 'starting the Docker engine', log, () => start(log));
}

/** Where engines that belong to one user listen: rootless Docker, Docker Desktop, Colima. */
function ownSockets(env: NodeJS.ProcessEnv): string[] {
  const home = env['HOME'] || homedir();
  return [
    join(env['XDG_RUNTIME_DIR'] || `/run/user/${process.getuid?.() ?? 0}`, 'docker.sock'),
    join(home, '.docker', 'run', 'docker.sock'),
    join(home, '.docker', 'desktop', 'docker.sock'),
    join(home, '.colima', 'default', 'docker.sock'),
  ]
    .filter((socket) => existsSync(socket))
    .map((socket) => `unix://${socket}`);
}

async function ask(host: string): Promise<{ readonly version: string } | 'forbidden' | 'silent'> {
  try {
    const docker = new Docker(dockerOptions(host));
    const info = await withDeadline(docker.version(), 10);
    // Something else may listen there, and answer everything.
    return typeof info.Version === 'string' ? { version: info.Version } : 'silent';
  } catch (error) {
    return ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '') ? 'forbidden' : 'silent';
  }
}

/** Only a socket is spelt out; everything else of DOCKER_HOST (TLS, ssh) is the client's own business. */
function dockerOptions(host: string): Docker.DockerOptions | undefined {
  return host.startsWith('unix://') ? { socketPath: host.slice('unix://'.length) } : undefined;
}

async function withDeadline<T>(work: Promise<T>, seconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer after ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function start(log: Log): Promise<{ readonly value: Engine; readonly because: string }> {
  const installed = findCommand('dockerd') !== undefined;
  await ensureTools(['dockerd', 'iptables', 'docker'], { log });
  // A package may have started the engine by itself, and another run may have done it while this one waited.
  if (await answersWithin(installed ? 1 : 5)) {
    return {
      value: {},
      because: `Docker at ${defaultHost} because it was ${installed ? 'started by another run' : 'installed now'}`,
    };
  }
  const how = startCommand(existsSync('/run/systemd/system'));
  if (how === 'systemctl') {
    log('engine: starting it with systemctl, because systemd runs this machine');
    const { status, stderr } = spawnSync('systemctl', ['start', 'docker'], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`"systemctl start docker" failed: ${stderr.trim()}`);
    if (!(await answersWithin(startSeconds))) throw new Error(startFailed('see "journalctl -u docker"'));
  } else {
    const logFile = join(cacheFolder(), 'dockerd.log');
    forgetDeadEngine();
    log(`engine: starting dockerd in the background, because no systemd runs this machine; its log is ${logFile}`);
    const ended = startDaemon(logFile);
    if (!(await answersWithin(startSeconds, ended)))
      throw new Error(startFailed(`its last lines:\n${lastLines(readFileSync(logFile, 'utf8'), 10)}`));
  }
  return {
    value: {},
    because: `Docker at ${defaultHost} because none answered and it was ${installed ? '' : 'installed and '}started`,
  };
}

export function startCommand(systemdRuns: boolean): 'systemctl' | 'dockerd' {
  return systemdRuns ? 'systemctl' : 'dockerd';
}

/**
 * Removes what an engine left that was killed. Its number may belong to another process by now, which the engine would
 * take for itself and refuse to start.
 */
export function forgetDeadEngine(run = '/var/run', proc = '/proc'): void {
  const pidFiles = { dockerd: 'docker.pid', containerd: 'docker/containerd/containerd.pid' };
  for (const [program, file] of Object.entries(pidFiles)) {
    const path = join(run, file);
    if (!existsSync(path)) continue;
    const name = join(proc, readFileSync(path, 'utf8').trim(), 'comm');
    if (!existsSync(name) || readFileSync(name, 'utf8').trim() !== program) rmSync(path);
  }
}

/** Starts the engine so that it outlives this program, also a Ctrl-C in this terminal. Answers whether it has ended. */
function startDaemon(logFile: string): () => boolean {
  mkdirSync(cacheFolder(), { recursive: true });
  const out = openSync(logFile, 'a');
  const dockerd = findCommand('dockerd') ?? 'dockerd';
  // The engine looks for iptables and its other helpers on PATH, where an ordinary user's PATH lacks the sbin folders.
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` };
  const child = spawn(dockerd, [], { detached: true, stdio: ['ignore', out, out], env, cwd: '/' });
  child.on('error', () => {});
  child.unref();
  return () => child.exitCode !== null || child.pid === undefined;
}

async function answersWithin(seconds: number, ended: () => boolean = () => false): Promise<boolean> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    if (typeof (await ask(defaultHost)) === 'object') return true;
    if (Date.now() > end || ended()) return false;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

export function forbidden(host: string, user: string): string {
  return (
    `the Docker engine at ${host} does not let the user ${user} in. ` +
    `Run "sudo usermod -aG docker ${user}", log out and in again, and run this command again`
  );
}

export function noEngine(platform: NodeJS.Platform): string {
  if (platform !== 'linux')
    return 'no Docker engine answers: start Docker Desktop (or Colima), then run this command again';
  return (
    'no Docker engine answers, and it can be installed without a question only by root on Debian or Ubuntu. ' +
    'Run "sudo apt-get install docker.io iptables && sudo systemctl start docker" ' +
    '(or what your distribution has in place of it), then run this command again'
  );
}

function startFailed(where: string): string {
  return `the Docker engine was started but does not answer after ${startSeconds} s: ${where}`;
}
