import { Command } from 'commander';
import { cassandraElsewhere } from '../../stacks/components';
import { deploymentFolder, loadSettings, ROOT } from '../../stacks/settings';
import {
  followsFrom,
  isSecret,
  type MadeName,
  readSecret,
  type SecretName,
  secretNames,
} from '../../toolchain/secrets';
import { wrongInput } from '../errors';
import { examples } from '../output';
import { unknownName } from '../suggest';
import { HOP_SECONDS, onDockerOnly } from './options';

interface RotateOptions {
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly deploy: boolean;
  readonly proof: boolean;
}

export function secretsCommand(): Command {
  const command = new Command('secrets').description('the credentials that were made for this deployment');
  examples(
    command
      .command('list', { isDefault: true })
      .description('names, who holds them, and how old they are; never a value')
      .option('--json', 'one JSON document')
      .action(async ({ json = false }: { json?: boolean }) => {
        const { listSecrets } = await import('../secrets/list.js');
        listSecrets(loadSettings(), json);
      }),
    { secrets: 'a table', 'secrets list --json': 'for scripts' },
  );
  examples(
    command
      .command('show')
      .argument('<name>', 'a name from the list')
      .description('print one secret and nothing else')
      .action((name: string) => {
        const folder = `${deploymentFolder(loadSettings())}/secrets`;
        process.stdout.write(`${readSecret(folder, known(name)).trimEnd()}\n`);
      }),
    { 'secrets show airflow-admin-password': 'the password of the Airflow user "admin"' },
  );
  examples(
    onDockerOnly(
      command.command('rotate'),
      'On Kubernetes every server would have to change together with the deployment: take it down and deploy it anew.',
    )
      .argument('[name...]', 'names from the list')
      .description(
        'give secrets other values, in the servers and in every program that holds them, without losing a record',
      )
      .option('--all', 'every secret, with one deployment')
      .option('--yes', 'do not ask')
      .option(
        '--no-deploy',
        'only make the new value: for who wants to see "npx cdktf diff local" before it is deployed',
      )
      .option('--no-proof', 'leave the proof at the end out')
      .addHelpText(
        'after',
        '\nKilled at any moment, it is finished by running it again or by "up"; until then both values are kept.',
      )
      .action(rotate),
    {
      'secrets rotate producer-token': 'says what restarts, then asks',
      'secrets rotate postgres-password cassandra-stream-password --yes': 'several, with one deployment',
      'secrets rotate --all --yes': 'after somebody has left',
    },
  );
  return examples(command, {
    secrets: 'what there is',
    'secrets show airflow-admin-password': 'the password of the Airflow user "admin"',
    'secrets rotate producer-token': 'another value, everywhere',
  });
}

async function rotate(typed: string[], { all = false, yes = false, deploy, proof }: RotateOptions): Promise<void> {
  if (all === typed.length > 0)
    throw wrongInput(
      `${all ? 'both --all and names are' : 'no secret is'} given: name the secrets to rotate, or --all`,
    );
  const given = cassandraElsewhere(loadSettings().components, ROOT)?.files ?? {};
  const names = all
    ? secretNames.filter((name) => followsFrom(name) === undefined && given[name] === undefined)
    : typed.map(known);
  const { openDocker } = await import('../docker.js');
  const { rotate: rotateSecrets } = await import('../secrets/rotate.js');
  const deployment = openDocker();
  const running = await rotateSecrets(deployment, [...new Set(names.map(rotatable))], { confirmed: yes, deploy });
  if (!running || !proof) return;
  const { proveAndReport } = await import('../report.js');
  await proveAndReport(deployment, { users: deployment.settings.usersPerRun, hopSeconds: HOP_SECONDS });
}

function known(name: string): SecretName {
  if (!isSecret(name)) throw unknownName('secret', name, secretNames);
  return name;
}

/** @throws for a secret that is written anew whenever the one it follows from changes */
function rotatable(name: SecretName): MadeName {
  const from = followsFrom(name);
  if (from === undefined) return name as MadeName;
  throw wrongInput(`${name} follows from ${from} and changes with it: "npx streaming secrets rotate ${from}"`);
}
