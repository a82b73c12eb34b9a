import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { deploymentFolder, loadSettings } from '../../stacks/settings';
import { readSecret, type SecretName, secretNames } from '../../toolchain/secrets';
import { CommandError } from '../errors';

export function secretsCommand(): Command {
  const command = new Command('secrets').description('show what was generated for this deployment');
  command
    .command('list', { isDefault: true })
    .description('names of the secrets; a missing one is marked')
    .action(() => {
      for (const name of secretNames) {
        process.stdout.write(`${name}${existsSync(join(folder(), name)) ? '' : '  (not made yet: npm run setup)'}\n`);
      }
    });
  command
    .command('show')
    .argument('<name>', 'a name from the list')
    .description('print one secret and nothing else')
    .action((name: string) => {
      if (!isSecret(name))
        throw new CommandError(`there is no secret "${name}"; allowed are ${secretNames.join(', ')}`);
      process.stdout.write(`${readSecret(folder(), name).trimEnd()}\n`);
    });
  return command;
}

function folder(): string {
  return join(deploymentFolder(loadSettings()), 'secrets');
}

function isSecret(name: string): name is SecretName {
  return (secretNames as readonly string[]).includes(name);
}
