import type { AuthorizationV1Api } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { type ObjectType, objectTypes } from './kinds';

export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** @default - the whole cluster */
  readonly namespace?: string;
}

const VERBS = ['get', 'create', 'patch', 'update', 'delete'] as const;

/** Where a deployment was interrupted, the next one looks at what is there. */
const NAMESPACE_VERBS = [...VERBS, 'list'] as const;

/** A port is opened by a WebSocket: a request to get, which newer API servers let through only with the right to create. */
const PORTS = [
  { verb: 'get', group: '', resource: 'pods/portforward' },
  { verb: 'create', group: '', resource: 'pods/portforward' },
] as const;

/** What the commands of this project do with pods: look at them, read what they say, open their ports. */
const FOR_PEOPLE = [
  { verb: 'list', group: '', resource: 'pods' },
  { verb: 'get', group: '', resource: 'pods/log' },
  ...PORTS,
] as const;

/** What somebody must be allowed to do who reaches into the pods of a namespace. */
export function portRights(namespace: string): Right[] {
  return PORTS.map((right) => ({ ...right, namespace }));
}

/** What somebody must be allowed to do who deploys, proves and destroys Terraform resources of these types. */
export function rightsFor(types: readonly string[], namespace: string): Right[] {
  const rights = types.flatMap((type): Right[] => {
    const { group, resource, inCluster } = objectOf(type);
    return inCluster
      ? VERBS.map((verb) => ({ verb, group, resource }))
      : NAMESPACE_VERBS.map((verb) => ({ verb, group, resource, namespace }));
  });
  return [...rights, ...FOR_PEOPLE.map((right) => ({ ...right, namespace }))];
}

function objectOf(type: string): ObjectType {
  // What a chart makes is known to Helm alone, which keeps its record of it in a Secret.
  const known = objectTypes[type === 'helm_release' ? 'kubernetes_secret_v1' : type];
  if (known === undefined) throw new Error(`the resource type ${type} is not in kinds.ts: add it`);
  return known;
}

/** Asks the API server which of these whoever asks does not have. */
export async function deniedRights(api: AuthorizationV1Api, rights: readonly Right[]): Promise<Right[]> {
  const answers = await Promise.all(
    rights.map(async (right) => {
      const [resource, subresource] = right.resource.split('/');
      const resourceAttributes = { ...right, resource, subresource };
      const { status } = await api.createSelfSubjectAccessReview({
        body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } },
      });
      return { right, allowed: status?.allowed === true };
    }),
  );
  return answers.filter((answer) => !answer.allowed).map(({ right }) => right);
}

/** Rights as a person reads them: the verbs of each resource. */
export function inWords(rights: readonly Right[]): string {
  const byResource = new Map<string, string[]>();
  for (const { verb, group, resource, namespace } of rights) {
    const what = `${resource}${group === '' ? '' : `.${group}`}${namespace === undefined ? ' (cluster)' : ''}`;
    byResource.set(what, [...(byResource.get(what) ?? []), verb]);
  }
  return [...byResource].map(([what, verbs]) => `${verbs.join('/')} ${what}`).join(', ');
}

export interface ClusterRole {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

/** A role that may deploy whatever the settings ask for. Of the whole cluster, because a deployment makes its namespace. */
export function deployerRole(): ClusterRole {
  const rights = rightsFor(Object.keys(objectTypes), '');
  const resources = new Map(rights.map(({ group, resource }) => [`${group}/${resource}`, { group, resource }]));
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'streaming-deployer' },
    rules: [...resources.values()].map(({ group, resource }) => ({
      apiGroups: [group],
      resources: [resource],
      verbs: rights.filter((right) => right.group === group && right.resource === resource).map(({ verb }) => verb),
    })),
  };
}
