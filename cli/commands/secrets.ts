import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { deploymentFolder, loadSettings } from '../../stacks/settings';
import { readSecret, type SecretName, secretNames } from '../../toolchain/secrets';
import { examples } from '../output';
import { unknownName } from '../suggest';

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
      if (!isSecret(name)) throw unknownName('secret', name, secretNames);
      process.stdout.write(`${readSecret(folder(), name).trimEnd()}\n`);
    });
  return examples(command, {
    'secrets list': 'what there is',
    'secrets show airflow-admin-password': 'the password of the Airflow user "admin"',
  });
}

function folder(): string {
  return join(deploymentFolder(loadSettings()), 'secrets');
}

function isSecret(name: string): name is SecretName {
  return (secretNames as readonly string[]).includes(name);
}
