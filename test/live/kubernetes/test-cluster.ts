import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterDown, clusterUp } from '../../../toolchain/kubernetes/cluster';
import { type Log, print } from '../../../toolchain/log';
import { lastLines, run } from '../../../toolchain/run';
import { findCommand } from '../../../toolchain/system';

/** A cluster that exists for the tests only. */
export interface TestCluster {
  readonly context: string;
  readonly kubeconfig: string;
  remove(): Promise<void>;
}

interface Tool {
  /** Context of the cluster, which is how `up` knows how its nodes get images. */
  context(name: string): string;
  create(name: string, kubeconfig: string): readonly (readonly string[])[];
  remove(name: string): readonly string[];
}

const READY = '180s';

/** Tools whose nodes are images from a registry, in the order of choice. The user's own kubeconfig is left alone. */
const tools: Readonly<Record<string, Tool>> = {
  kind: {
    context: (name) => `kind-${name}`,
    create: (name, kubeconfig) => [['create', 'cluster', '--name', name, '--kubeconfig', kubeconfig, '--wait', READY]],
    remove: (name) => ['delete', 'cluster', '--name', name],
  },
  k3d: {
    context: (name) => `k3d-${name}`,
    create: (name, kubeconfig) => [
      ['cluster', 'create', name, '--kubeconfig-update-default=false', '--wait', '--timeout', READY],
      ['kubeconfig', 'write', name, '--output', kubeconfig],
    ],
    remove: (name) => ['cluster', 'delete', name],
  },
};

/** Those that are installed. */
export function installedTools(): string[] {
  return Object.keys(tools).filter((tool) => findCommand(tool) !== undefined);
}

/**
 * Makes a cluster with the first of these that can: kind, k3d, where they are installed and their images can be had, else
 * the project's own.
 */
export async function testCluster(name: string, log: Log = print, own = ownCluster): Promise<TestCluster> {
  for (const tool of installedTools()) {
    const made = await withTool(tool, name, log);
    if (made !== undefined) return made;
  }
  return own(name);
}

export async function ownCluster(name: string): Promise<TestCluster> {
  const { context, kubeconfig } = await clusterUp({ name, log: () => {} });
  return { context, kubeconfig, remove: () => clusterDown(name, () => {}) };
}

async function withTool(tool: string, name: string, log: Log): Promise<TestCluster | undefined> {
  const { context, create, remove } = tools[tool]!;
  const kubeconfig = join(tmpdir(), `${name}-${tool}.kubeconfig`);
  const cluster: TestCluster = {
    context: context(name),
    kubeconfig,
    async remove() {
      // kind takes the cluster out of a kubeconfig, and would take the user's.
      await run(tool, remove(name), { env: { KUBECONFIG: kubeconfig } });
      rmSync(kubeconfig, { force: true });
    },
  };
  await cluster.remove(); // what an interrupted test has left
  for (const args of create(name, kubeconfig)) {
    const { code, output } = await run(tool, args, { env: { KUBECONFIG: kubeconfig }, timeoutSeconds: 600 });
    if (code !== 0) {
      log(`${tool}: makes no cluster here and is passed over. Its last lines:\n${lastLines(output, 3)}`);
      await cluster.remove();
      return undefined;
    }
  }
  log(`${tool}: made the cluster ${cluster.context}`);
  return cluster;
}
