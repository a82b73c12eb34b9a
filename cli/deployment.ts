import { join } from 'node:path';
import { deploymentFolder, loadSettings, type publishedPorts, ROOT, type Settings } from '../stacks/settings';
import { readSecret, type SecretName } from '../toolchain/secrets';
import { CommandError } from './errors';
import type { Executed } from './exec';
import type { LogSources } from './logs/sources';
import type { Memory } from './memory';
import type { ServiceStatus } from './status/services';
import type { Listeners, Watch } from './watch';

/** Where a deployment runs, by the name that somebody types. */
export const platformNames = ['docker', 'k8s'] as const;

export type PlatformName = (typeof platformNames)[number];

/** What has a port on this machine. */
export type PublishedPort = keyof typeof publishedPorts;

/** What a deployment has that its destruction takes away. */
export interface Belongings {
  readonly nothing: boolean;
  /** In the order of how much their loss hurts. */
  readonly losses: readonly string[];
}

/**
 * The deployment that the settings name, on one platform. Commands ask it, and never the platform behind it: what works on
 * one platform only takes that platform's own class, so that it cannot be called for another one.
 */
export interface Deployment {
  readonly settings: Settings;
  /** The stack that is deployed and destroyed. */
  readonly stack: 'local' | 'k8s';
  /** Where it runs, in words that follow "deployed to". */
  readonly where: string;
  /** The command that opens the published ports on this machine; left out where they are open by themselves. */
  readonly opensWith?: string;
  /** State, secrets and logs. */
  readonly folder: string;
  readonly secretsFolder: string;
  readonly stateFile: string;
  secret(name: SecretName): string;

  /** Every service that is deployed or should be; nothing where nothing is deployed. */
  services(): Promise<ServiceStatus[]>;
  /** What the running ones use; nothing where the platform does not say. */
  memory(): Promise<Memory[]>;
  /** Where their logs come from. */
  logs(): Promise<LogSources>;
  /** Runs a command beside the program of a service. */
  exec(service: string, command: readonly string[], input?: string): Promise<Executed>;
  /** The port of 127.0.0.1 at which a published port answers, until {@link close}. */
  port(name: PublishedPort): Promise<number>;
  /** The same for each member of a service, where clients tell its members apart: a member announces a port of its own. */
  ports(name: PublishedPort): Promise<readonly number[]>;
  /**
   * Opens every published port on this machine, at the numbers of the settings.
   *
   * @returns whether they stay open only until {@link close}
   */
  publish(): Promise<boolean>;
  /** Lets go of what was opened. */
  close(): Promise<void>;

  /**
   * Sets the machine up and finds what would stop a deployment, before anything is created.
   *
   * @returns the handle to deploy with: the set-up may have chosen another engine
   */
  prepare(): Promise<Deployment>;
  /** Looks at the services while they are deployed. */
  watch(listeners: Listeners): Promise<Watch>;
  /** What is left to do when the services run. */
  complete(): Promise<void>;
  belongings(): Promise<Belongings>;
  /** Removes what an interrupted deployment made and its state does not know. @returns what was removed, in words */
  removeLeftovers(): Promise<string[]>;

  /** A command of this project for this deployment, ready to paste. */
  command(words: string): string;
  /** The platform's own commands, ready to paste. */
  logsCommand(service: string): string;
  execCommand(service: string, env: Readonly<Record<string, string>>, command: string): string;
}

/** @throws for what somebody else runs: nothing of this deployment answers there */
export function publishedPort({ ports }: Settings, name: PublishedPort): number {
  const port = ports[name];
  if (port === undefined)
    throw new CommandError(`${name} is not deployed here: the settings say that somebody else runs it`);
  return port;
}

/** What every platform keeps in the folder of the deployment. */
export function filesOf(settings: Settings, stack: Deployment['stack'], root = ROOT) {
  const folder = deploymentFolder(settings, root);
  const secretsFolder = join(folder, 'secrets');
  return {
    settings,
    stack,
    folder,
    secretsFolder,
    stateFile: join(folder, `${stack}.tfstate`),
    secret: (name: SecretName) => readSecret(secretsFolder, name),
  };
}

/** @param root - of the checkout that holds its state and secrets */
export async function openDeployment(
  platform: PlatformName = 'docker',
  settings: Settings = loadSettings(),
  root = ROOT,
): Promise<Deployment> {
  // Each brings the client of its platform.
  if (platform === 'k8s') {
    const { KubernetesDeployment } = await import('./kubernetes/deployment.js');
    return new KubernetesDeployment(settings, root);
  }
  const { openDocker } = await import('./docker.js');
  return openDocker(settings, root);
}
