import type { Workload } from '../constructs/workload';

/** A workload that is right on every platform; tests change what they are about. */
export function aWorkload(changes: Partial<Workload> = {}): Workload {
  return {
    name: 'server',
    image: { kind: 'vendor', reference: 'example/server:1.2' },
    runs: 'forever',
    command: ['server', '--listen'],
    user: { uid: 1000, gid: 1000 },
    cpu: 0.1,
    memoryMiB: 64,
    health: { ready: ['true'], startSeconds: 30 },
    ...changes,
  };
}

/** The port of another workload, as a client declares it. */
export function anEndpoint(workload: string, number = 80) {
  return { workload, port: 'http', number, address: `${workload}:${number}` };
}
