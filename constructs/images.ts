/**
 * Every image of the platform in one table: ours, built by the set-up from package registries and named by the hash of
 * what goes in, and the vendor's that can be chosen in its place (settings: `images`).
 */
export type Image =
  | { readonly kind: 'service'; readonly name: ServiceImage }
  | { readonly kind: 'vendor'; readonly reference: string }
  | { readonly kind: 'program'; readonly program: Program };

/** Images under `images/`. */
export type ServiceImage =
  'zookeeper' | 'kafka' | 'schema-registry' | 'postgres' | 'airflow' | 'spark' | 'cassandra' | 'node';

/** Programs under `pipeline-code/`, each with an image of its own. */
export const programs = ['migrate', 'producer', 'random-user', 'stream', 'console'] as const;

export type Program = (typeof programs)[number];

/** The vendor's image per service. They synthesise; they were not run by this project's tests. */
export const vendorImages = {
  zookeeper: 'confluentinc/cp-zookeeper:7.9.4',
  kafka: 'confluentinc/cp-kafka:7.9.4',
  'schema-registry': 'confluentinc/cp-schema-registry:7.9.4',
  'control-center': 'confluentinc/cp-enterprise-control-center:7.9.4',
  postgres: 'postgres:15.15-bookworm',
  cassandra: 'cassandra:5.0.6',
} as const;

export type VendorService = keyof typeof vendorImages;

/** Which image a service runs on. `ours` is tested here end to end. */
export type ImageChoice = 'ours' | 'vendor';

export function service(name: ServiceImage): Image {
  return { kind: 'service', name };
}

export function program(name: Program): Image {
  return { kind: 'program', program: name };
}

/** Our image or, where the settings ask for it, the vendor's. */
export function choose(ours: Image, vendor: VendorService, choice: ImageChoice = 'ours'): Image {
  return choice === 'ours' ? ours : { kind: 'vendor', reference: vendorImages[vendor] };
}
