/**
 * Run by the terraform shim before it plans or changes a stack that is for a cluster: finds what would fail in the middle.
 * Creates nothing; what it asks for is answered by the API server alone.
 *
 * Usage: preflight.ts STACK_FOLDER plan|apply|destroy
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CoreV1Api, KubeConfig } from '@kubernetes/client-node' with {
  'resolution-mode': 'import',
};
import Docker from 'dockerode';
import { table } from '../../../cli/output';
import { runningCluster } from '../../../toolchain/kubernetes/cluster';
import { imagesOn } from '../../../toolchain/kubernetes/load-images';
import { decisions } from '../../../toolchain/terraform-shim/decisions.cjs';
import { readStack } from '../../../toolchain/terraform-shim/stack.cjs';
import { connect, NO_CONTEXT, TargetError } from './client';
import { type Facts, judge, type Node, pulledImages, type Row, type Wanted, wantedBy } from './preflight-checks';
import { quantity } from './quantities';
import { deniedRights } from './rights';

const ANSWER_SECONDS = 15;
/** A kubelet looks at its images every 30 s and reports them every 10 s: one that was just loaded may not be listed yet. */
const IMAGES_SECONDS = 45;
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

async function main([folder, command]: string[]): Promise<void> {
  const wanted = wantedBy(JSON.parse(readFileSync(join(folder!, 'cdk.tf.json'), 'utf8')));
  if (wanted === undefined) return;
  const context = wanted.context === NO_CONTEXT ? undefined : wanted.context;
  const config = await connect({ ...wanted, context });
  const version = await inTime(serverVersion(config), config);
  // A plan shows a difference and a destruction takes away: neither needs room or images.
  if (command !== 'apply') return;
  const { dockerHost } = decisions();
  if (dockerHost !== undefined) process.env['DOCKER_HOST'] ??= dockerHost;
  const [onNode, registry] = await Promise.all([imagesOfOwn(context!), imagesInRegistry(wanted, folder!)]);
  const begun = hasBegun(folder!);
  const ask = async () =>
    judge(wanted, { ...(await inTime(look(config, wanted, version, onNode), config)), begun, registry });
  let rows = await ask();
  const deadline = Date.now() + IMAGES_SECONDS * 1000;
  while (onNode === undefined && onlyImagesMiss(rows) && Date.now() < deadline) {
    await sleep(2000);
    rows = await ask();
  }
  const troubles = rows.filter((row) => row.todo !== undefined);
  if (troubles.length === 0) return;
  console.error(
    `${context} cannot take this deployment yet; nothing was created.\n` +
      table(
        ['check', 'found', 'what to do'],
        rows.map(({ check, result, todo }: Row) => [check, result, todo ?? '']),
      ),
  );
  process.exitCode = 1;
}

/** A run that was killed at its very start has left its lock and no state. A state that is kept elsewhere says nothing. */
function hasBegun(folder: string): boolean {
  const state = readStack(folder)?.state;
  return state === undefined || existsSync(state) || existsSync(`${state}.run`);
}

function onlyImagesMiss(rows: readonly Row[]): boolean {
  const troubles = rows.filter((row) => row.todo !== undefined);
  return troubles.length > 0 && troubles.every(({ check }) => check === 'images');
}

/** What the node of a cluster of this project has, by asking the node itself; undefined for every other cluster. */
async function imagesOfOwn(context: string): Promise<readonly string[] | undefined> {
  try {
    const own = await runningCluster(context);
    return own && [...(await imagesOn(own.container))];
  } catch {
    return undefined; // no engine here: the cluster is elsewhere
  }
}

/** Asks through the engine, which knows how one logs in to a registry. */
async function imagesInRegistry(wanted: Wanted, folder: string): Promise<Facts['registry']> {
  const images = pulledImages(wanted);
  if (images.length === 0) return undefined;
  const { loginOf } = await import('../../../cli/kubernetes/push-images.js');
  const file = wanted.pullSecretFile === undefined ? undefined : resolve(folder, wanted.pullSecretFile);
  const docker = new Docker({ timeout: ANSWER_SECONDS * 1000 });
  const isThere = async (image: string): Promise<boolean> => {
    try {
      await docker.getImage(image).distribution({ authconfig: loginOf(image, file) ?? {} });
      return true;
    } catch (error) {
      // Anything else need not be what the nodes would be told.
      if ((error as { statusCode?: number }).statusCode === 404) return false;
      throw error;
    }
  };
  try {
    const there = await Promise.all(images.map(isThere));
    return { missing: images.filter((_, at) => !there[at]) };
  } catch (error) {
    return { notAsked: (error as Error).message };
  }
}

async function serverVersion(config: KubeConfig): Promise<string> {
  const { VersionApi } = await import('@kubernetes/client-node');
  return (await config.makeApiClient(VersionApi).getCode()).gitVersion;
}

async function look(
  config: KubeConfig,
  wanted: Wanted,
  version: string,
  onNode: readonly string[] | undefined,
): Promise<Omit<Facts, 'begun'>> {
  const { AuthorizationV1Api, CoreV1Api, StorageV1Api } = await import('@kubernetes/client-node');
  const core = config.makeApiClient(CoreV1Api);
  const [denied, classes, namespace, nodes] = await Promise.all([
    deniedRights(config.makeApiClient(AuthorizationV1Api), wanted.rights),
    allowed(config.makeApiClient(StorageV1Api).listStorageClass()),
    core.readNamespace({ name: wanted.namespace }).catch(unless(404, 403)),
    nodesOf(core, wanted.namespace),
  ]);
  return {
    version,
    denied,
    storageClasses: classes?.items.map(({ metadata }) => ({
      name: metadata!.name!,
      isDefault: metadata?.annotations?.[DEFAULT_CLASS] === 'true',
    })),
    namespace: namespace && {
      labels: namespace.metadata?.labels ?? {},
      ending: namespace.metadata?.deletionTimestamp !== undefined,
    },
    nodes: onNode === undefined ? nodes : nodes?.map((node) => ({ ...node, images: onNode, allImages: true })),
  };
}

/** Nodes with what is free on them beside this deployment's own pods; undefined without the right to see them. */
async function nodesOf(core: CoreV1Api, namespace: string): Promise<Node[] | undefined> {
  const [nodes, pods] = await Promise.all([allowed(core.listNode()), allowed(core.listPodForAllNamespaces())]);
  if (nodes === undefined || pods === undefined) return undefined;
  const running = pods.items.filter(
    ({ metadata, status }) =>
      metadata?.namespace !== namespace && !['Succeeded', 'Failed'].includes(status?.phase ?? ''),
  );
  return nodes.items.map(({ metadata, spec, status }) => {
    const taken = (what: 'cpu' | 'memory') =>
      running
        .filter((pod) => pod.spec?.nodeName === metadata?.name)
        .flatMap((pod) => pod.spec?.containers ?? [])
        .reduce((sum, container) => sum + quantity(container.resources?.requests?.[what] ?? '0'), 0);
    const free = (what: 'cpu' | 'memory') => quantity(status?.allocatable?.[what] ?? '0') - taken(what);
    const ready = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
    const tainted = spec?.taints?.some(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute');
    return {
      name: metadata!.name!,
      usable: ready === true && spec?.unschedulable !== true && tainted !== true,
      free: { cpu: free('cpu'), memory: free('memory') },
      images: status?.images?.flatMap(({ names }) => names ?? []) ?? [],
    };
  });
}

const allowed = <T>(answer: Promise<T>): Promise<T | undefined> => answer.catch(unless(403));

function unless(...codes: number[]): (error: unknown) => undefined {
  return (error) => {
    if (codes.includes((error as { code?: number }).code ?? 0)) return undefined;
    throw error;
  };
}

async function inTime<T>(work: Promise<T>, config: KubeConfig): Promise<T> {
  const server = config.getCurrentCluster()?.server;
  const who = `the API server of context ${config.getCurrentContext()} (${server})`;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new TargetError(`${who} does not answer within ${ANSWER_SECONDS} s`)),
      ANSWER_SECONDS * 1000,
    );
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    if (error instanceof TargetError) throw error;
    const { code, message } = error as { code?: number | string; message: string };
    if (code === 401) throw new TargetError(`${who} does not know who asks: renew the credentials of the context`);
    throw new TargetError(`${who} does not answer: ${message}. Start it, or choose another context`);
  } finally {
    clearTimeout(timer);
  }
}

main(process.argv.slice(2)).then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error instanceof TargetError ? error.message : error);
    process.exit(1);
  },
);
