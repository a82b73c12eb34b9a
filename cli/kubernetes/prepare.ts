import { setUp } from '../../toolchain/setup';
import { print } from '../../toolchain/log';
import type { KubernetesDeployment } from './deployment';
import { bringImages } from './images';

/** Everything that a deployment to a cluster needs of this machine, and its images where the nodes find them. */
export async function prepare({ settings }: KubernetesDeployment): Promise<void> {
  await setUp({ deployment: settings.name, stack: 'k8s' });
  await bringImages(settings, print);
}
