import { Command } from 'commander';
import type { PlatformName } from '../deployment';
import { examples } from '../output';
import { platformOption } from './options';

export function setupCommand(): Command {
  const command = new Command('setup')
    .description(
      'find or make what the machine needs before Terraform runs: engine, Terraform, provider, images, secrets',
    )
    .addOption(platformOption())
    .action(async ({ platform }: { platform: PlatformName }) => {
      const { cassandraElsewhere } = await import('../../stacks/components.js');
      const { loadSettings, ROOT } = await import('../../stacks/settings.js');
      const { setUp } = await import('../../toolchain/setup.js');
      const { name, components, k8s } = loadSettings();
      const cassandra = cassandraElsewhere(components, ROOT);
      await setUp({
        deployment: name,
        cassandra,
        stack: platform === 'k8s' ? 'k8s' : 'local',
        charts: platform === 'k8s' && k8s.charts.length > 0,
      });
    });
  return examples(command, {
    setup: 'everything that "up" does before it deploys',
    'setup --platform k8s': 'the same for a cluster: its provider, and the images of the programs',
  });
}
