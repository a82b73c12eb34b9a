import { z } from 'zod';

/** Variables that several programs read. */
export const kafkaEnvironment = { KAFKA_BOOTSTRAP_SERVERS: z.string().min(1) };
export const registryEnvironment = { SCHEMA_REGISTRY_URL: z.url() };
export const cassandraEnvironment = {
  CASSANDRA_CONTACT_POINTS: z.string().min(1),
  CASSANDRA_DATACENTER: z.string().min(1).default('datacenter1'),
};
export const baseEnvironment = {
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  /** Where the secret files are; another folder only in tests. */
  SECRETS_DIR: z.string().min(1).default('/run/secrets'),
};
export const serverEnvironment = { PORT: z.coerce.number().int().min(1).max(65535).default(8080) };

/** Reads the environment once. Throws one error that names every variable that is missing or wrong. */
export function readEnvironment<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: NodeJS.ProcessEnv = process.env,
): z.output<z.ZodObject<Shape>> {
  const result = z.object(shape).safeParse(environment);
  if (result.success) {
    return result.data;
  }
  const wrong = result.error.issues.map(({ path, message }) => {
    const name = path.join('.');
    const value = environment[name];
    return value === undefined ? `${name} is not set` : `${name} is '${value}': ${message}`;
  });
  throw new Error(`the environment of this program is not complete: ${wrong.join('; ')}`);
}

/** `a:1,b:2` as a list. */
export function addresses(list: string): string[] {
  return list
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
}
