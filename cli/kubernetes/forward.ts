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
}

/**
 * Ports of this machine that lead into pods. Which pod, is asked anew for every connection: when a pod is replaced, its
 * connections end as they would anywhere, and the next one reaches the new pod.
 */
export class Forwards {
  private readonly open_ = new Map<PublishedPort, Promise<Server>>();
  private readonly sockets = new Set<Socket>();

  constructor(
    private readonly access: Access,
    private readonly settings: Settings,
    private readonly pods: () => Promise<readonly V1Pod[]>,
  ) {}

  /**
   * @param local - the port of 127.0.0.1, or any that is free: nobody else can be met there
   * @returns that port
   */
  async open(name: PublishedPort, local = 0): Promise<number> {
    const known = this.open_.get(name) ?? this.listen(destination(this.settings, name), local);
    this.open_.set(name, known);
    const address = (await known).address();
    if (address === null || typeof address === 'string') throw new Error(`${name} is not open`);
    return address.port;
  }

  async close(): Promise<void> {
    const servers = await Promise.all(this.open_.values());
    this.open_.clear();
    for (const server of servers) server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private listen(to: Destination, local: number): Promise<Server> {
    return new Promise((resolve, reject) => {
      const server = createServer({ pauseOnConnect: true }, (socket) => {
        this.sockets.add(socket);
        socket.setNoDelay(true);
        socket.on('close', () => this.sockets.delete(socket));
        socket.on('error', () => socket.destroy());
        this.lead(socket, to).catch(() => socket.destroy()); // as a port does that nobody listens on
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

  private async lead(socket: Socket, { workload, port }: Destination): Promise<void> {
    const { PortForward } = await import('@kubernetes/client-node');
    const pod = podOf(newestPods(await this.pods()), workload);
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

/** Who publishes a port, and what it is called inside. */
function destination(settings: Settings, name: PublishedPort): Destination {
  const wanted = settings.ports[name];
  for (const { name: workload, ports = {} } of declaredWorkloads(settings))
    for (const { number, publish } of Object.values(ports)) if (publish === wanted) return { workload, port: number };
  throw new CommandError(`nothing of this deployment publishes port ${wanted} (${name})`);
}
