import { apiVersion, objectTypes } from '../../constructs/platforms/kubernetes/kinds';
import type { Json, Synthesised } from '../synth';

/**
 * The objects that the provider makes of a synthesised stack, as the API server gets them: for tools that judge manifests.
 * They are read back with the API's own types, which take no field that they do not know (toolchain/go/pod-security).
 */
export function manifests(stack: Synthesised): Json[] {
  const namespace = Object.values(stack.resource['kubernetes_namespace_v1']!)[0]!.metadata.name as string;
  return Object.entries(stack.resource).flatMap(([type, resources]) => {
    const known = objectTypes[type];
    if (known === undefined) throw new Error(`no manifest is known for the resource type ${type}: add it to kinds.ts`);
    const { kind } = known;
    return Object.values(resources).map((resource) => ({
      apiVersion: apiVersion(known),
      kind,
      ...camel(
        Object.fromEntries(Object.entries(resource).filter(([key]) => !terraformOnly.includes(key))),
        namespace,
        kind,
      ),
    }));
  });
}

/** What is for Terraform or the provider itself. */
const terraformOnly = [
  'depends_on',
  'lifecycle',
  'provisioner',
  'timeouts',
  'wait_for_completion',
  'wait_for_rollout',
  'wait_until_bound',
];

/** Lists that the provider names in the singular. */
const plurals: Readonly<Record<string, string>> = {
  container: 'containers',
  init_container: 'initContainers',
  limit: 'limits',
  port: 'ports',
  path: 'paths',
  rule: 'rules',
  topology_spread_constraint: 'topologySpreadConstraints',
  volume: 'volumes',
  volume_claim_template: 'volumeClaimTemplates',
  volume_mount: 'volumeMounts',
};

/** Names with capitals in them. */
const capitals: Readonly<Record<string, string>> = { cluster_ip: 'clusterIP' };

/** One object, which the provider takes as a list of one. */
const single = ['http', 'label_selector', 'rolling_update', 'tcp_socket', 'update_strategy'];

/** Maps of the user's own keys. */
const verbatim = ['annotations', 'data', 'hard', 'labels', 'match_labels', 'requests'];

/** The provider takes numbers as text where the API takes them as text, too, or where they may be large. */
const numbers = ['fs_group', 'max_unavailable', 'port', 'replicas', 'run_as_group', 'run_as_user', 'target_port'];

function camel(value: Json, namespace: string, kind: string, key = ''): Json {
  if (typeof value === 'string') return text(value, namespace, kind, key);
  if (Array.isArray(value)) {
    const items = value.map((item) => camel(item, namespace, kind, key));
    if (!single.includes(key)) return items;
    if (items.length !== 1) throw new Error(`${key} is a list of ${items.length}, the API takes one`);
    return items[0];
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as Record<string, Json>).map(([name, inner]) => {
      if (verbatim.includes(key)) return [name, text(inner as string, namespace, kind, key)];
      const plural = Array.isArray(inner) ? plurals[name] : undefined;
      return [
        plural ?? capitals[name] ?? name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
        camel(inner, namespace, kind, name),
      ];
    }),
  );
}

/** Values that only Terraform knows stand for themselves: nobody judges by what a secret is. */
function text(value: string, namespace: string, kind: string, key: string): Json {
  if (key === 'default_mode') return Number.parseInt(value, 8);
  if (/^\d+$/.test(value) && (numbers.includes(key) || key.endsWith('_seconds') || key.endsWith('_after_finished')))
    return Number(value);
  if (value.startsWith('${kubernetes_namespace_v1.')) return namespace;
  if (/^\$\{/.test(value)) return kind === 'Secret' ? 'AAAA' : 'known-to-terraform';
  return value.replaceAll('$${', () => '${').replaceAll('%%{', '%{');
}
