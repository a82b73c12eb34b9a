import { Command } from 'commander';
import { examples } from '../output';

export function downCommand(): Command {
  const command = new Command('down')
    .description('destroy the deployment: containers, networks, volumes with their data, secrets and state')
    .option('--yes', 'do not ask')
    .action(async ({ yes = false }: { yes?: boolean }) => {
      const { openDeployment } = await import('../deployment.js');
      const { down } = await import('../down.js');
      await down(openDeployment(), yes);
    });
  return examples(command, {
    down: 'lists what will be lost, then asks',
    'down --yes': 'for scripts: does not ask',
  });
}
