import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import type { KubeConfig } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };

/** The cluster of a deployment, by name. */
export interface Target {
  readonly kubeconfig: string;
  readonly context?: string;
}

/** The cluster cannot be asked: the message says why, and what to do. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}

/** What Terraform gets in place of a context that was not set; no kubeconfig has one of this name. */
export const NO_CONTEXT = 'set k8s.context to the name of a context';

/**
 * The configuration of the client, on the named context and no other.
 *
 * @throws {TargetError} with the contexts that are there
 */
export async function connect({ kubeconfig, context }: Target): Promise<KubeConfig> {
  const { KubeConfig: Config } = await import('@kubernetes/client-node');
  const file = kubeconfig.replace(/^~(?=\/)/, homedir());
  const config = new Config();
  try {
    config.loadFromString(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new TargetError(
      `the kubeconfig ${kubeconfig} cannot be read: ${(error as Error).message}. ` +
        'Set "k8s": { "kubeconfig": ... } in settings.json or STREAMING_K8S_KUBECONFIG to the right file',
    );
  }
  const found = config.getContexts().map((one) => one.name);
  const problem = contextProblem(context, found, kubeconfig);
  if (problem !== undefined) throw new TargetError(problem);
  config.setCurrentContext(context!);
  return config;
}

/** What is wrong with the choice of the cluster. */
export function contextProblem(
  context: string | undefined,
  found: readonly string[],
  kubeconfig: string,
): string | undefined {
  if (context !== undefined && found.includes(context)) return undefined;
  const what =
    context === undefined ? 'no cluster is chosen: k8s.context is not set' : `there is no context "${context}"`;
  return [
    `${what}. Contexts in ${kubeconfig}: ${found.length > 0 ? found.join(', ') : 'none'}.`,
    found.length > 0
      ? `Choose one: "k8s": { "context": "${found[0]}" } in settings.json, or STREAMING_K8S_CONTEXT=${found[0]}`
      : 'Name another file with k8s.kubeconfig, or start the test cluster of this project: npm run cluster:up',
  ].join('\n');
}
