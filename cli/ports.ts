import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEPLOYMENT_LABEL } from '../constructs/platforms/docker/naming';
import { portOffsets, publishedPorts, type Settings } from '../stacks/settings';
import type { DockerDeployment } from './docker';
import { describeHolder, holderOf } from './holder';

const names: Readonly<Record<keyof typeof publishedPorts, string>> = {
  kafka: 'Kafka',
  schemaRegistry: 'the Schema Registry',
  controlCenter: 'Control Center',
  airflow: 'Airflow',
  sparkMaster: 'the Spark master',
  sparkDriver: 'the Spark driver',
  cassandra: 'Cassandra',
};

export interface TakenPort {
  readonly port: number;
  readonly wantedBy: string;
  /** In words. */
  readonly heldBy: string;
}

/**
 * The ports of a deployment that somebody else has. The engine would notice one only when it starts the container.
 *
 * @throws where the engine cannot be asked
 */
export async function takenPorts({ docker, settings }: DockerDeployment): Promise<TakenPort[]> {
  const look = async () => {
    const bound = await boundPorts(settings.ports);
    if (bound.length === 0) return [];
    const containers = await docker.listContainers();
    return bound.flatMap(({ port, name }): TakenPort[] => {
      const container = containers.find((one) => one.Ports.some(({ PublicPort }) => PublicPort === port));
      const deployment = container?.Labels[DEPLOYMENT_LABEL];
      if (deployment === settings.name) return [];
      const heldBy =
        container === undefined
          ? describeHolder(holderOf(port), port)
          : `container ${container.Names[0]?.slice(1)}${deployment === undefined ? '' : ` of the deployment "${deployment}"`}`;
      return [{ port, wantedBy: names[name], heldBy }];
    });
  };
  const taken = await look();
  if (taken.length === 0) return taken;
  // A run before this one may still be starting containers: the port is bound a moment before the engine lists it.
  await sleep(2000);
  return look();
}

async function boundPorts(ports: Settings['ports']): Promise<{ name: keyof typeof publishedPorts; port: number }[]> {
  const wanted = Object.entries(ports) as [keyof typeof publishedPorts, number][];
  const checked = await Promise.all(wanted.map(async ([name, port]) => ({ name, port, free: await isFree(port) })));
  return checked.filter(({ free }) => !free);
}

/** An offset at which all ports are free now: the next one after the present one, or the first of all. */
export async function freeOffset(present: number): Promise<number | undefined> {
  const others = [...portOffsets.filter((one) => one > present), ...portOffsets.filter((one) => one < present)];
  for (const offset of others) {
    const ports = Object.values(publishedPorts).map((port) => port + offset);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return offset;
  }
  return undefined;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}
