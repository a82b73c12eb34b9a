import { setTimeout as sleep } from 'node:timers/promises';
import { DEPLOYMENT_LABEL } from '../constructs/platforms/docker/naming';
import type { Belongings } from './deployment';
import type { DockerDeployment } from './docker';

/** Everything of a deployment that the engine holds. */
interface Owned {
  readonly containers: readonly { id: string; name: string; running: boolean }[];
  readonly networks: readonly { id: string; name: string }[];
  readonly volumes: readonly { name: string; bytes?: number }[];
}

export async function belongings(deployment: DockerDeployment): Promise<Belongings> {
  const all = await owned(deployment);
  const nothing = all.containers.length + all.networks.length + all.volumes.length === 0;
  return { nothing, losses: nothing ? [] : losses(all) };
}

export async function removeLeftovers(deployment: DockerDeployment): Promise<string[]> {
  const { docker } = deployment;
  const left = await owned(deployment);
  for (const { id } of left.containers) await docker.getContainer(id).remove({ force: true });
  for (const { id } of left.networks) await docker.getNetwork(id).remove();
  for (const { name } of left.volumes) await docker.getVolume(name).remove();
  return [
    ...left.containers.map(({ name }) => `container ${name}`),
    ...left.networks.map(({ name }) => `network ${name}`),
    ...left.volumes.map(({ name }) => `volume ${name}`),
  ];
}

async function owned({ docker, settings }: DockerDeployment): Promise<Owned> {
  const filters = { label: [`${DEPLOYMENT_LABEL}=${settings.name}`] };
  const [containers, networks, { Volumes: volumes }, sizes] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
    volumeSizes(docker),
  ]);
  return {
    containers: containers.map((one) => ({
      id: one.Id,
      name: one.Names[0]?.slice(1) ?? one.Id,
      running: one.State === 'running',
    })),
    networks: networks.map((one) => ({ id: one.Id, name: one.Name })),
    volumes: (volumes ?? []).map((one) => ({ name: one.Name, bytes: sizes.get(one.Name) })),
  };
}

/** The engine counts every file of every volume for this: only as long as it is quick. */
async function volumeSizes(docker: DockerDeployment['docker']): Promise<ReadonlyMap<string, number>> {
  interface Usage {
    Volumes?: { Name: string; UsageData?: { Size: number } }[];
  }
  const late = sleep<Usage>(3000, {}, { ref: false });
  const { Volumes: all } = await Promise.race([docker.df().catch(() => ({})) as Promise<Usage>, late]);
  return new Map(
    (all ?? []).flatMap(({ Name: name, UsageData: usage }) => (usage && usage.Size >= 0 ? [[name, usage.Size]] : [])),
  );
}

/** What will be lost, in the order of how much it hurts. Pure. */
export function losses({ containers, networks, volumes }: Owned): string[] {
  const data = volumes.filter((one) => (one.bytes ?? 1) > 0 && !/-(config|secrets)-[0-9a-f]{6}$/.test(one.name));
  const size = (bytes: number | undefined) => (bytes === undefined ? '' : ` (${(bytes / 2 ** 20).toFixed(1)} MiB)`);
  const running = containers.filter((one) => one.running).length;
  return [
    ...(data.length > 0 ? ['data for good:', ...data.map((one) => `  ${one.name}${size(one.bytes)}`)] : []),
    `${containers.length} containers, ${running} of them running; ${networks.length} networks; ${volumes.length} volumes in all`,
  ];
}
