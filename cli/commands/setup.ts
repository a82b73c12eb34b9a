import { Command } from 'commander';
import { examples } from '../output';

export function setupCommand(): Command {
  const command = new Command('setup')
    .description(
      'find or make what the machine needs before Terraform runs: engine, Terraform, provider, images, secrets',
    )
    .action(async () => {
      const { loadSettings } = await import('../../stacks/settings.js');
      const { setUp } = await import('../../toolchain/setup.js');
      await setUp({ deployment: loadSettings().name });
    });
  return examples(command, {
    setup: 'everything that "up" does before it deploys',
  });
}
