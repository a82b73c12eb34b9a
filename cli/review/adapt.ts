import type { Json } from './plan';

export interface Surroundings {
  /** Whether the engine has an image; undefined where no engine answers. */
  readonly hasImage: ((reference: string) => boolean) | undefined;
  /** Whether a file is there that Terraform reads when it plans; the path is as the stack spells it. */
  readonly hasFile: (path: string) => boolean;
}

/** Where the value of a missing file would end up. Nothing else of the resource is left out of the comparison. */
const FOLLOWS_FROM_A_SECRET: Readonly<Record<string, string>> = {
  docker_container: 'env',
  kubernetes_secret_v1: 'data',
  kubernetes_deployment_v1: 'spec[0].template[0].metadata[0].annotations["streaming-platform.io/secrets"]',
  kubernetes_stateful_set_v1: 'spec[0].template[0].metadata[0].annotations["streaming-platform.io/secrets"]',
  kubernetes_job_v1: 'spec[0].template[0].metadata[0].annotations["streaming-platform.io/secrets"]',
};

/**
 * The stack as it can be planned where an image is not built yet, or where the deployment's secrets are not: the plan
 * would fail there, and a reviewer has neither. Pure.
 */
export function adapt(stack: Json, { hasImage, hasFile }: Surroundings): { stack: Json; notes: string[] } {
  const adapted = structuredClone(stack);
  const notes: string[] = [];

  const lookedUp: Record<string, Json> = adapted.data?.docker_image ?? {};
  const unbuilt = Object.entries(lookedUp).filter(([, { name }]) => hasImage && !hasImage(name));
  for (const [id, { name }] of unbuilt) {
    delete lookedUp[id];
    for (const container of Object.values<Json>(adapted.resource.docker_container)) {
      if (container.image === `\${data.docker_image.${id}.id}`) container.image = name;
    }
    notes.push(`image ${name} is not built yet: "npm run images" does it`);
  }
  if (adapted.data !== undefined && Object.keys(lookedUp).length === 0) delete adapted.data;

  const ignored = new Set<string>();
  for (const [type, named] of Object.entries<Json>(adapted.resource)) {
    for (const [name, resource] of Object.entries<Json>(named)) {
      let missing = false;
      named[name] = mapTexts(resource, (text) => {
        const read = [...text.matchAll(/\bfile\("([^"]+)"\)/g)].map(([, path]) => path!);
        if (!text.includes('${') || read.every(hasFile)) return text;
        missing = true;
        return text.replace(/\$\{[^]*\}$/, '');
      });
      const attribute = FOLLOWS_FROM_A_SECRET[type];
      if (!missing || attribute === undefined) continue;
      named[name].lifecycle = {
        ...named[name].lifecycle,
        ignore_changes: [...(named[name].lifecycle?.ignore_changes ?? []), attribute],
      };
      ignored.add(name);
    }
  }
  if (ignored.size > 0) {
    const where = [...ignored].sort().join(', ');
    notes.push(`the deployment's secrets are not here: what follows from them was not compared (${where})`);
  }
  return { stack: adapted, notes };
}

function mapTexts(value: Json, map: (text: string) => string): Json {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((inner) => mapTexts(inner, map));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, map)]));
}
