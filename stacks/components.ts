import { resolve } from 'node:path';
import { z } from 'zod';
import type { Service } from '../constructs/pipeline/streaming-pipeline';

/** Names that mean the reader itself: in a container, the container. */
const LOOPBACK = /^(localhost|127\.[\d.]+)$/i;

const hostPort = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?:\d{1,5}$/i;

/** `host:port`, several with commas between. */
const addresses = z
  .string()
  .refine(
    (text) => text.split(',').every((one) => hostPort.test(one) && Number(one.split(':')[1]) <= 65535),
    'must be host:port, of several servers with commas between, for example "a.example:9092,b.example:9092"',
  );

const LOOPBACK_MESSAGE =
  'a container that looks for it there finds itself: give a name or address that containers can reach, and this one as "outside"';

const reachable = addresses.refine(
  (text) => !text.split(',').some((one) => LOOPBACK.test(one.split(':')[0]!)),
  LOOPBACK_MESSAGE,
);

const url = z.url({ protocol: /^https?$/, error: 'must be a URL, for example "http://registry.example:8081"' });

/** Where it is found, beside its address. */
const place = {
  /** Existing network of the engine on which it answers; without it, through a way to the internet. Docker only. */
  dockerNetwork: z.string().min(1).optional(),
};

const passwordFile = z.string().min(1);

/** Who runs a component, where it is not this deployment. */
export const components = z
  .strictObject({
    kafka: z
      .strictObject({
        external: z.strictObject({
          bootstrapServers: reachable,
          /** The same brokers for the commands on this machine, where containers find them elsewhere. */
          outside: addresses.optional(),
          replicationFactor: z.int().min(1).max(5).default(3),
          ...place,
        }),
      })
      .optional()
      .describe(
        '`{ "external": { "bootstrapServers": "host:port,..." } }`: Kafka that somebody else runs; ours and its ZooKeeper are not deployed. See [docs/outgrow-one-machine.md](docs/outgrow-one-machine.md).',
      ),
    schemaRegistry: z
      .strictObject({
        external: z.strictObject({
          url: url.refine((text) => !LOOPBACK.test(hostOf(text)), LOOPBACK_MESSAGE),
          outside: url.optional(),
          ...place,
        }),
      })
      .optional()
      .describe('`{ "external": { "url": "http://host:port" } }`: a Schema Registry that somebody else runs.'),
    cassandra: z
      .strictObject({
        external: z.strictObject({
          contactPoints: reachable,
          outside: addresses.optional(),
          datacenter: z.string().min(1),
          replicationFactor: z.int().min(1).max(5).default(3),
          /** Files of the user, by role. Where there is none for a role, its password is made and given to it. */
          passwordFiles: z.strictObject({
            admin: passwordFile,
            stream: passwordFile.optional(),
            reader: passwordFile.optional(),
          }),
          ...place,
        }),
      })
      .optional()
      .describe(
        '`{ "external": { "contactPoints": "host:port,...", "datacenter": "dc1", "passwordFiles": { "admin": "file" } } }`: Cassandra that somebody else runs, with a superuser `admin` whose password is in a file.',
      ),
  })
  .prefault({});

export type Components = z.output<typeof components>;

function hostOf(text: string): string {
  return URL.canParse(text) ? new URL(text).hostname : '';
}

/** Services of ours that are not deployed, because something else takes their place. */
export function replacedServices({ kafka, schemaRegistry, cassandra }: Components): Service[] {
  return [
    ...(kafka ? (['zookeeper', 'kafka'] as const) : []),
    ...(schemaRegistry ? (['schema-registry'] as const) : []),
    ...(cassandra ? (['cassandra'] as const) : []),
  ];
}

/** Where commands on this machine find what somebody else runs. */
export function outside({ kafka, schemaRegistry, cassandra }: Components): {
  readonly brokers?: readonly string[];
  readonly registryUrl?: string;
  readonly cassandra?: { readonly contactPoints: readonly string[]; readonly datacenter: string };
} {
  const of = <T extends { outside?: string }>(external: T, inside: string) => external.outside ?? inside;
  return {
    brokers: kafka && of(kafka.external, kafka.external.bootstrapServers).split(','),
    registryUrl: schemaRegistry && of(schemaRegistry.external, schemaRegistry.external.url).replace(/\/$/, ''),
    cassandra: cassandra && {
      contactPoints: of(cassandra.external, cassandra.external.contactPoints).split(','),
      datacenter: cassandra.external.datacenter,
    },
  };
}

/** Networks of the engine on which somebody else's servers are found, by the name that their clients know them by. */
export function foreignNetworks({ kafka, schemaRegistry, cassandra }: Components): Record<string, string | undefined> {
  return {
    kafka: kafka?.external.dockerNetwork,
    'schema-registry': schemaRegistry?.external.dockerNetwork,
    cassandra: cassandra?.external.dockerNetwork,
  };
}

/** What the secrets of a deployment follow from, where Cassandra is somebody else's. Files are named from `root`. */
export function cassandraElsewhere({ cassandra }: Components, root: string) {
  if (cassandra === undefined) return undefined;
  const { contactPoints, datacenter, passwordFiles } = cassandra.external;
  const files = Object.entries(passwordFiles).flatMap(([role, file]) =>
    file === undefined ? [] : [[`cassandra-${role}-password`, resolve(root, file)] as const],
  );
  return { contactPoints: contactPoints.split(','), datacenter, files: Object.fromEntries(files) };
}
