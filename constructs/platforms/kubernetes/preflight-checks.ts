import { isOf } from './labels';
import { quantity } from './quantities';
import { inWords, type Right, rightsFor } from './rights';

/** What a synthesised stack asks of a cluster. */
export interface Wanted {
  readonly kubeconfig: string;
  readonly context?: string;
  readonly namespace: string;
  readonly deployment: string;
  readonly rights: readonly Right[];
  /** Classes that claims name; undefined is the cluster's default. */
  readonly storageClasses: readonly (string | undefined)[];
  readonly pods: readonly Pod[];
  /** File with the login of the registry, from the folder of the stack. */
  readonly pullSecretFile?: string;
}

export interface Pod {
  readonly workload: string;
  readonly replicas: number;
  readonly cpu: number;
  readonly memory: number;
  readonly image: string;
}

/** What the cluster answered; what it would not say is undefined. */
export interface Facts {
  readonly version: string;
  readonly denied: readonly Right[];
  readonly storageClasses?: readonly { readonly name: string; readonly isDefault: boolean }[];
  /** The namespace, if it is there already. */
  readonly namespace?: { readonly labels: Readonly<Record<string, string>>; readonly ending: boolean };
  /** Whether this checkout has deployed the stack, or begun to. Another one's objects would be taken for leftovers. */
  readonly begun: boolean;
  readonly nodes?: readonly Node[];
  /** Images that the registry does not have, or why it was not asked; undefined where the nodes pull none of ours. */
  readonly registry?: { readonly missing: readonly string[] } | { readonly notAsked: string };
}

export interface Node {
  readonly name: string;
  /** Takes new pods. */
  readonly usable: boolean;
  /** Beside what the pods of others have asked for. */
  readonly free: { readonly cpu: number; readonly memory: number };
  readonly images: readonly string[];
  /** Whether these are all; a kubelet reports some of them only. */
  readonly allImages?: boolean;
}

export interface Row {
  readonly check: string;
  readonly result: string;
  /** What to do about it; a row without is in order. */
  readonly todo?: string;
}

/** A kubelet reports this many images at most; where it does, one that is missing in the list may still be there. */
const IMAGES_REPORTED = 50;

const OWN_IMAGES = 'streaming-platform/';

/* The synthesised JSON has hundreds of shapes; what is read is named. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

/** Reads a synthesised stack; undefined where it is not for a cluster. */
export function wantedBy(stack: Json): Wanted | undefined {
  const provider = [stack.provider?.kubernetes ?? []].flat()[0];
  if (provider === undefined) return undefined;
  const metadata = Object.values<Json>(stack.resource.kubernetes_namespace_v1)[0].metadata;
  const all = (type: string): Json[] => Object.values(stack.resource[type] ?? {});
  const controllers = ['deployment', 'stateful_set', 'job'].flatMap((kind) => all(`kubernetes_${kind}_v1`));
  return {
    kubeconfig: provider.config_path,
    context: provider.config_context,
    namespace: metadata.name,
    deployment: metadata.labels['app.kubernetes.io/instance'],
    rights: rightsFor(Object.keys(stack.resource), metadata.name),
    storageClasses: [
      ...new Set(
        [
          ...all('kubernetes_persistent_volume_claim_v1'),
          ...all('kubernetes_stateful_set_v1').flatMap((set) => set.spec.volume_claim_template ?? []),
        ].map((claim) => claim.spec.storage_class_name as string | undefined),
      ),
    ],
    pods: controllers.map((controller) => {
      const [container] = controller.spec.template.spec.container;
      const { cpu, memory } = container.resources.requests;
      return {
        workload: controller.metadata.labels['app.kubernetes.io/name'],
        replicas: Number(controller.spec.replicas ?? 1),
        cpu: quantity(cpu),
        memory: quantity(memory),
        image: container.image,
      };
    }),
    pullSecretFile: pullSecretFile(stack.resource.kubernetes_secret_v1),
  };
}

function pullSecretFile(secrets: Record<string, Json> = {}): string | undefined {
  const login = Object.values(secrets).find(({ type }) => type === 'kubernetes.io/dockerconfigjson');
  return login && /file\("(.*)"\)/.exec(login.data['.dockerconfigjson'])?.[1];
}

/** Ours with the name of a registry before it. */
export function pulledImages({ pods }: Wanted): string[] {
  return [...new Set(pods.map(({ image }) => image))].filter((image) => image.includes(`/${OWN_IMAGES}`));
}

/** Every check with its result, in the order in which they matter. */
export function judge(wanted: Wanted, facts: Facts): Row[] {
  return [
    { check: 'API server', result: `answers, ${facts.version}` },
    rightsRow(wanted, facts),
    namespaceRow(wanted, facts),
    ...storageRows(wanted, facts),
    ...(facts.nodes === undefined
      ? [{ check: 'nodes', result: 'not looked at: no right to list nodes and the pods of others' }]
      : [roomRow(wanted, facts.nodes), ...largestRow(wanted, facts.nodes), ...imageRows(wanted, facts.nodes)]),
    ...registryRows(wanted, facts),
  ];
}

function rightsRow({ rights }: Wanted, { denied }: Facts): Row {
  if (denied.length === 0) return { check: 'rights', result: `all ${rights.length} are granted` };
  return {
    check: 'rights',
    result: `missing: ${inWords(denied)}`,
    todo: 'ask for a role that has them (docs/commands/deployer-role.yaml), or choose another context',
  };
}

function namespaceRow({ namespace, deployment }: Wanted, { namespace: found, begun }: Facts): Row {
  const check = `namespace ${namespace}`;
  if (found === undefined) return { check, result: 'is not there yet' };
  if (!isOf(deployment, found.labels)) {
    return {
      check,
      result: 'is there, and not made by this deployment',
      todo: 'set k8s.namespace to a name that is free',
    };
  }
  if (found.ending) return { check, result: 'is being deleted', todo: 'wait until it is gone' };
  if (!begun) {
    return {
      check,
      result: 'is there, and another checkout made it: this one has no state of it',
      todo: 'set "name" to one that is free, or remove all of it with "npx streaming down --platform k8s"',
    };
  }
  return { check, result: 'is of this deployment' };
}

function storageRows({ storageClasses: wanted }: Wanted, { storageClasses: found }: Facts): Row[] {
  if (wanted.length === 0) return [];
  if (found === undefined) return [{ check: 'storage', result: 'not looked at: no right to list storage classes' }];
  const names = found.map((one) => one.name).join(', ') || 'none';
  return wanted.map((name): Row => {
    if (name === undefined) {
      const byDefault = found.find((one) => one.isDefault);
      return byDefault
        ? { check: 'storage', result: `default class ${byDefault.name}` }
        : {
            check: 'storage',
            result: `no class is the default; there are: ${names}`,
            todo: 'set k8s.storageClass to one of them',
          };
    }
    return found.some((one) => one.name === name)
      ? { check: 'storage', result: `class ${name}` }
      : {
          check: 'storage',
          result: `there is no class "${name}"; there are: ${names}`,
          todo: 'set k8s.storageClass to one of them',
        };
  });
}

const usable = (nodes: readonly Node[]) => nodes.filter((node) => node.usable);
const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
const cores = (amount: number) => `${amount.toFixed(1)} cores`;

function roomRow({ pods }: Wanted, nodes: readonly Node[]): Row {
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const need = {
    cpu: sum(pods.map((pod) => pod.cpu * pod.replicas)),
    memory: sum(pods.map((pod) => pod.memory * pod.replicas)),
  };
  const free = {
    cpu: sum(usable(nodes).map((node) => node.free.cpu)),
    memory: sum(usable(nodes).map((node) => node.free.memory)),
  };
  const result =
    `${cores(need.cpu)} and ${gibibytes(need.memory)} are asked for; ` +
    `free on ${usable(nodes).length} of ${nodes.length} nodes: ${cores(free.cpu)}, ${gibibytes(free.memory)}`;
  return need.cpu <= free.cpu + 1e-6 && need.memory <= free.memory
    ? { check: 'room', result }
    : {
        check: 'room',
        result,
        todo: 'add a node, or take a smaller profile, less memoryMiB or a lower k8s.requestedCpu',
      };
}

function largestRow({ pods }: Wanted, nodes: readonly Node[]): Row[] {
  const homeless = pods.filter(
    (pod) => !usable(nodes).some((node) => pod.cpu <= node.free.cpu + 1e-6 && pod.memory <= node.free.memory),
  );
  return homeless.map(({ workload, cpu, memory }) => ({
    check: `room for ${workload}`,
    result: `no node has ${cores(cpu)} and ${gibibytes(memory)} free`,
    todo: `set memoryMiB.${workload} lower, or add a larger node`,
  }));
}

function imageRows({ pods }: Wanted, nodes: readonly Node[]): Row[] {
  const local = [...new Set(pods.map((pod) => pod.image))].filter((image) => image.startsWith(OWN_IMAGES));
  const missing = usable(nodes).flatMap((node) => {
    if (node.images.length >= IMAGES_REPORTED && !node.allImages) return [];
    return local
      .filter((image) => !node.images.some((one) => one === image || one.endsWith(`/${image}`)))
      .map((image) => ({ image, node: node.name }));
  });
  if (local.length === 0) return [];
  if (missing.length === 0) return [{ check: 'images', result: `${local.length} are on each node` }];
  return missing.map(({ image, node }) => ({
    check: 'images',
    result: `${image} is not on node ${node}`,
    todo: 'npx streaming cluster load',
  }));
}

function registryRows(wanted: Wanted, { registry }: Facts): Row[] {
  if (registry === undefined) return [];
  const check = 'registry';
  if ('notAsked' in registry) return [{ check, result: `images were not looked for: ${registry.notAsked}` }];
  if (registry.missing.length === 0) return [{ check, result: `has all ${pulledImages(wanted).length} images` }];
  return registry.missing.map((image) => ({
    check,
    result: `${image} is not there`,
    todo: 'npx streaming images push',
  }));
}
