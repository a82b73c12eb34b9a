import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { KubernetesDeployment } from '../../../cli/kubernetes/deployment';
import { resolveSettings } from '../../../stacks/settings';
import { cacheFolder } from '../../../toolchain/cache';
import { engine } from '../../../toolchain/engine';
import { type Cluster, clusterDown, clusterUp } from '../../../toolchain/kubernetes/cluster';
import { missingRequirements } from '../../../toolchain/kubernetes/requirements';
import { deployment as docker, makeCheckout } from '../support/checkout';
import { type Finished, run, type RunOptions } from '../support/run';

/**
 * The cluster of these tests, and nobody else's. STREAMING_TEST_K8S_CONTEXT and STREAMING_TEST_K8S_KUBECONFIG name another
 * one to run them on; it stays, and so does everything in it but the namespace of the deployment.
 */
const NAME = `${docker.name}-cluster`;

const given = named(process.env);

/** Without the deployment on Docker, which is down by then: the machine has room for one of them. */
export const checkout = join(
  cacheFolder(),
  'live-test',
  `checkout-k8s${docker.name === 'streaming-test' ? '' : `-${docker.name}`}`,
);

/** Why no cluster can be had here; undefined where one can. */
export async function reasonAgainst(): Promise<string | undefined> {
  if (given !== undefined) return undefined;
  try {
    const {
      value: { host },
    } = await engine(() => {});
    if (host !== undefined) process.env['DOCKER_HOST'] = host;
    const problems = missingRequirements((await new Docker().info()) as Parameters<typeof missingRequirements>[0]);
    return problems.length === 0 ? undefined : problems.join('; ');
  } catch (error) {
    return (error as Error).message;
  }
}

/** Starts the cluster, and makes a checkout whose settings name it. */
export async function begin(): Promise<void> {
  const { context, kubeconfig } = given ?? (await clusterUp({ name: NAME, log: () => {} }));
  makeCheckout(checkout, { ...docker, userSource: 'auto', k8s: { context, kubeconfig } }, false);
}

/** Takes everything away, whatever has happened before. */
export async function end(): Promise<void> {
  if (given === undefined) await clusterDown(NAME, () => {});
  else await streaming(['down', '--yes', '--platform', 'k8s']);
  rmSync(checkout, { recursive: true, force: true });
}

/** The deployment of the checkout, for tests that look at it themselves. */
export function deployed(): KubernetesDeployment {
  const { context, kubeconfig } = given ?? clusterOfTests();
  return new KubernetesDeployment(
    resolveSettings({ ...docker, userSource: 'auto', k8s: { context, kubeconfig } }),
    checkout,
  );
}

/** A command of the project, as somebody types it. */
export function streaming(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return run(join(checkout, 'node_modules', '.bin', 'streaming'), args, { cwd: checkout, ...options });
}

export function cdktf(...args: string[]): Promise<Finished> {
  return run('npx', ['cdktf', ...args], { cwd: checkout, timeoutSeconds: 900 });
}

/** What a command has printed, for a test that it should have passed. */
export function passed({ code, output }: Finished): void {
  if (code !== 0) throw new Error(`it ended with ${code}:\n${output.slice(-6000)}`);
}

function clusterOfTests(): Pick<Cluster, 'context' | 'kubeconfig'> {
  return { context: NAME, kubeconfig: join(cacheFolder(), 'clusters', NAME, 'kubeconfig') };
}

function named(env: NodeJS.ProcessEnv): Pick<Cluster, 'context' | 'kubeconfig'> | undefined {
  const [context, kubeconfig] = [env['STREAMING_TEST_K8S_CONTEXT'], env['STREAMING_TEST_K8S_KUBECONFIG']];
  if (context === undefined && kubeconfig === undefined) return undefined;
  if (context === undefined || kubeconfig === undefined)
    throw new Error('set both STREAMING_TEST_K8S_CONTEXT and STREAMING_TEST_K8S_KUBECONFIG, or neither');
  return { context, kubeconfig };
}
