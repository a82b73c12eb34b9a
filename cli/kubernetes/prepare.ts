import { cassandraElsewhere } from '../../stacks/components';
import { ROOT } from '../../stacks/settings';
import { setUp } from '../../toolchain/setup';
import { print } from '../../toolchain/log';
import type { KubernetesDeployment } from './deployment';
import { bringImages } from './images';

/** Everything that a deployment to a cluster needs of this machine, and its images where the nodes find them. */
export async function prepare({ settings }: KubernetesDeployment): Promise<void> {
  await setUp({
    deployment: settings.name,
    cassandra: cassandraElsewhere(settings.components, ROOT),
    stack: 'k8s',
    charts: settings.k8s.charts.length > 0,
  });
  await bringImages(settings, print);
}
