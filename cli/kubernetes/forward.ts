import { createServer, type Server, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import type { V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { declaredWorkloads } from '../../stacks/declared';
import type { Settings } from '../../stacks/settings';
import type { PublishedPort } from '../deployment';
import { CommandError } from '../errors';
import type { Access } from './deployment';
import { newestPods, podOf } from './pods';

interface Destination {
  readonly workload: string;
  readonly port: number;
  /** More than one where its clients tell the members apart, each of which announces a port of its own. */
  readonly members: number;
}

/**
 * Ports of this machine that lead into pods. Which pod, is asked anew for every connection: when a pod is replaced, its
 * connections end as they would anywhere, and the next one reaches the new pod.
 */
export class Forwards {
  private readonly servers = new Map<string, Promise<Server>>();
  private readonly sockets = new Set<Socket>();

  constructor(
    private readonly access: Access,
    private readonly settings: Settings,
    private readonly pods: () => Promise<readonly V1Pod[]>,
  ) {}

  /** How many ways a published port needs. */
  members(name: PublishedPort): number {
    return destination(this.settings, name).members;
  }

  /**
   * @param at - the member, and the port of 127.0.0.1, or any that is free: nobody else can be met there
   * @returns that port
   */
  async open(
    name: PublishedPort,
    { member = 0, local = 0 }: { member?: number; local?: number } = {},
  ): Promise<number> {
    const key = `${name}/${member}`;
    const known = this.servers.get(key) ?? this.listen(destination(this.settings, name), member, local);
    this.servers.set(key, known);
    const address = (await known).address();
    if (address === null || typeof address === 'string') throw new Error(`${name} is not open`);
    return address.port;
  }

  async close(): Promise<void> {
    const servers = await Promise.all(this.servers.values());
    this.servers.clear();
    for (const server of servers) server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private listen(to: Destination, member: number, local: number): Promise<Server> {
    return new Promise((resolve, reject) => {
      const server = createServer({ pauseOnConnect: true }, (socket) => {
        this.sockets.add(socket);
        socket.setNoDelay(true);
        socket.on('close', () => this.sockets.delete(socket));
        socket.on('error', () => socket.destroy());
        this.lead(socket, to, member).catch(() => socket.destroy()); // as a port does that nobody listens on
      });
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          error.code === 'EADDRINUSE'
            ? new CommandError(
                `port ${local} (${to.workload}) is taken: end what holds it, for example another deployment or another "open", ` +
                  'or set another "portOffset"',
              )
            : error,
        ),
      );
      server.listen(local, '127.0.0.1', () => resolve(server));
    });
  }

  private async lead(socket: Socket, { workload, port, members }: Destination, member: number): Promise<void> {
    const { PortForward } = await import('@kubernetes/client-node');
    const all = newestPods(await this.pods());
    const pod = podOf(
      members === 1 ? all : all.filter((one) => one.metadata?.name === `${workload}-${member}`),
      workload,
    );
    if (pod === undefined) throw new CommandError(`${workload} has no pod that runs`);
    // What comes on the second stream is an error of the way itself: nobody listens in the pod.
    const trouble = new Writable({
      write: (said: Buffer, _encoding, done) => {
        if (said.length > 0) socket.destroy(); // the first message is empty
        done();
      },
    });
    const way = await new PortForward(this.access.config).portForward(
      this.access.namespace,
      pod.metadata!.name!,
      [port],
      socket,
      trouble,
      socket,
    );
    const connection = typeof way === 'function' ? way() : way;
    if (connection === null) return void socket.destroy();
    connection.onclose = () => socket.end();
    connection.onerror = () => socket.destroy();
    socket.on('close', () => connection.close());
    socket.resume();
  }
}

/** Clients of Kafka go to the broker that leads a partition; of the others any member will do. */
const TOLD_APART: ReadonlySet<PublishedPort> = new Set(['kafka']);

/** Who publishes a port, and what it is called inside. */
function destination(settings: Settings, name: PublishedPort): Destination {
  const wanted = settings.ports[name];
  for (const { name: workload, ports = {}, replicas = 1 } of declaredWorkloads(settings))
    for (const { number, publish } of Object.values(ports))
      if (publish === wanted) return { workload, port: number, members: TOLD_APART.has(name) ? replicas : 1 };
  throw new CommandError(`nothing of this deployment publishes port ${wanted} (${name})`);
}
