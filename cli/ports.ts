import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { publishedPorts, Settings } from '../stacks/settings';
import { DEPLOYMENT_LABEL } from '../constructs/platforms/docker/naming';
import type { Deployment } from './deployment';
import { CommandError } from './errors';

const names: Readonly<Record<keyof typeof publishedPorts, string>> = {
  kafka: 'Kafka',
  schemaRegistry: 'the Schema Registry',
  controlCenter: 'Control Center',
  airflow: 'Airflow',
  sparkMaster: 'the Spark master',
  sparkDriver: 'the Spark driver',
  cassandra: 'Cassandra',
};

/**
 * Looks at every port before anything is created: the engine would notice a taken one only when it starts the container.
 *
 * @throws {CommandError} naming the ports, who wants them and what to do
 */
export async function checkPorts({ docker, settings }: Deployment): Promise<void> {
  const ours = async () => {
    const filters = { label: [`${DEPLOYMENT_LABEL}=${settings.name}`] };
    return new Set((await docker.listContainers({ filters })).flatMap((c) => c.Ports.map((p) => p.PublicPort)));
  };
  let taken = await takenPorts(settings.ports, ours);
  if (taken.length > 0) {
    // A run before this one may still be starting containers: the port is bound a moment before the engine lists it.
    await sleep(2000);
    taken = await takenPorts(settings.ports, ours);
  }
  if (taken.length > 0) throw new CommandError(portsTaken(taken, settings.portOffset));
}

export interface TakenPort {
  readonly port: number;
  readonly wantedBy: string;
}

/** The ports that somebody else listens on. */
export async function takenPorts(
  ports: Settings['ports'],
  ours: () => Promise<ReadonlySet<number>>,
): Promise<TakenPort[]> {
  const wanted = Object.entries(ports) as [keyof typeof publishedPorts, number][];
  const checked = await Promise.all(
    wanted.map(async ([name, port]) => ({ port, wantedBy: names[name], free: await isFree(port) })),
  );
  const bound = checked.filter(({ free }) => !free);
  const published = await ours();
  return bound.filter(({ port }) => !published.has(port)).map(({ port, wantedBy }) => ({ port, wantedBy }));
}

export function portsTaken(taken: readonly TakenPort[], portOffset: number): string {
  const list = taken.map(({ port, wantedBy }) => `${port} (${wantedBy})`).join(', ');
  const other = (portOffset + 100) % 2000;
  return (
    `another program listens on port ${list} of this machine. End it, or move all ports of this deployment: ` +
    `portOffset is ${portOffset}, try { "portOffset": ${other} } in settings.json. Nothing was created`
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}
