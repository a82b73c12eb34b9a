import type { KubernetesObject, V1Deployment, V1Job, V1StatefulSet } from '@kubernetes/client-node' with {
  'resolution-mode': 'import',
};
import { isRolledOut, verdictOfJob } from './rollout';

/* Terraform's JSON has hundreds of shapes; what is read is named. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

/** An object of this deployment that the cluster has. */
export interface Found {
  /** Terraform's name of its type, for example `kubernetes_job_v1`. */
  readonly type: string;
  readonly object: KubernetesObject;
}

/** What a release of a chart is to Helm: one Secret for each revision. */
export interface Revision {
  readonly secret: string;
  readonly release: string;
  /** `deployed`, `failed`, ... or `pending-...` while Helm works on it. */
  readonly status: string;
}

export interface Leftovers {
  readonly remove: readonly { readonly found: Found; readonly why: string }[];
  /** What holds data, by its address in Terraform and its id for the import. */
  readonly adopt: readonly { readonly address: string; readonly id: string }[];
  readonly forget: readonly { readonly revision: Revision; readonly why: string }[];
}

const UNKNOWN = 'the state does not know it';

/** They hold data, or everything else does so: never removed, but taken into the state. */
const HOLDING_DATA = new Set(['kubernetes_namespace_v1', 'kubernetes_persistent_volume_claim_v1']);

/**
 * What an interrupted run has left that would stop the next one. Pure.
 *
 * Objects that the state does not know have taken names, and would be created again. Those that it knows but that are not
 * well may be ones whose wait was cut short: Terraform takes them for done, and nobody would wait for them, or see why they
 * fail. The volumes of a StatefulSet stay when it is removed.
 *
 * @param state what Terraform remembers; undefined if there is none
 */
export function leftovers(
  stack: Json,
  state: Json | undefined,
  all: readonly Found[],
  revisions: readonly Revision[] = [],
): Leftovers {
  const known = new Set(remembered(state).map(({ type, metadata }) => key(type, metadata)));
  const isKnown = ({ type, object }: Found) => known.has(key(type, object.metadata));
  const lost = all.filter((found) => !isKnown(found));
  const releases = new Set(
    remembered(state).flatMap(({ type, attributes }) => (type === 'helm_release' ? attributes.name : [])),
  );
  const declared = Object.values<Json>(stack.resource.helm_release ?? {}).map(({ name }) => name as string);
  return {
    remove: [
      ...lost.filter(({ type }) => !HOLDING_DATA.has(type)).map((found) => ({ found, why: UNKNOWN })),
      ...all.filter((found) => isKnown(found) && !isDone(found)).map((found) => ({ found, why: 'it is not ready' })),
    ],
    adopt: lost
      .filter(({ type }) => HOLDING_DATA.has(type))
      .flatMap(({ type, object: { metadata } }) => {
        const address = addressOf(stack, type, metadata!.name!);
        const id = [metadata!.namespace, metadata!.name].filter((part) => part !== undefined).join('/');
        return address === undefined ? [] : [{ address, id }];
      }),
    // Without their record Helm installs what is there already anew: the objects say which release they are of.
    forget: revisions.flatMap((revision) => {
      // Somebody may have installed a chart of his own beside ours.
      if (!declared.includes(revision.release)) return [];
      if (!releases.has(revision.release)) return [{ revision, why: UNKNOWN }];
      return revision.status.startsWith('pending-') ? [{ revision, why: `it is still ${revision.status}` }] : [];
    }),
  };
}

interface Remembered {
  readonly type: string;
  readonly metadata: { readonly name?: string; readonly namespace?: string } | undefined;
  readonly attributes: Json;
}

function remembered(state: Json | undefined): Remembered[] {
  return (state?.resources ?? []).flatMap(({ type, instances }: Json) =>
    (instances ?? []).map(({ attributes }: Json) => ({ type, metadata: attributes?.metadata?.[0], attributes })),
  );
}

/** The namespace itself is in none; Terraform writes that as an empty name. */
function key(type: string, metadata: { readonly name?: string; readonly namespace?: string } = {}): string {
  return [type, metadata.namespace ?? '', metadata.name].join('/');
}

function isDone({ type, object }: Found): boolean {
  switch (type) {
    case 'kubernetes_job_v1':
      return verdictOfJob(object as V1Job).state === 'done';
    case 'kubernetes_stateful_set_v1':
    case 'kubernetes_deployment_v1':
      return isRolledOut(object as V1StatefulSet | V1Deployment);
    default:
      return true;
  }
}

/** Where the stack declares the object; undefined if it does not any more. */
function addressOf(stack: Json, type: string, name: string): string | undefined {
  const declared = Object.entries<Json>(stack.resource[type] ?? {});
  const found = declared.find(([, { metadata }]) => metadata.name === name);
  return found && `${type}.${found[0]}`;
}
