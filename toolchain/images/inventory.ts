import Docker from 'dockerode';
import { bundleProgram, programReference } from '../programs/bundle';
import { programs } from '../../constructs/images';
import { imageReference } from './reference';
import { imageNames, parentsOf } from './table';

const OURS = 'streaming-platform/';

export interface ListedImage {
  readonly name: string;
  readonly reference: string;
  /** What this checkout deploys, or builds others on. */
  readonly needed: boolean;
  readonly present: boolean;
  /** In the engine, with what it shares with others; null where it is not present. */
  readonly bytes: number | null;
  readonly builtOn: readonly string[];
  /** Containers of any deployment, running or not. */
  readonly usedBy: readonly string[];
}

interface Found {
  readonly images: readonly {
    readonly Id: string;
    readonly RepoTags?: readonly string[] | null;
    readonly Size: number;
  }[];
  readonly containers: readonly { readonly ImageID: string; readonly Names: readonly string[] }[];
}

/** Every image of ours: those that this checkout needs, there or not, and those that the engine has beside them. */
export async function inventory(docker = new Docker()): Promise<ListedImage[]> {
  const [images, containers] = await Promise.all([
    docker.listImages({ filters: { reference: [`${OURS}*`] } }),
    docker.listContainers({ all: true }),
  ]);
  return listed(neededReferences(), { images, containers });
}

/** Reference of each image that this checkout deploys, with what it is built on. */
export function neededReferences(): ReadonlyMap<string, readonly string[]> {
  const services = imageNames.map((name): [string, string[]] => [
    imageReference(name),
    Object.values(parentsOf(name)).map((parent) => imageReference(parent)),
  ]);
  const own = programs.map((program): [string, string[]] => {
    const { buildArgs } = bundleProgram(program);
    return [programReference(program), Object.values(buildArgs)];
  });
  return new Map([...services, ...own]);
}

/** Pure: what the engine has, held against what is needed. */
export function listed(needed: ReadonlyMap<string, readonly string[]>, { images, containers }: Found): ListedImage[] {
  const present = new Map(
    images.flatMap((image) =>
      (image.RepoTags ?? []).filter((tag) => tag.startsWith(OURS)).map((tag) => [tag, image] as const),
    ),
  );
  const references = [...needed.keys(), ...[...present.keys()].filter((tag) => !needed.has(tag)).sort()];
  return references.map((reference) => {
    const image = present.get(reference);
    const users = image ? containers.filter(({ ImageID }) => ImageID === image.Id) : [];
    return {
      name: nameOf(reference),
      reference,
      needed: needed.has(reference) || isBase(reference),
      present: image !== undefined,
      bytes: image?.Size ?? null,
      builtOn: (needed.get(reference) ?? []).map(nameOf),
      usedBy: users.map(({ Names: [name = ''] }) => name.replace(/^\//, '')).sort(),
    };
  });
}

/** What may go: no container of any deployment is made from it, and this checkout does not need it. */
export function prunable(images: readonly ListedImage[]): ListedImage[] {
  return images.filter(({ needed, present, usedBy }) => present && !needed && usedBy.length === 0);
}

/** Takes the names away, and with the last name of an image its layers. An image that others are built on stays until they go. */
export async function removeImages(references: readonly string[], docker = new Docker()): Promise<void> {
  for (const reference of references) {
    try {
      await docker.getImage(reference).remove();
    } catch (error) {
      // Somebody else was faster.
      if ((error as { statusCode?: number }).statusCode !== 404) throw error;
    }
  }
}

/**
 * Never old: an image whose tag is not the hash of its content is what others are built on where no image registry
 * answers, and the carrier of files, whose tag follows from what cdktf makes of it, is empty.
 */
function isBase(reference: string): boolean {
  return nameOf(reference) === 'carrier' || !/:[0-9a-f]{12}$/.test(reference);
}

function nameOf(reference: string): string {
  return reference.slice(OURS.length).replace(/:.*/, '');
}
