import { imageName } from '../../constructs/platforms/kubernetes/image-name';
import { declaredWorkloads } from '../../stacks/declared';
import type { Settings } from '../../stacks/settings';
import { buildImages } from '../../toolchain/images/build';
import { pushImages } from './push-images';
import { runningCluster } from '../../toolchain/kubernetes/cluster';
import { loadImages, type LocalCluster, localCluster } from '../../toolchain/kubernetes/load-images';
import type { Log } from '../../toolchain/log';
import { buildPrograms } from '../../toolchain/programs/build';

/** The images of a deployment that are built here; those of vendors are pulled by the nodes. */
export function builtImages(settings: Settings): string[] {
  const images = declaredWorkloads(settings)
    .map(({ image }) => image)
    .filter(({ kind }) => kind !== 'vendor');
  return [...new Set(images.map(imageName))];
}

/** Every image of this project under its current tag. */
export async function buildAll(): Promise<void> {
  await buildImages();
  await buildPrograms();
}

/** The cluster of a context where it is one on this machine, whose nodes take images from the engine. */
export async function clusterHere(context: string): Promise<LocalCluster | undefined> {
  const own = await runningCluster(context);
  return localCluster(context, own ? [own.name] : []);
}

/** Puts the images of a deployment onto the nodes of a local cluster. Of another one, they are looked for before it is changed. */
export async function bringImages(settings: Settings, log: Log): Promise<void> {
  if (settings.images.registry !== undefined) return pushImages(settings.images, builtImages(settings), log);
  const cluster = await clusterHere(settings.k8s.context ?? '');
  if (cluster !== undefined) return loadImages(cluster, builtImages(settings), log);
  log(`images: ${settings.k8s.context} is no local cluster that is known, so its nodes must have them or pull them`);
}
