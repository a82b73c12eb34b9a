import Docker from 'dockerode';
import { DEPLOYMENT_LABEL, WORKLOAD_LABEL } from '../constructs/platforms/docker/naming';
import { cassandraElsewhere } from '../stacks/components';
import { loadSettings, ROOT, type Settings } from '../stacks/settings';
import { decisions } from '../toolchain/terraform-shim/decisions.cjs';
import { type Deployment, filesOf, publishedPort } from './deployment';

/** A deployment on the Docker engine: one container per service, its ports published on this machine. */
export interface DockerDeployment extends Deployment {
  readonly docker: Docker;
}

export function openDocker(settings: Settings = loadSettings(), root = ROOT): DockerDeployment {
  const deployment: DockerDeployment = {
    ...filesOf(settings, 'local', root),
    where: 'Docker',
    docker: connect(),
    services: async () => (await import('./status/services.js')).servicesNow(deployment),
    memory: async () => (await import('./memory.js')).memoryOf(deployment),
    logs: async () => new (await import('./logs/docker.js')).DockerLogs(deployment),
    exec: async (service, command, input = '') =>
      (await import('./exec.js')).execIn(deployment, service, command, input),
    port: async (name) => publishedPort(settings, name),
    ports: async (name) => [publishedPort(settings, name)],
    publish: () => Promise.resolve(false),
    close: () => Promise.resolve(),
    prepare: async () => {
      const { checkFit, fitsAlready } = await import('./fit.js');
      const { setUp } = await import('../toolchain/setup.js');
      const { say } = await import('./output.js');
      const { resumeRotation } = await import('./secrets/rotate.js');
      // The set-up takes minutes on a new machine: where an engine runs already, it is asked first.
      const asked = await fitsAlready(deployment);
      await setUp({ deployment: settings.name, cassandra: cassandraElsewhere(settings.components, ROOT) });
      const prepared = openDocker(settings, root);
      for (const line of asked ?? (await checkFit(prepared))) say(`tight: ${line}`);
      await resumeRotation(prepared);
      return prepared;
    },
    watch: async (listeners) => new (await import('./monitor.js')).Monitor(deployment, listeners),
    complete: async () => (await import('./secrets/rotate.js')).completeRotation(deployment),
    belongings: async () => (await import('./docker-belongings.js')).belongings(deployment),
    removeLeftovers: async () => (await import('./docker-belongings.js')).removeLeftovers(deployment),
    command: (words) => `npx streaming ${words}`,
    logsCommand: (service) => `docker logs --tail 50 ${settings.name}-${service}`,
    execCommand: (service, env, command) =>
      [
        'docker exec',
        ...Object.entries(env).map(([name, value]) => `-e ${name}=${value}`),
        `${settings.name}-${service}`,
        command,
      ].join(' '),
  };
  return deployment;
}

/** The engine that the set-up chose, unless the environment names another one. */
function connect(): Docker {
  const { dockerHost } = decisions();
  if (dockerHost !== undefined) process.env['DOCKER_HOST'] ??= dockerHost;
  return new Docker();
}

export interface Service {
  readonly workload: string;
  readonly id: string;
}

/** The containers that run the workloads; those that only carry files onto a volume are left out. */
export async function services({ docker, settings }: DockerDeployment): Promise<Service[]> {
  const found = await docker.listContainers({
    all: true,
    filters: { label: [`${DEPLOYMENT_LABEL}=${settings.name}`] },
  });
  return found.flatMap(({ Id: id, Names: names, Labels: labels }) => {
    const workload = labels[WORKLOAD_LABEL];
    return workload !== undefined && names.includes(`/${settings.name}-${workload}`) ? [{ workload, id }] : [];
  });
}
