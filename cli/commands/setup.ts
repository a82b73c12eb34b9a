import { Command } from 'commander';

export function setupCommand(): Command {
  return new Command('setup')
    .description(
      'find or make what the machine needs before Terraform runs: engine, Terraform, provider, images, secrets',
    )
    .action(async () => {
      const { loadSettings } = await import('../../stacks/settings.js');
      const { setUp } = await import('../../toolchain/setup.js');
      await setUp({ deployment: loadSettings().name });
    });
}
