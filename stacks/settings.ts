import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { Replicas, Service } from '../constructs/pipeline/streaming-pipeline';
import { vendorImages, type VendorService } from '../constructs/images';
import { type Components, components, replacedServices } from './components';
import { readSettingsFile, type SettingsFile } from './settings-file';
import { suggestion } from './suggestion';

/** Root of the repository. */
export const ROOT = resolve(__dirname, '..');

const standard = {
  zookeeper: 512,
  kafka: 1536,
  'schema-registry': 768,
  'control-center': 256,
  postgres: 512,
  'airflow-api-server': 1024,
  'airflow-scheduler': 1024,
  'airflow-dag-processor': 512,
  'spark-master': 512,
  'spark-worker': 3072,
  stream: 2048,
  cassandra: 4096,
  producer: 256,
  'random-user': 256,
};

/**
 * Memory limit of each service in MiB, by profile. `small` fits a laptop; `standard` has room for load; `production` is
 * `standard` with several servers of each kind that keeps data, see {@link replicaProfiles}.
 */
export const memoryProfiles = {
  small: {
    zookeeper: 256,
    kafka: 768,
    'schema-registry': 640,
    'control-center': 192,
    postgres: 256,
    'airflow-api-server': 640,
    'airflow-scheduler': 640,
    'airflow-dag-processor': 384,
    'spark-master': 384,
    'spark-worker': 1280,
    stream: 1280,
    cassandra: 1536,
    producer: 192,
    'random-user': 192,
  },
  standard,
  production: standard,
} as const satisfies Record<string, Readonly<Record<Service, number>>>;

export type Profile = keyof typeof memoryProfiles;

/** How many there are of each service that can be more than one. With three, one can be lost while records are written. */
export const replicaProfiles = {
  small: { zookeeper: 1, kafka: 1, cassandra: 1, 'spark-worker': 1 },
  standard: { zookeeper: 1, kafka: 1, cassandra: 1, 'spark-worker': 1 },
  production: { zookeeper: 3, kafka: 3, cassandra: 3, 'spark-worker': 3 },
} as const satisfies Record<Profile, Replicas>;

/** Part of each service's processor share that is asked for on a cluster: `small` as a whole fits a node of two cores. */
const requestedCpu = { small: 0.4, standard: 1, production: 1 } as const satisfies Record<Profile, number>;

const serviceNames = Object.keys(memoryProfiles.small) as [Service, ...Service[]];
const vendorServices = Object.keys(vendorImages) as [VendorService, ...VendorService[]];

/** Ports on the loopback address of the machine, before the offset. */
export const publishedPorts = {
  kafka: 9092,
  schemaRegistry: 8081,
  controlCenter: 9021,
  airflow: 8080,
  sparkMaster: 9090,
  sparkDriver: 4040,
  cassandra: 9042,
} as const;

/** Published ports that a browser opens. */
const pageNames = ['airflow', 'controlCenter', 'sparkMaster', 'sparkDriver'] as const;

/**
 * Of the ports that browsers and Node's `fetch` refuse to open, the one that an offset can reach.
 * @see https://fetch.spec.whatwg.org/#port-blocking
 */
const BLOCKED_BY_BROWSERS = 10080;
const PORT_OFFSET_STEP = 100;
/** The networks of 32 deployments fit into the default range of addresses, one /21 for each. */
const MAX_PORT_OFFSET = 3100;

/** Every offset that the settings allow, in growing order. */
export const portOffsets: readonly number[] = Array.from(
  { length: MAX_PORT_OFFSET / PORT_OFFSET_STEP + 1 },
  (_, step) => step * PORT_OFFSET_STEP,
).filter(opensInBrowsers);

function opensInBrowsers(offset: number): boolean {
  return !Object.values(publishedPorts).some((port) => port + offset === BLOCKED_BY_BROWSERS);
}

/** With less than half of the small profile a service has no room for what it was measured to use once it has started. */
function memoryLimits(): Record<Service, z.ZodOptional<z.ZodInt>> {
  const limit = (service: Service) =>
    z
      .int()
      .min(memoryProfiles.small[service] / 2)
      .max(65536)
      .optional();
  return Object.fromEntries(serviceNames.map((service) => [service, limit(service)])) as ReturnType<
    typeof memoryLimits
  >;
}

function vendorChoices(): Record<VendorService, z.ZodOptional<z.ZodEnum<{ ours: 'ours'; vendor: 'vendor' }>>> {
  const choice = () => z.enum(['ours', 'vendor']).optional();
  return Object.fromEntries(vendorServices.map((service) => [service, choice()])) as ReturnType<typeof vendorChoices>;
}

function isWholeRange(cidr: string): boolean {
  const [address, bits] = cidr.split('/') as [string, string];
  const octets = address.split('.').map(Number);
  const number = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  return octets.every((octet) => octet <= 255) && octets[0] !== 0 && number % 2 ** (32 - Number(bits)) === 0;
}

const settingsSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,19}$/, 'must be 1 to 20 lower-case letters, digits and hyphens, starting with a letter')
    .default('streaming')
    .describe(
      'Name of the deployment: prefix of its containers, networks and volumes, and its folder under `.deployments`.',
    ),
  portOffset: z
    .int()
    .min(0)
    .max(MAX_PORT_OFFSET)
    .multipleOf(PORT_OFFSET_STEP)
    .refine(
      opensInBrowsers,
      `would publish a page on port ${BLOCKED_BY_BROWSERS}, which no browser opens: take another multiple of 100`,
    )
    .default(0)
    .describe(
      'Added to every published port, so that several deployments stand side by side on one engine. A multiple of 100.',
    ),
  profile: z
    .enum(['small', 'standard', 'production'])
    .default('small')
    .describe(
      'Memory of the services: `small` for a laptop, `standard` for load. `production`, on Kubernetes only: three ZooKeepers, three brokers and three Cassandras, one of which can be lost.',
    ),
  sparkWorkers: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe('Spark workers, more than one on Kubernetes only. Default: three in `production`, else one.'),
  usersPerRun: z.int().min(1).max(5000).default(20).describe('Users that the DAG asks for in each run.'),
  userSource: z
    .enum(['live', 'twin', 'auto'])
    .default('auto')
    .describe(
      'Where users come from: the public API, its local twin, or the API with the twin as a substitute when it cannot be reached. Chosen once per run.',
    ),
  memoryMiB: z
    .strictObject(memoryLimits())
    .default({})
    .describe('Memory limit per service in MiB, in place of the profile’s; at least half of what `small` gives it.'),
  images: z
    .strictObject({
      ...vendorChoices(),
      registry: z
        .string()
        .regex(
          /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(\/[a-z0-9._-]+)*$/,
          'must be a host with an optional port and path, for example "registry.example:5000/team"',
        )
        .optional(),
      pullSecretFile: z.string().min(1).optional(),
    })
    .refine(
      ({ registry, pullSecretFile }) => registry !== undefined || pullSecretFile === undefined,
      '"pullSecretFile" is the login of a registry: set "registry" too',
    )
    .default({})
    .describe(
      '`vendor` runs the service on its vendor’s image; not run by this project’s tests. `registry`: where the nodes of a cluster pull our images, which `npx streaming images push` brings there; `pullSecretFile`: its login, as Docker’s `config.json` has it.',
    ),
  components,
  subnetRange: z
    .string()
    .regex(/^(\d{1,3}\.){3}\d{1,3}\/(1[6-9]|2[0-2])$/, 'must be a CIDR between /16 and /22, for example 10.213.0.0/21')
    .refine(isWholeRange, 'must be the first address of a range, for example 10.213.0.0/21')
    .optional()
    .describe('Addresses of the Docker networks. Default: a /21 of 10.213.0.0/16 chosen by the port offset.'),
  k8s: z
    .strictObject({
      context: z
        .string()
        .min(1)
        .optional()
        .describe(
          'Context of the kubeconfig that names the cluster. Without it the `k8s` stack cannot be planned: no cluster is ever taken by accident.',
        ),
      kubeconfig: z
        .string()
        .regex(/^(~\/|\/)./, 'must be a path that begins with / or ~/')
        .default('~/.kube/config')
        .describe('File with the contexts: the addresses of clusters and who is asking.'),
      namespace: z
        .string()
        .regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a DNS label')
        .optional()
        .describe('Made by the `k8s` stack and destroyed with it. Default: the name of the deployment.'),
      ingress: z
        .strictObject({
          host: z
            .string()
            .regex(
              /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/,
              'must be a domain name, for example "streaming.example"',
            ),
          class: z.string().min(1).optional(),
          tlsSecret: z.string().min(1).optional(),
          controllerNamespace: z.string().min(1).default('ingress-nginx'),
          pages: z.array(z.enum(pageNames)).min(1).default(['airflow']),
        })
        .optional()
        .describe(
          '`{ "host": "streaming.example" }` makes an Ingress for `airflow.streaming.example`. Also `class`, `tlsSecret`, `controllerNamespace`, and `pages` (`controlCenter`, `sparkMaster`, `sparkDriver`), which have no login.',
        ),
      requestedCpu: z
        .number()
        .min(0.05)
        .max(1)
        .optional()
        .describe(
          'Part of each service’s processor share that is asked for, between 0.05 and 1: the lower it is, the more services a node takes than it could serve at the same time. Default: 0.4 in `small`, else 1.',
        ),
      charts: z
        .array(z.enum(['airflow']))
        .default([])
        .describe(
          'Components that the `k8s` stack takes from a Helm chart, with the values in [helm-values](helm-values/README.md): `["airflow"]`.',
        ),
      storageClass: z
        .string()
        .min(1)
        .optional()
        .describe("Class of the volumes' claims. Default: the cluster's own default class."),
    })
    .prefault({}),
});

export type SettingsInput = z.input<typeof settingsSchema>;

type Parsed = z.output<typeof settingsSchema>;

/** Every setting with its effective value. */
export interface Settings extends Required<Parsed> {
  readonly k8s: Parsed['k8s'] & { readonly namespace: string; readonly requestedCpu: number };
  /** Of what this deployment runs itself. */
  readonly ports: Readonly<Record<Exclude<PublishedPort, Replaceable>, number>> &
    Readonly<Partial<Record<Replaceable, number>>>;
  readonly memory: Readonly<Record<Service, number>>;
  readonly sparkWorkers: number;
  readonly replicas: Replicas;
}

export type PublishedPort = keyof typeof publishedPorts;
/** What somebody else may run. */
type Replaceable = keyof Components & PublishedPort;

/** Host name of each page that an Ingress leads to, by its port. */
export function ingressHosts({ k8s, ports }: Settings): Record<number, string> {
  const name = (page: string) => page.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return Object.fromEntries(
    (k8s.ingress?.pages ?? []).map((page) => [ports[page], `${name(page)}.${k8s.ingress!.host}`]),
  );
}

/** Environment variable to setting. The file holds the rest. */
const environmentKeys = {
  STREAMING_NAME: 'name',
  STREAMING_PORT_OFFSET: 'portOffset',
  STREAMING_PROFILE: 'profile',
  STREAMING_USERS_PER_RUN: 'usersPerRun',
  STREAMING_USER_SOURCE: 'userSource',
  STREAMING_K8S_CONTEXT: 'k8s.context',
  STREAMING_K8S_KUBECONFIG: 'k8s.kubeconfig',
} as const;

/** A wrong setting, found before anything is created. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  /** Of a command: wrong input. */
  readonly exitCode = 2;
}

/** Resolves settings against the schema and the profile. Pure. @throws {SettingsError} naming key, value and what is allowed */
export function resolveSettings(
  input: unknown,
  source: string | ((path: readonly PropertyKey[]) => string) = 'settings',
): Settings {
  const parsed = settingsSchema.safeParse(input);
  if (!parsed.success) {
    const from = typeof source === 'string' ? () => source : source;
    throw new SettingsError(parsed.error.issues.flatMap((issue) => explain(issue, input, from)).join('\n'));
  }
  const chosen = parsed.data;
  const offset = chosen.portOffset;
  const replicas = replicaProfiles[chosen.profile];
  const sparkWorkers = chosen.sparkWorkers ?? replicas['spark-worker'];
  refuseReplaced(chosen, source);
  const ports = Object.entries(publishedPorts).flatMap(([name, port]) =>
    chosen.components[name as Replaceable] === undefined ? [[name, port + offset] as const] : [],
  );
  return {
    ...chosen,
    sparkWorkers,
    replicas: { ...replicas, 'spark-worker': sparkWorkers },
    subnetRange: chosen.subnetRange ?? `10.213.${(offset / 100) * 8}.0/21`,
    k8s: {
      ...chosen.k8s,
      namespace: chosen.k8s.namespace ?? chosen.name,
      requestedCpu: chosen.k8s.requestedCpu ?? requestedCpu[chosen.profile],
    },
    ports: Object.fromEntries(ports) as Settings['ports'],
    memory: { ...memoryProfiles[chosen.profile], ...chosen.memoryMiB } as Settings['memory'],
  };
}

/** A limit for a service that is not deployed would change nothing, and nobody would notice. */
function refuseReplaced(
  { components: chosen, memoryMiB, images }: Parsed,
  source: string | ((path: readonly PropertyKey[]) => string),
): void {
  const from = typeof source === 'string' ? () => source : source;
  const replaced = replacedServices(chosen);
  const mistakes = Object.entries({ memoryMiB, images }).flatMap(([key, given]) =>
    Object.keys(given)
      .filter((service) => replaced.includes(service as Service))
      .map(
        (service) =>
          `${from([key, service])}: "${key}.${service}" is set, but "components" says that somebody else runs ${service}; remove one of the two`,
      ),
  );
  if (mistakes.length > 0) throw new SettingsError(mistakes.join('\n'));
}

/** The services that run for ever in this deployment. */
export function servicesOf({ components: chosen }: Pick<Settings, 'components'>): Service[] {
  const replaced = replacedServices(chosen);
  return serviceNames.filter((service) => !replaced.includes(service));
}

/**
 * Reads `settings.json` in the root of the repository (or the file named by STREAMING_SETTINGS) and the environment,
 * which wins.
 */
export function loadSettings(env: NodeJS.ProcessEnv = process.env, root = ROOT): Settings {
  return readSettings(env, root).settings;
}

interface ReadSettings {
  readonly settings: Settings;
  readonly file?: SettingsFile;
  /** Setting to the variable that it comes from. */
  readonly variables: Readonly<Record<string, string>>;
}

function readSettings(env: NodeJS.ProcessEnv, root: string): ReadSettings {
  refuseNearMisses(env);
  const named = env['STREAMING_SETTINGS'] || undefined;
  const path = named === undefined ? join(root, 'settings.json') : resolve(root, named);
  const file = named !== undefined || existsSync(path) ? openFile(path) : undefined;
  const set = Object.entries(environmentKeys).filter(([variable]) => Boolean(env[variable]));
  const fromEnv = set.map(
    // Digits only: `1e3`, `0x10` and ` 7` are no spelling of a number that anybody else would read the same way.
    ([variable, key]) => [key, /^-?\d+$/.test(env[variable]!) ? Number(env[variable]) : env[variable]] as const,
  );
  const variables = Object.fromEntries(set.map(([variable, key]) => [key, variable]));
  const source = (path: readonly PropertyKey[]) => variables[path.join('.')] ?? file?.at(path) ?? 'settings';
  return { settings: resolveSettings(withAll(file?.values ?? {}, fromEnv), source), file, variables };
}

/** The settings with others in their place; a key like `k8s.context` leads into a section. */
function withAll(
  settings: Readonly<Record<string, unknown>>,
  changes: readonly (readonly [string, unknown])[],
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...settings };
  for (const [key, value] of changes) {
    const [section, inner] = key.split('.') as [string, string?];
    const isObject = typeof result[section] === 'object' && result[section] !== null && !Array.isArray(result[section]);
    if (inner === undefined) result[section] = value;
    // Something else than a section stays as it is: the schema refuses it with its value.
    else if (isObject || result[section] === undefined)
      result[section] = { ...(result[section] as object | undefined), [inner]: value };
  }
  return result;
}

/** Checks a file alone, without the environment. @throws {SettingsError} with every mistake in it */
export function checkSettingsFile(path: string): Settings {
  const file = openFile(path);
  return resolveSettings(file.values, file.at);
}

function openFile(path: string): SettingsFile {
  try {
    return readSettingsFile(path);
  } catch (error) {
    throw new SettingsError((error as Error).message);
  }
}

/** `STREAMING_PORTOFFSET=100` would change nothing, and nobody would notice. */
function refuseNearMisses(env: NodeJS.ProcessEnv): void {
  const known = [...Object.keys(environmentKeys), 'STREAMING_SETTINGS'];
  const prefix = 'STREAMING_';
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith(prefix) || known.includes(variable) || !env[variable]) continue;
    const meant = suggestion(
      variable.slice(prefix.length),
      known.map((name) => name.slice(prefix.length)),
    );
    if (meant !== undefined)
      throw new SettingsError(`the environment has ${variable}, which nothing reads: did you mean ${prefix}${meant}?`);
  }
}

function explain(
  issue: z.core.$ZodIssue,
  input: unknown,
  from: (path: readonly PropertyKey[]) => string,
): string | string[] {
  if (issue.code === 'unrecognized_keys') {
    const allowed = allowedKeys(issue.path);
    return issue.keys.map((key) => {
      const meant = suggestion(key, allowed);
      const hint = meant === undefined ? '' : ` did you mean "${meant}"?`;
      return `${from([...issue.path, key])}: unknown key "${[...issue.path, key].join('.')}";${hint} allowed: ${allowed.join(', ')}`;
    });
  }
  const value = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key as string],
    input,
  );
  const key = issue.path.join('.') || '(the file)';
  const shown = JSON.stringify(value) ?? String(value);
  return `${from(issue.path)}: "${key}" is ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}; ${issue.message}`;
}

/** The keys of the part of the schema that a path leads to. */
function allowedKeys(path: readonly PropertyKey[]): readonly string[] {
  const at = path.reduce<z.core.$ZodType | undefined>((schema, key) => {
    const inner = plain(schema);
    return inner instanceof z.ZodObject ? (inner.shape[String(key)] as z.core.$ZodType | undefined) : undefined;
  }, settingsSchema);
  const inner = plain(at);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** A schema without what says that it may be left out. */
function plain(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault)
    return plain(schema.unwrap());
  return schema;
}

/** Settings whose default follows from another one. */
const calculated: Readonly<Record<string, string>> = {
  sparkWorkers: 'profile',
  subnetRange: 'portOffset',
  'k8s.namespace': 'name',
  'k8s.requestedCpu': 'profile',
};

/** Where the effective value of a setting comes from. */
export interface Origin {
  readonly key: string;
  readonly value: unknown;
  readonly from: 'default' | 'calculated' | 'profile' | 'file' | 'environment';
  /** The variable, the place in the file, or the setting that it follows. */
  readonly where?: string;
}

/** Every effective value with its origin: the settings, then what follows from them. */
export function originsOfSettings(
  env: NodeJS.ProcessEnv = process.env,
  root = ROOT,
): { readonly file?: string; readonly origins: Origin[] } {
  const { settings, file, variables } = readSettings(env, root);
  const given = (path: readonly string[]) => has(file?.values, path);
  const one = (path: readonly string[]): Origin => {
    const key = path.join('.');
    const value = path.reduce<unknown>((at, k) => (at as Record<string, unknown> | undefined)?.[k], settings);
    if (variables[key] !== undefined) return { key, value, from: 'environment', where: variables[key] };
    if (given(path)) return { key, value, from: 'file', where: file!.at(path) };
    const follows = calculated[key];
    return follows === undefined ? { key, value, from: 'default' } : { key, value, from: 'calculated', where: follows };
  };
  const memory = servicesOf(settings).map((service): Origin => {
    const value = settings.memory[service];
    const path = ['memoryMiB', service];
    return given(path)
      ? { key: path.join('.'), value, from: 'file', where: file!.at(path) }
      : { key: path.join('.'), value, from: 'profile', where: settings.profile };
  });
  const ports = Object.entries(settings.ports).map(([name, value]): Origin => ({
    key: `ports.${name}`,
    value,
    from: 'calculated',
    where: 'portOffset',
  }));
  const keys = leaves(settingsSchema).filter(([first]) => first !== 'memoryMiB');
  return { file: file?.path, origins: [...keys.map(one), ...memory, ...ports] };
}

function has(values: unknown, path: readonly string[]): boolean {
  const [first, ...rest] = path;
  if (first === undefined) return true;
  return typeof values === 'object' && values !== null && Object.hasOwn(values, first)
    ? has((values as Record<string, unknown>)[first], rest)
    : false;
}

/** Paths of the settings. An object with a description is one setting; one without is a section of settings. */
function leaves(schema: z.ZodObject, path: readonly string[] = []): string[][] {
  return Object.entries(schema.shape).flatMap(([key, value]) => {
    const inner = plain(value);
    const section = inner instanceof z.ZodObject && (value as z.ZodType).description === undefined;
    return section ? leaves(inner, [...path, key]) : [[...path, key]];
  });
}

/** Folder of a deployment: state, secrets and recorded choices. */
export function deploymentFolder(settings: Pick<Settings, 'name'>, root = ROOT): string {
  return join(root, '.deployments', settings.name);
}

/** One row per setting, for the README's table. */
export function describeSettings(): { key: string; environment?: string; default: string; description: string }[] {
  const variables = Object.fromEntries(Object.entries(environmentKeys).map(([variable, key]) => [key, variable]));
  const defaults: unknown = settingsSchema.parse({});
  const at = (path: readonly string[]) =>
    path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], defaults);
  return leaves(settingsSchema).map((path) => ({
    key: path.join('.'),
    environment: variables[path.join('.')],
    default: JSON.stringify(at(path)) ?? (path.join('.') in calculated ? 'calculated' : 'none'),
    description: describe(path) ?? '',
  }));
}

function describe(path: readonly string[]): string | undefined {
  const schema = path.reduce<z.core.$ZodType | undefined>((at, key) => {
    const inner = plain(at);
    return inner instanceof z.ZodObject ? (inner.shape[key] as z.core.$ZodType) : undefined;
  }, settingsSchema);
  return (schema as z.ZodType | undefined)?.description;
}
