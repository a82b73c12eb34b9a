import { WORKLOAD_LABEL } from '../../constructs/platforms/docker/naming';
import type { Fact, Happening, PlatformPlan, Reach, ServiceFacts, ServicePlan } from './model';
import { isUnset, type Json, lookups, type Plan, refersTo, type Resource, resources, somewhere } from './plan';

/** Names of images by the engine's id, for those that the plan does not name. */
export type ImageNames = Readonly<Record<string, string>>;

type Side = 'before' | 'after';

/** Reads a plan of the Docker platform (constructs/platforms/docker) as what happens to its services. */
export function readDocker(plan: Plan, images: ImageNames = {}): PlatformPlan {
  const all = resources(plan);
  const of = (type: string) => all.filter((resource) => resource.type === type);
  const names = new Names(plan, all, images);
  const containers = of('docker_container');
  const carriers = containers.filter((container) => isCarrier(container.after ?? container.before));
  const carried = new Set(carriers.flatMap((carrier) => sides(carrier, (it) => mounted(it).map(names.volume))));
  const destroyed = of('docker_volume')
    .filter(({ does }) => does === 'replace' || does === 'delete')
    .map(({ name }) => name)
    .filter((name) => !carried.has(name));

  const services = containers
    .filter((container) => !carriers.includes(container))
    .map((container): ServicePlan => {
      const service = workloadOf(container.after ?? container.before);
      const files = carriers.filter((carrier) => workloadOf(carrier.after ?? carrier.before) === service);
      const facts = (side: Side): ServiceFacts | undefined => {
        if (container[side] === undefined) return undefined;
        return {
          facts: new Map([...own(container, side, names), ...files.flatMap((carrier) => carriedFacts(carrier[side]))]),
          volumes: new Map(
            mountsOf(container[side])
              .filter(({ volume_name: volume }) => volume)
              .map((mount) => [names.volume(mount.volume_name), mount.container_path] as const)
              .filter(([volume]) => !carried.has(volume)),
          ),
        };
      };
      const [before, after] = [facts('before'), facts('after')];
      const once = (container.after ?? container.before).restart === 'no';
      const hadVolumes = [...(before?.volumes.keys() ?? [])];
      const kept = hadVolumes.filter((volume) => !destroyed.includes(volume));
      return {
        service,
        once,
        happening: happening(container, once, before, after, names),
        before,
        after,
        lost: hadVolumes.filter((volume) => destroyed.includes(volume)),
        left: kept.filter((volume) => after?.volumes.get(volume) !== before?.volumes.get(volume)),
        notes: notesOf(container, all),
      };
    });
  const claimed = new Set(services.flatMap(({ lost }) => lost));
  return {
    services,
    reach: { before: reach(containers, 'before', names), after: reach(containers, 'after', names) },
    // A container that somebody removed by hand does not say any more what it mounted.
    losses: destroyed
      .filter((volume) => !claimed.has(volume))
      .map((volume) => `volume ${volume} is removed with everything in it`),
    notes: [],
  };
}

/** Translates what a state holds (ids of the engine) and what a configuration says (references) into names. */
class Names {
  private readonly networkIds: ReadonlyMap<string, string>;
  private readonly volumeNames: ReadonlyMap<string, string>;
  private readonly images: ReadonlyMap<string, string>;
  private readonly declared: ReadonlyMap<string, string>;

  constructor(plan: Plan, all: readonly Resource[], images: ImageNames) {
    const of = (type: string) => all.filter((resource) => resource.type === type);
    this.networkIds = new Map(of('docker_network').map(({ name, before }) => [before?.id, name]));
    this.volumeNames = new Map(
      of('docker_volume').flatMap((volume) => sides(volume, (it) => [[it.name, volume.name] as const])),
    );
    const found = lookups(plan);
    this.images = new Map([
      ...Object.entries(images),
      ...of('docker_image').map(({ before }) => [before?.image_id, before?.name] as const),
      ...found.read.map((read) => [read?.id, read?.name] as const),
    ]);
    this.declared = new Map([
      ...of('docker_image').map(({ name, declared }) => [`docker_image.${name}`, declared.name] as const),
      ...[...found.declared].map(([address, { name }]) => [address, name] as const),
    ]);
  }

  readonly network = (text: string): string => referred(text, 'docker_network') ?? this.networkIds.get(text) ?? text;

  readonly volume = (text: string): string => referred(text, 'docker_volume') ?? this.volumeNames.get(text) ?? text;

  image(value: string, declared: string | undefined): string {
    const reference = /^\$\{((?:data\.)?docker_image\.[\w-]+)\./.exec(declared ?? value)?.[1];
    const named = reference === undefined ? this.images.get(value) : this.declared.get(reference);
    return named ?? value.replace(/^(sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1');
  }
}

function referred(text: string, type: string): string | undefined {
  return new RegExp(`^\\$\\{${type}\\.([\\w-]+)\\.\\w+\\}$`).exec(text)?.[1];
}

function sides<T>(resource: Resource, read: (values: Json) => readonly T[]): T[] {
  return [resource.before, resource.after].filter((it) => it !== undefined).flatMap(read);
}

/** A container that is never started and only writes files onto a volume. */
function isCarrier(container: Json): boolean {
  return container.start === false;
}

function workloadOf(container: Json): string {
  return container.labels?.find((one: Json) => one.label === WORKLOAD_LABEL)?.value ?? container.name;
}

function mountsOf(container: Json): Json[] {
  return container.volumes ?? [];
}

function mounted(container: Json): string[] {
  return mountsOf(container).flatMap(({ volume_name: volume }) => (volume ? [volume] : []));
}

/** Attributes that are read below, or that follow from others. What else changes is shown as it is. */
const READ = new Set(
  'image env command entrypoint memory memory_swap ports volumes networks_advanced network_mode upload labels name hostname'.split(
    ' ',
  ),
);
const CALCULATED = new Set('id bridge container_logs exit_code network_data'.split(' '));

function own(container: Resource, side: Side, names: Names): [string, Fact][] {
  const it = container[side];
  const declaredImage = side === 'after' ? container.declared.image : undefined;
  const plain = (what: string, value: unknown): [string, Fact][] =>
    value === undefined || value === null ? [] : [[what, { value: String(value) }]];
  return [
    ...plain('image', it.image && names.image(it.image, declaredImage)),
    ...plain('command', [...(it.entrypoint ?? []), ...(it.command ?? [])].join(' ')),
    ...environment(container, side),
    ...plain('memory', it.memory && `${it.memory} MiB`),
    ...(it.ports ?? []).flatMap((port: Json) =>
      plain(`port ${port.internal}`, `published on ${port.ip}:${port.external}`),
    ),
    ...mountsOf(it).flatMap(({ host_path: folder, container_path: path }) =>
      folder ? plain(`folder at ${path}`, folderOf(folder, path, container.before)) : [],
    ),
    ...others(container, side),
  ];
}

/** Where not all mounts are known yet, a folder is the text that Terraform calculates it from; it rarely changes. */
function folderOf(folder: string, path: string, before: Json): string {
  const relative = /"(?:\.\.\/)*([^"]+)"/.exec(folder)?.[1];
  if (!refersTo(folder) || relative === undefined) return folder;
  const old = before && mountsOf(before).find((mount) => mount.container_path === path)?.host_path;
  return old?.endsWith(`/${relative}`) ? old : relative;
}

/** Provider attributes that differ and that nothing above reads. */
function others(container: Resource, side: Side): [string, Fact][] {
  const { before, after, beforeSensitive, afterSensitive } = container;
  return differing(container).map((key) => [
    spoken(key),
    {
      value: JSON.stringify((side === 'before' ? before : after)[key] ?? null),
      secret: somewhere(beforeSensitive[key]) || somewhere(afterSensitive[key]),
    },
  ]);
}

function differing({ before, after, declared }: Resource): string[] {
  if (before === undefined || after === undefined) return [];
  return Object.keys({ ...before, ...declared })
    .filter((key) => !READ.has(key) && !CALCULATED.has(key) && after[key] !== undefined)
    .filter((key) => !isUnset(before[key]) || !isUnset(after[key]))
    .filter((key) => JSON.stringify(before[key] ?? null) !== JSON.stringify(after[key] ?? null));
}

function spoken(attribute: string): string {
  return attribute.replaceAll('_', ' ');
}

/**
 * The environment, entry by entry. Terraform marks all of it as sensitive where one entry is; the configuration says
 * which one that is. What it says nothing about stays hidden.
 */
function environment(container: Resource, side: Side): [string, Fact][] {
  const split = (entry: string): [string, string] => {
    const at = entry.indexOf('=');
    return [entry.slice(0, at), entry.slice(at + 1)];
  };
  const declared = new Map<string, string>((container.declared.env ?? []).map(split));
  const marked = somewhere(container.beforeSensitive.env) || somewhere(container.afterSensitive.env);
  return (container[side].env ?? []).map((entry: string) => {
    const [key, value] = split(entry);
    const text = declared.get(key);
    const secret = text === undefined ? marked : refersTo(text);
    return [`environment ${key}`, { value, secret: secret || (marked && side === 'before' && looksSecret(value)) }];
  });
}

/** Of an entry that is plain now and may have been a secret before. */
function looksSecret(value: string): boolean {
  return /[\w+/-]{16,}/.test(value) && /\d/.test(value) && /[a-z]/.test(value) && /[A-Z]/.test(value);
}

function carriedFacts(carrier: Json): [string, Fact][] {
  return (carrier?.upload ?? []).map(({ file, content, source, source_hash: generation }: Json) => {
    const name = file.replace(/^\/run\/(config|secrets)\//, '');
    return source
      ? [`secret ${name}`, { value: `generation ${generation}`, secret: false }]
      : [`file ${name}`, { value: content ?? '' }];
  });
}

function happening(
  { does, before: was, after: becomes }: Resource,
  once: boolean,
  before: ServiceFacts | undefined,
  after: ServiceFacts | undefined,
  names: Names,
): Happening {
  if (does === 'delete') return 'removed';
  if (does === 'create') return 'created';
  if (does === 'update') return 'changed';
  if (does === 'nothing') return 'unchanged';
  if (once) return 'runs again';
  const differs = (what: string) => before?.facts.get(what)?.value !== after?.facts.get(what)?.value;
  const changed = [...new Set([...before!.facts.keys(), ...after!.facts.keys()])].filter(differs);
  const moved = JSON.stringify([...before!.volumes]) !== JSON.stringify([...after!.volumes]);
  const networks = (it: Json) =>
    (it.networks_advanced ?? [])
      .map((one: Json) => names.network(one.name))
      .sort()
      .join();
  const rewired = networks(was) !== networks(becomes);
  return !moved && !rewired && changed.every((what) => /^(file|secret) /.test(what)) ? 'restarted' : 'replaced';
}

/** What the provider changes in a running container. It reports more as changed in place, and leaves that as it is. */
const UPDATED = new Set(
  (
    'restart max_retry_count cpu_shares memory memory_reservation cpu_set memory_swap ' +
    'device_read_bps device_read_iops device_write_bps device_write_iops'
  ).split(' '),
);

function notesOf(container: Resource, all: readonly Resource[]): string[] {
  const unheeded = container.does === 'update' ? differing(container).filter((key) => !UPDATED.has(key)) : [];
  const networks = (container.declared.networks_advanced ?? []).map((n: Json) => referred(n.name, 'docker_network'));
  const anew = all.filter((r) => r.type === 'docker_network' && r.does === 'replace' && networks.includes(r.name));
  return [
    ...unheeded.map(
      (key) => `${spoken(key)}: Docker does not change it in a running container; it holds from the next new one on`,
    ),
    ...(container.why === 'replace_because_tainted' ? ['its last deployment failed: it is made anew'] : []),
    ...(container.does === 'replace' && anew.length > 0
      ? [`made anew with its network${anew.length > 1 ? 's' : ''} ${anew.map((n) => n.name).join(', ')}`]
      : []),
  ];
}

/**
 * Who joins whose network. The members that have a name there are its servers; on `internet` and `edge` members cannot
 * reach each other.
 */
function reach(containers: readonly Resource[], side: Side, names: Names): Reach[] {
  const members = new Map<string, { service: string; serves: boolean }[]>();
  for (const container of containers) {
    for (const { name, aliases } of container[side]?.networks_advanced ?? []) {
      const network = names.network(name);
      const member = { service: workloadOf(container[side]), serves: (aliases ?? []).length > 0 };
      members.set(network, [...(members.get(network) ?? []), member]);
    }
  }
  return [...members].flatMap(([network, all]): Reach[] => {
    if (network === 'edge') return [];
    if (network === 'internet') return all.map(({ service }) => ({ from: service, to: 'the internet' }));
    return all.flatMap((client) =>
      all
        .filter((server) => server.serves && server.service !== client.service)
        .map((server) => ({ from: client.service, to: server.service })),
    );
  });
}
