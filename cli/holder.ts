import { readdirSync, readlinkSync } from 'node:fs';
import { readOrEmpty } from './read';

/** Who listens on a port of this machine. */
export type Holder =
  | { readonly kind: 'process'; readonly pid: number; readonly command: string }
  /** A process of another user, which this one may not look into. */
  | { readonly kind: 'hidden'; readonly uid: number };

const LISTEN = '0A';

/**
 * Finds the process that listens on a port of this machine: the kernel lists the socket, and a process has it open.
 * Undefined where nothing listens, or where the kernel does not tell (other systems than Linux).
 */
export function holderOf(port: number, proc = '/proc'): Holder | undefined {
  const sockets = ['tcp', 'tcp6'].flatMap((name) => listening(readOrEmpty(`${proc}/net/${name}`), port));
  if (sockets.length === 0) return undefined;
  const wanted = new Set(sockets.map(({ inode }) => `socket:[${inode}]`));
  for (const pid of list(proc).filter((name) => /^\d+$/.test(name))) {
    const has = list(`${proc}/${pid}/fd`).some((fd) => wanted.has(link(`${proc}/${pid}/fd/${fd}`)));
    if (has) return { kind: 'process', pid: Number(pid), command: commandOf(`${proc}/${pid}`) };
  }
  return { kind: 'hidden', uid: sockets[0]!.uid };
}

export function describeHolder(holder: Holder | undefined, port: number): string {
  if (holder === undefined) return `another program (lsof -nP -iTCP:${port} -sTCP:LISTEN names it)`;
  if (holder.kind === 'hidden') return `a process of user ${holder.uid} (sudo ss -ltnp 'sport = :${port}' names it)`;
  return `process ${holder.pid}, ${holder.command}`;
}

/** Rows of /proc/net/tcp that wait for connections on the port. */
export function listening(table: string, port: number): { inode: string; uid: number }[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTEN && local?.endsWith(`:${hex}`))
    .map((columns) => ({ uid: Number(columns[7]), inode: columns[9] ?? '' }));
}

/** Program and arguments; cut, because a password may stand at the end of a long line as well as anything else. */
function commandOf(folder: string): string {
  const line = readOrEmpty(`${folder}/cmdline`).split('\0').filter(Boolean).slice(0, 3).join(' ');
  return (line || readOrEmpty(`${folder}/comm`).trim()).slice(0, 60);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // ended, or somebody else's
  }
}

function link(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
