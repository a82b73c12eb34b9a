import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { Service } from '../constructs/pipeline/streaming-pipeline';
import { vendorImages, type VendorService } from '../constructs/images';

/** Root of the repository. */
export const ROOT = resolve(__dirname, '..');

/** Memory limit of each service in MiB, by profile. `small` fits a laptop; `standard` has room for load. */
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
  standard: {
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
  },
} as const satisfies Record<string, Readonly<Record<Service, number>>>;

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

/**
 * Of the ports that browsers and Node's `fetch` refuse to open, the one that an offset can reach.
 * @see https://fetch.spec.whatwg.org/#port-blocking
 */
const BLOCKED_BY_BROWSERS = 10080;

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
    .max(3100)
    .multipleOf(100)
    .refine(
      (offset) => !Object.values(publishedPorts).some((port) => port + offset === BLOCKED_BY_BROWSERS),
      `would publish a page on port ${BLOCKED_BY_BROWSERS}, which no browser opens: take another multiple of 100`,
    )
    .default(0)
    .describe(
      'Added to every published port, so that several deployments stand side by side on one engine. A multiple of 100.',
    ),
  profile: z
    .enum(['small', 'standard'])
    .default('small')
    .describe('Memory of the services: `small` for a laptop, `standard` for load.'),
  usersPerRun: z.int().min(1).max(5000).default(20).describe('Users that the DAG asks for in each run.'),
  userSource: z
    .enum(['live', 'twin', 'auto'])
    .default('auto')
    .describe(
      'Where users come from: the public API, its local twin, or the API with the twin as a substitute when it cannot be reached. Chosen once per run.',
    ),
  memoryMiB: z
    .partialRecord(z.enum(serviceNames), z.int().min(64).max(65536))
    .default({})
    .describe('Memory limit per service in MiB, in place of the profile’s.'),
  images: z
    .partialRecord(z.enum(vendorServices), z.enum(['ours', 'vendor']))
    .default({})
    .describe('`vendor` runs the service on its vendor’s image; not run by this project’s tests.'),
  subnetRange: z
    .string()
    .regex(/^(\d{1,3}\.){3}\d{1,3}\/(1[6-9]|2[0-2])$/, 'must be a CIDR between /16 and /22, for example 10.213.0.0/21')
    .optional()
    .describe('Addresses of the Docker networks. Default: a /21 of 10.213.0.0/16 chosen by the port offset.'),
  kubernetesNamespace: z
    .string()
    .regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a DNS label')
    .default('streaming')
    .describe('Namespace of the `k8s` stack.'),
});

export type SettingsInput = z.input<typeof settingsSchema>;

/** Every setting with its effective value. */
export interface Settings extends Required<z.output<typeof settingsSchema>> {
  readonly ports: Readonly<Record<keyof typeof publishedPorts, number>>;
  readonly memory: Readonly<Record<Service, number>>;
}

/** Environment variable to setting. The file holds the rest. */
const environmentKeys = {
  STREAMING_NAME: 'name',
  STREAMING_PORT_OFFSET: 'portOffset',
  STREAMING_PROFILE: 'profile',
  STREAMING_USERS_PER_RUN: 'usersPerRun',
  STREAMING_USER_SOURCE: 'userSource',
} as const;

/** A wrong setting, found before anything is created. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  /** Of a command: wrong input. */
  readonly exitCode = 2;
}

/** Resolves settings against the schema and the profile. Pure. @throws {SettingsError} naming key, value and what is allowed */
export function resolveSettings(input: unknown, source = 'settings'): Settings {
  const parsed = settingsSchema.safeParse(input);
  if (!parsed.success)
    throw new SettingsError(parsed.error.issues.map((i) => `${source}: ${explain(i, input)}`).join('\n'));
  const chosen = parsed.data;
  const offset = chosen.portOffset;
  return {
    ...chosen,
    subnetRange: chosen.subnetRange ?? `10.213.${(offset / 100) * 8}.0/21`,
    ports: Object.fromEntries(Object.entries(publishedPorts).map(([k, v]) => [k, v + offset])) as Settings['ports'],
    memory: { ...memoryProfiles[chosen.profile], ...chosen.memoryMiB } as Settings['memory'],
  };
}

/**
 * Reads `settings.json` in the root of the repository (or the file named by STREAMING_SETTINGS) and the environment,
 * which wins.
 */
export function loadSettings(env: NodeJS.ProcessEnv = process.env, root = ROOT): Settings {
  const file = env['STREAMING_SETTINGS'] ?? join(root, 'settings.json');
  const fromFile = env['STREAMING_SETTINGS'] !== undefined || existsSync(file) ? readJson(file) : {};
  const fromEnv = Object.fromEntries(
    Object.entries(environmentKeys)
      .filter(([variable]) => env[variable] !== undefined && env[variable] !== '')
      .map(([variable, key]) => [key, /^\d+$/.test(env[variable]!) ? Number(env[variable]) : env[variable]]),
  );
  return resolveSettings({ ...fromFile, ...fromEnv }, existsSync(file) ? file : 'settings');
}

function readJson(file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new SettingsError(`${file} cannot be read as JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SettingsError(`${file} must hold a JSON object like { "portOffset": 100 }`);
  }
  return value as Record<string, unknown>;
}

function explain(issue: z.core.$ZodIssue, input: unknown): string {
  if (issue.code === 'unrecognized_keys') {
    const at = issue.path.length ? `in "${issue.path.join('.')}" ` : '';
    return `unknown key ${at}${issue.keys.map((k) => `"${k}"`).join(', ')}; allowed: ${allowedKeys(issue.path).join(', ')}`;
  }
  const value = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key as string],
    input,
  );
  const key = issue.path.join('.') || '(the file)';
  if (issue.code === 'invalid_key')
    return `unknown key "${key}"; allowed: ${allowedKeys(issue.path.slice(0, -1)).join(', ')}`;
  return `"${key}" is ${JSON.stringify(value)}; ${issue.message}`;
}

function allowedKeys(path: readonly PropertyKey[]): readonly string[] {
  if (path[0] === 'memoryMiB') return serviceNames;
  if (path[0] === 'images') return vendorServices;
  return Object.keys(settingsSchema.shape);
}

/** Folder of a deployment: state, secrets and recorded choices. */
export function deploymentFolder(settings: Pick<Settings, 'name'>, root = ROOT): string {
  return join(root, '.deployments', settings.name);
}

/** One row per setting, for the README's table and `--help`. */
export function describeSettings(): { key: string; environment?: string; default: string; description: string }[] {
  const variables = Object.fromEntries(Object.entries(environmentKeys).map(([variable, key]) => [key, variable]));
  const defaults = settingsSchema.parse({}) as Record<string, unknown>;
  return Object.entries(settingsSchema.shape).map(([key, schema]) => ({
    key,
    environment: variables[key],
    default: defaults[key] === undefined ? 'calculated' : JSON.stringify(defaults[key]),
    description: schema.description ?? '',
  }));
}
