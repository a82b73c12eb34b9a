import { Command, InvalidArgumentError } from 'commander';
import { wrongInput } from '../errors';
import { examples } from '../output';

const defaultName = 'streaming-cluster';
const name = ['--name <name>', 'name of the container and of the context', clusterName, defaultName] as const;

export function clusterCommand(): Command {
  const up = new Command('up')
    .description('build what is missing, start the cluster and wait until it answers')
    .option(...name)
    .option('--write-kubeconfig', 'add the context to your own kubeconfig as well')
    .action(async (options: { name: string; writeKubeconfig?: boolean }) => {
      const { clusterUp } = await import('../../toolchain/kubernetes/cluster.js');
      await clusterUp(options);
    });
  const down = new Command('down')
    .description('remove the cluster with everything in it; no other cluster is touched')
    .option(...name)
    .action(async (options: { name: string }) => {
      const { clusterDown } = await import('../../toolchain/kubernetes/cluster.js');
      await clusterDown(options.name);
    });
  const load = new Command('load')
    .description('put images of the engine onto the nodes of a local cluster: our own, kind, k3d or minikube')
    .argument(
      '[image...]',
      'references that the engine has; default: what the deployment runs, built where it is missing',
    )
    .option('--context <context>', `the cluster; default: the setting k8s.context, else ${defaultName}`)
    .action(async (images: string[], { context: named }: { context?: string }) => {
      const { loadSettings } = await import('../../stacks/settings.js');
      const { loadImages } = await import('../../toolchain/kubernetes/load-images.js');
      const { buildAll, builtImages, clusterHere } = await import('../kubernetes/images.js');
      const { openDocker } = await import('../docker.js');
      const settings = loadSettings();
      openDocker(settings); // the engine that the set-up chose
      const context = named ?? settings.k8s.context ?? defaultName;
      const cluster = await clusterHere(context);
      if (cluster === undefined)
        throw wrongInput(
          `context "${context}" is no local cluster that is known; allowed are a running one of "npm run cluster:up", ` +
            'kind-<name>, k3d-<name> and minikube. For other clusters push the images to a registry',
        );
      if (images.length === 0) await buildAll();
      await loadImages(cluster, images.length > 0 ? images : builtImages(settings));
    });
  return examples(
    new Command('cluster')
      .description('a Kubernetes of one node in one container, for trying the k8s stack')
      .addCommand(
        examples(up, { 'cluster up': 'as context streaming-cluster', 'cluster up --name second': 'one more' }),
      )
      .addCommand(examples(down, { 'cluster down': 'with everything in it' }))
      .addCommand(
        examples(load, {
          'cluster load': 'what the deployment runs, onto the cluster that the settings name',
          'cluster load --context kind-dev my/app:1': 'one image, onto the nodes of the kind cluster dev',
        }),
      ),
    {
      'cluster up': 'start it, or see that it runs',
      'cluster up --write-kubeconfig': 'let your own kubectl know it',
      'cluster down': 'remove it',
    },
  );
}

function clusterName(text: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,48}[a-z0-9]$/.test(text))
    throw new InvalidArgumentError('It must be 2 to 50 lower-case letters, digits and dashes inside.');
  return text;
}
