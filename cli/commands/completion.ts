import { Argument, Command } from 'commander';
import { examples, say } from '../output';

export function completionCommand(): Command {
  const command = new Command('completion')
    .description('print a script that completes commands, options and names in a shell')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh']))
    .action(async (shell: 'bash' | 'zsh') => {
      const { bashCompletion, zshCompletion } = await import('../completion.js');
      const { memoryProfiles } = await import('../../stacks/settings.js');
      const { imageNames } = await import('../../toolchain/images/table.js');
      const { secretNames } = await import('../../toolchain/secrets.js');
      const services = Object.keys(memoryProfiles.small);
      const values = {
        'secrets show': secretNames,
        'secrets rotate': secretNames,
        images: imageNames, // of its default command, "build"
        logs: services,
        open: services,
      };
      const program = command.parent!;
      say((shell === 'bash' ? bashCompletion : zshCompletion)(program, values).trimEnd());
    });
  return examples(command, {
    'completion bash > ~/.streaming-completion.bash': 'then: echo ". ~/.streaming-completion.bash" >> ~/.bashrc',
    'completion zsh > ~/.streaming-completion.zsh': 'then: echo ". ~/.streaming-completion.zsh" >> ~/.zshrc',
  });
}
