import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { KubernetesDeployment } from '../../../cli/kubernetes/deployment';
import { resolveSettings } from '../../../stacks/settings';
import { cacheFolder } from '../../../toolchain/cache';
import { engine } from '../../../toolchain/engine';
import { missingRequirements } from '../../../toolchain/kubernetes/requirements';
import { deployment as docker, makeCheckout } from '../support/checkout';
import { type Finished, run, type RunOptions } from '../support/run';
import { installedTools, ownCluster, testCluster, type TestCluster } from './test-cluster';

/** The cluster of these tests, and nobody else's. */
const NAME = `${docker.name}-cluster`;

/**
 * STREAMING_TEST_K8S_CONTEXT and STREAMING_TEST_K8S_KUBECONFIG name a cluster to run the tests on; it stays, and so does
 * everything in it but the namespace of the deployment.
 */
const given = named(process.env);

let cluster: TestCluster | undefined;

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
    // One that another tool makes may do without what our own needs.
    return problems.length === 0 || installedTools().length > 0 ? undefined : problems.join('; ');
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * Starts the cluster, and makes a checkout whose settings name it.
 *
 * @param own the project's own cluster in any case, for what reaches into its node
 */
export async function begin(own: 'own' | 'any' = 'any'): Promise<void> {
  if (own === 'own') cluster = await ownCluster(NAME);
  else cluster = given === undefined ? await testCluster(NAME) : { ...given, remove: removeNamespace };
  const { context, kubeconfig } = cluster;
  makeCheckout(checkout, { ...docker, userSource: 'auto', k8s: { context, kubeconfig } }, false);
}

/** Takes everything away, whatever has happened before. */
export async function end(): Promise<void> {
  await cluster?.remove();
  rmSync(checkout, { recursive: true, force: true });
}

async function removeNamespace(): Promise<void> {
  await streaming(['down', '--yes', '--platform', 'k8s']);
}

/** The deployment of the checkout, for tests that look at it themselves. */
export function deployed(): KubernetesDeployment {
  const { context, kubeconfig } = cluster!;
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

function named(env: NodeJS.ProcessEnv): Pick<TestCluster, 'context' | 'kubeconfig'> | undefined {
  const [context, kubeconfig] = [env['STREAMING_TEST_K8S_CONTEXT'], env['STREAMING_TEST_K8S_KUBECONFIG']];
  if (context === undefined && kubeconfig === undefined) return undefined;
  if (context === undefined || kubeconfig === undefined)
    throw new Error('set both STREAMING_TEST_K8S_CONTEXT and STREAMING_TEST_K8S_KUBECONFIG, or neither');
  return { context, kubeconfig };
}
