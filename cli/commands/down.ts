import { Command } from 'commander';

export function downCommand(): Command {
  return new Command('down')
    .description('destroy the deployment: containers, networks, volumes with their data, secrets and state')
    .option('--yes', 'do not ask')
    .action(async ({ yes = false }: { yes?: boolean }) => {
      const { openDeployment } = await import('../deployment.js');
      const { down } = await import('../down.js');
      await down(openDeployment(), yes);
    });
}
