/** Every image built here, in build order, with the images that its Dockerfile takes as build arguments. */
export const parents = {
  base: {},
  jre21: { BASE: 'base' },
  jre17: { BASE: 'base' },
  node: { BASE: 'base' },
  kafka: { BASE: 'jre21' },
  zookeeper: { BASE: 'jre21' },
  cassandra: { BASE: 'jre17' },
  spark: { BASE: 'jre17' },
  'schema-registry': { BASE: 'jre21' },
  postgres: { BASE: 'base' },
  airflow: { BASE: 'base' },
} as const satisfies Record<string, Readonly<Record<string, string>>>;

export type ImageName = keyof typeof parents;

export const imageNames = Object.keys(parents) as readonly ImageName[];

export function parentsOf(name: ImageName): Readonly<Record<string, ImageName>> {
  return parents[name];
}

/** The images asked for and everything they are built on, in build order. */
export function withParents(names: readonly ImageName[]): ImageName[] {
  const wanted = new Set<ImageName>();
  const add = (name: ImageName): void => {
    wanted.add(name);
    Object.values(parentsOf(name)).forEach(add);
  };
  names.forEach(add);
  return imageNames.filter((name) => wanted.has(name));
}
