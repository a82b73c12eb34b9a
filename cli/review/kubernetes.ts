import { podLabels } from '../../constructs/platforms/kubernetes/labels';
import type { Fact, Happening, PlatformPlan, Reach, ServiceFacts, ServicePlan } from './model';
import { type Json, type Plan, refersTo, type Resource, resources } from './plan';

const CONTROLLER = /^kubernetes_(deployment|stateful_set|job)_v1$/;
/** What is read below, beside the controllers. Any other object that changes is named as it is. */
const READ = new Set(
  'config_map secret service network_policy persistent_volume_claim namespace'
    .split(' ')
    .map((kind) => `kubernetes_${kind}_v1`),
);

type Side = 'before' | 'after';

/** Reads a plan of the Kubernetes platform (constructs/platforms/kubernetes) as what happens to its services. */
export function readKubernetes(plan: Plan): PlatformPlan {
  const all = resources(plan);
  const of = (kind: string) => all.filter(({ type }) => type === `kubernetes_${kind}_v1`);
  const destroyed = (one: Resource) => one.does === 'replace' || one.does === 'delete';
  const namespaceGone = of('namespace').some(destroyed);
  const claimsGone = of('persistent_volume_claim')
    .filter(destroyed)
    .map((claim) => claim.name);

  const services = all
    .filter(({ type }) => CONTROLLER.test(type))
    .map((controller): ServicePlan => {
      const beside = (kind: string) => of(kind).filter(({ name }) => name === controller.name);
      const facts = (side: Side): ServiceFacts | undefined => {
        const it = controller[side];
        if (it === undefined) return undefined;
        const folders = of('config_map').filter(
          ({ name }) => mountedMaps(it).includes(name) && name !== controller.name,
        );
        return {
          facts: new Map([
            ...ofController(it),
            ...beside('config_map').flatMap((map) => files(map[side])),
            ...folders.flatMap((map) => files(map[side], `${map.name}/`)),
            ...beside('secret').flatMap((secret) => secrets(secret[side])),
            ...beside('service').flatMap((service) => ports(service[side])),
          ]),
          volumes: volumes(it),
        };
      };
      const [before, after] = [facts('before'), facts('after')];
      const once = controller.type === 'kubernetes_job_v1';
      const had = [...(before?.volumes.keys() ?? [])];
      const lost = had.filter((volume) => namespaceGone || claimsGone.includes(volume));
      const left = had.filter((v) => !lost.includes(v) && after?.volumes.get(v) !== before?.volumes.get(v));
      return {
        service: controller.name,
        once,
        happening: happening(controller, once, before, after),
        before,
        after,
        lost,
        left,
        notes: controller.does === 'delete' && left.length > 0 ? ['its claims stay in the namespace'] : [],
      };
    });
  const policies = of('network_policy');
  return {
    services,
    reach: { before: reach(policies, 'before'), after: reach(policies, 'after') },
    losses: namespaceGone ? ['the namespace is removed, and every claim in it with its data'] : [],
    notes: [
      ...all
        .filter(({ type, does }) => does !== 'nothing' && !READ.has(type) && !CONTROLLER.test(type))
        .map(({ type, name, does }) => `${type} ${name}: ${does}`),
    ],
  };
}

/** A block is a list of one in a plan, and itself in a synthesised stack. */
function one(block: Json): Json {
  return (Array.isArray(block) ? block[0] : block) ?? {};
}

function many(block: Json): Json[] {
  if (block === undefined || block === null) return [];
  return Array.isArray(block) ? block : [block];
}

function pod(controller: Json): Json {
  return one(one(one(controller.spec).template).spec);
}

function ofController(controller: Json): [string, Fact][] {
  const container = one(pod(controller).container);
  const resources = one(container.resources);
  const plain = (what: string, value: unknown): [string, Fact][] =>
    value === undefined || value === null || value === '' ? [] : [[what, { value: String(value) }]];
  return [
    ...plain('image', container.image),
    ...plain('command', [...(container.command ?? []), ...(container.args ?? [])].join(' ')),
    ...many(container.env).flatMap((entry: Json): [string, Fact][] => {
      const from = one(one(entry.value_from).secret_key_ref).key;
      return plain(`environment ${entry.name}`, from ? `from secret ${from}` : (entry.value ?? 'set by the platform'));
    }),
    ...plain('memory', resources.limits?.memory),
    ...plain('processor', resources.requests?.cpu),
    ...plain('replicas', one(controller.spec).replicas),
    ...plain('health', one(one(container.startup_probe).exec).command?.join(' ')),
  ];
}

function files(map: Json, folder = ''): [string, Fact][] {
  return Object.entries<string>(map?.data ?? {}).map(([file, content]) => [
    `file ${folder}${file}`,
    { value: refersTo(content) ? 'as in the repository' : content },
  ]);
}

/** Their values are compared and never shown; where there is no value yet, the text that reads it stands for it. */
function secrets(secret: Json): [string, Fact][] {
  return Object.entries<string>(secret?.data ?? {}).map(([name, value]) => [`secret ${name}`, { value, secret: true }]);
}

function ports(service: Json): [string, Fact][] {
  return many(one(service?.spec).port).map((port) => [`port ${port.name}`, { value: `${port.port} in the namespace` }]);
}

function mountedMaps(controller: Json): string[] {
  return many(pod(controller).volume).flatMap((volume) => {
    const { name } = one(volume.config_map);
    return name ? [name] : [];
  });
}

/** Volumes that outlive the pod: claimed for each replica, or shared with others. */
function volumes(controller: Json): Map<string, string> {
  const mounts = new Map(
    many(one(pod(controller).container).volume_mount).map(({ name, mount_path: path }) => [name, path]),
  );
  const own = many(one(controller.spec).volume_claim_template).map((claim): [string, string] => {
    const { name } = one(claim.metadata);
    return [name, mounts.get(name)];
  });
  const shared = many(pod(controller).volume).flatMap((volume): [string, string][] => {
    const { claim_name: claim } = one(volume.persistent_volume_claim);
    return claim ? [[claim, mounts.get(volume.name)]] : [];
  });
  return new Map([...own, ...shared]);
}

function happening(
  { does, before, after }: Resource,
  once: boolean,
  was: ServiceFacts | undefined,
  becomes: ServiceFacts | undefined,
): Happening {
  if (does === 'delete') return 'removed';
  if (does === 'create') return 'created';
  if (does === 'replace') return once ? 'runs again' : 'replaced';
  const template = (it: Json) => JSON.stringify(one(it.spec).template);
  if (does === 'update' && template(before) !== template(after)) return 'restarted';
  const same = JSON.stringify([...was!.facts]) === JSON.stringify([...becomes!.facts]);
  return does === 'update' || !same ? 'changed' : 'unchanged';
}

const LABEL = Object.keys(podLabels(''))[0]!;

function selected(selector: Json): string | undefined {
  return one(selector).match_labels?.[LABEL];
}

/** What the policies let in, exact per port, and who has a way out of the cluster. */
function reach(policies: readonly Resource[], side: Side): Reach[] {
  return policies.flatMap((policy): Reach[] => {
    const spec = one(policy[side]?.spec);
    const owner = selected(spec.pod_selector);
    if (owner === undefined) return [];
    const into = many(spec.ingress).flatMap((rule): Reach[] => {
      const allowed = many(rule.ports).map(({ port }) => String(port));
      return many(rule.from).map((from) => ({
        from: selected(from.pod_selector) ?? 'others',
        to: owner,
        ports: allowed,
      }));
    });
    const out = many(spec.egress)
      .flatMap((rule) => many(rule.to))
      .some((to) => one(to.ip_block).cidr === '0.0.0.0/0');
    return [...into, ...(out ? [{ from: owner, to: 'the internet' }] : [])];
  });
}
