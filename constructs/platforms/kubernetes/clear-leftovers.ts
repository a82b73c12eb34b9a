/**
 * Run by the terraform shim before it changes a stack whose last run was killed: makes way on the cluster for what Terraform
 * will create. Prints, a line each, what has to be imported into the state: `ADDRESS ID`. Before a destruction that is the
 * namespace alone, with which all else goes.
 *
 * Usage: clear-leftovers.ts STACK_FOLDER STATE_FILE apply|destroy
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { connect } from './client';
import { apiVersion, objectTypes } from './kinds';
import { deploymentLabels, isOf, selectorOf } from './labels';
import { type Found, type Leftovers, leftovers, type Revision } from './leftovers';
import { wantedBy } from './preflight-checks';

const NAMESPACE = 'kubernetes_namespace_v1';
const POLL_MS = 500;
/** Longer than the longest grace period of a pod, which goes before its controller. */
const GONE_SECONDS = 180;

async function main([folder, stateFile, command]: string[]): Promise<void> {
  const stack = JSON.parse(readFileSync(join(folder!, 'cdk.tf.json'), 'utf8')) as {
    readonly resource: Readonly<Record<string, unknown>>;
  };
  const { deployment, namespace, ...target } = wantedBy(stack)!;
  const { KubernetesObjectApi } = await import('@kubernetes/client-node');
  const api = KubernetesObjectApi.makeApiClient(await connect(target));

  const read = async (object: KubernetesObject): Promise<KubernetesObject | undefined> => {
    const { name = '', namespace } = object.metadata!;
    return api.read({ ...object, metadata: { name, namespace } }).catch(unless404);
  };
  const list = async (apiVersion: string, kind: string, labels: Record<string, string>) => {
    const selector = selectorOf(labels);
    const { items } = await api.list(apiVersion, kind, namespace, undefined, undefined, undefined, undefined, selector);
    // The items of a list do not say what they are.
    return items.map((item): KubernetesObject => ({ ...item, apiVersion, kind }));
  };
  const remove = async (object: KubernetesObject): Promise<void> => {
    await api.delete(object, undefined, undefined, undefined, undefined, 'Foreground').catch(unless404);
    const deadline = Date.now() + GONE_SECONDS * 1000;
    for (;;) {
      const now = await read(object);
      if (now?.metadata?.uid !== object.metadata?.uid) return;
      if (Date.now() > deadline)
        throw new Error(
          `${described(object)}, which an interrupted run has left, is not gone ${GONE_SECONDS} s after it was removed: ` +
            `look at its finalizers and its pods (kubectl --context ${target.context} -n ${namespace} describe ${described(object)})`,
        );
      await sleep(POLL_MS);
    }
  };

  const home = await read({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  if (home === undefined || !isOf(deployment, home.metadata?.labels)) return;
  const state = existsSync(stateFile!) ? (JSON.parse(readFileSync(stateFile!, 'utf8')) as unknown) : undefined;
  const adopt = (left: Leftovers) => {
    for (const { address, id } of left.adopt) {
      say(`keeping ${id} of an interrupted run as ${address}`);
      console.log(`${address} ${id}`);
    }
  };
  if (command === 'destroy') return adopt(leftovers(stack, state, [{ type: NAMESPACE, object: home }]));
  const found = await Promise.all(
    Object.keys(stack.resource).map(async (type): Promise<Found[]> => {
      const known = objectTypes[type];
      if (known === undefined) return [];
      const objects = known.inCluster
        ? [home]
        : await list(apiVersion(known), known.kind, deploymentLabels(deployment));
      return objects.map((object) => ({ type, object }));
    }),
  );
  const records = stack.resource['helm_release'] === undefined ? [] : await list('v1', 'Secret', { owner: 'helm' });
  const left = leftovers(stack, state, found.flat(), records.map(revisionOf));

  await Promise.all([
    ...left.remove.map(async ({ found: { object }, why }) => {
      await remove(object);
      say(`removed ${described(object)} of an interrupted run, because ${why}`);
    }),
    ...left.forget.map(async ({ revision, why }) => {
      await remove(records.find(({ metadata }) => metadata?.name === revision.secret)!);
      say(`removed Helm's record ${revision.secret} of an interrupted run, because ${why}`);
    }),
  ]);
  adopt(left);
}

/** @see https://helm.sh/docs/topics/advanced/#storage-backends */
function revisionOf({ metadata }: KubernetesObject): Revision {
  const { name: release = '', status = '' } = metadata?.labels ?? {};
  return { secret: metadata!.name!, release, status };
}

function described({ kind, metadata }: KubernetesObject): string {
  return `${kind?.toLowerCase()}/${metadata?.name}`;
}

function unless404(error: unknown): undefined {
  if ((error as { code?: number }).code === 404) return undefined;
  throw error;
}

function say(line: string): void {
  console.error(`terraform: ${line}`);
}

main(process.argv.slice(2)).then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
