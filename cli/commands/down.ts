import { Command } from 'commander';
import type { PlatformName } from '../deployment';
import { examples } from '../output';
import { platformOption } from './options';

export function downCommand(): Command {
  const command = new Command('down')
    .description('destroy the deployment: services, networks, volumes with their data, secrets and state')
    .option('--yes', 'do not ask')
    .addOption(platformOption())
    .action(async ({ yes = false, platform }: { yes?: boolean; platform: PlatformName }) => {
      const { openDeployment } = await import('../deployment.js');
      const { down } = await import('../down.js');
      await down(await openDeployment(platform), yes);
    });
  return examples(command, {
    down: 'lists what will be lost, then asks',
    'down --platform k8s': 'the namespace with everything in it',
    'down --yes': 'for scripts: does not ask',
  });
}
