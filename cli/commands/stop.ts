import { Command } from 'commander';
import { examples } from '../output';
import { onDockerOnly } from './options';

export function stopCommand(): Command {
  const command = new Command('stop')
    .description('stop the services and keep everything: data, containers, secrets and state; "up" starts them again')
    .action(async () => {
      const { openDocker } = await import('../docker.js');
      const { stop } = await import('../stop.js');
      await stop(openDocker());
    });
  onDockerOnly(
    command,
    'On Kubernetes nothing is stopped and kept: "npx streaming down --platform k8s" takes the deployment away with its data.',
  );
  return examples(command, {
    stop: 'clients end before what they use; memory and ports are free afterwards',
    up: 'the same containers again, with all their data',
  });
}
