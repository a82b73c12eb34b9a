import { Command } from 'commander';
import { examples } from '../output';

export function stopCommand(): Command {
  const command = new Command('stop')
    .description('stop the services and keep everything: data, containers, secrets and state; "up" starts them again')
    .action(async () => {
      const { openDeployment } = await import('../deployment.js');
      const { stop } = await import('../stop.js');
      await stop(openDeployment());
    });
  return examples(command, {
    stop: 'clients end before what they use; memory and ports are free afterwards',
    up: 'the same containers again, with all their data',
  });
}
