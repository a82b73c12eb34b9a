import { join } from 'node:path';
import Docker from 'dockerode';
import { DEPLOYMENT_LABEL, WORKLOAD_LABEL } from '../constructs/platforms/docker/naming';
import { deploymentFolder, loadSettings, type Settings } from '../stacks/settings';
import { readSecret, type SecretName } from '../toolchain/secrets';
import { decisions } from '../toolchain/terraform-shim/decisions.cjs';

/** The stack that the commands deploy, prove and destroy. */
export const STACK = 'local';

/** The deployment that the settings name: its folder, its secrets and its containers. */
export interface Deployment {
  readonly settings: Settings;
  /** State, secrets and logs. */
  readonly folder: string;
  readonly secretsFolder: string;
  readonly stateFile: string;
  readonly docker: Docker;
  secret(name: SecretName): string;
}

export function openDeployment(settings: Settings = loadSettings()): Deployment {
  const folder = deploymentFolder(settings);
  const secretsFolder = join(folder, 'secrets');
  return {
    settings,
    folder,
    secretsFolder,
    stateFile: join(folder, `${STACK}.tfstate`),
    docker: connect(),
    secret: (name) => readSecret(secretsFolder, name),
  };
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
export async function services({ docker, settings }: Deployment): Promise<Service[]> {
  const found = await docker.listContainers({
    all: true,
    filters: { label: [`${DEPLOYMENT_LABEL}=${settings.name}`] },
  });
  return found.flatMap(({ Id: id, Names: names, Labels: labels }) => {
    const workload = labels[WORKLOAD_LABEL];
    return workload !== undefined && names.includes(`/${settings.name}-${workload}`) ? [{ workload, id }] : [];
  });
}
