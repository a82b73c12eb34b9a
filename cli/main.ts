import { Command } from 'commander';
import colours from 'picocolors';
import { downCommand } from './commands/down';
import { imagesCommand } from './commands/images';
import { ledgerCommand } from './commands/ledger';
import { proofCommand } from './commands/proof';
import { secretsCommand } from './commands/secrets';
import { setupCommand } from './commands/setup';
import { upCommand } from './commands/up';
import { explain } from './errors';

const program = new Command('streaming')
  .description('Deploys the streaming platform to Docker, proves that data flows through it, and takes it down.')
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError('(add --help for the options)');
for (const make of [upCommand, proofCommand, ledgerCommand, secretsCommand, downCommand, setupCommand, imagesCommand]) {
  program.addCommand(make());
}

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

program.parseAsync().then(
  // Clients that still close their connections must not hold up the prompt.
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${colours.red('error')}: ${explain(error, Boolean(process.env['DEBUG']))}\n`);
    process.exit(1);
  },
);
