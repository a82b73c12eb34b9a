import { readFileSync } from 'node:fs';

/** What the sockets of a container say: whether it takes connections, and whether somebody has connected. */
export interface Sockets {
  readonly listening: boolean;
  readonly used: boolean;
}

const LISTEN = '0A';
/** Connections that are open, or were a moment ago. */
const CONNECTED = new Set(['01', '04', '05', '06', '08']);

/** Reads what the kernel shows in `/proc/<pid>/net/tcp` and `tcp6`. */
export function parseSockets(text: string): Sockets {
  const rows = text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([slot]) => /^\d+:$/.test(slot ?? ''))
    .map(([, local = '', remote = '', state = '']) => ({ local: address(local), remote: address(remote), state }));
  // Docker's resolver listens on 127.0.0.11 in every container; health checks come from 127.0.0.1.
  const ports = new Set(
    rows.filter(({ state, local }) => state === LISTEN && !local.loopback).map(({ local }) => local.port),
  );
  const used = rows.some(
    ({ state, local, remote }) => CONNECTED.has(state) && ports.has(local.port) && !remote.loopback,
  );
  return { listening: ports.size > 0, used };
}

/** Looks into the network of a process on this machine; undefined where that is not possible (an engine elsewhere). */
export function socketsOf(pid: number): Sockets | undefined {
  if (pid <= 0) return undefined;
  try {
    return parseSockets(['tcp', 'tcp6'].map((name) => readFileSync(`/proc/${pid}/net/${name}`, 'utf8')).join('\n'));
  } catch {
    return undefined;
  }
}

/** `0100007F:1F90`: the address in the machine's byte order, four bytes at a time. */
function address(text: string): { port: string; loopback: boolean } {
  const [host = '', port = ''] = text.split(':');
  const v4 = host.length === 8 || /^0{16}FFFF0000/.test(host);
  const loopback = v4 ? host.endsWith('7F') : host === '00000000000000000000000001000000';
  return { port, loopback };
}
