import { Command } from 'commander';
import { clusterCommand } from './commands/cluster';
import { completionCommand } from './commands/completion';
import { doctorCommand } from './commands/doctor';
import { downCommand } from './commands/down';
import { imagesCommand } from './commands/images';
import { ledgerCommand } from './commands/ledger';
import { logsCommand } from './commands/logs';
import { openCommand } from './commands/open';
import { proofCommand } from './commands/proof';
import { reviewCommand } from './commands/review';
import { secretsCommand } from './commands/secrets';
import { settingsCommand } from './commands/settings';
import { setupCommand } from './commands/setup';
import { statusCommand } from './commands/status';
import { stopCommand } from './commands/stop';
import { upCommand } from './commands/up';
import { unknownName } from './suggest';

/** The command line: one line per command. */
const commands = [
  upCommand,
  stopCommand,
  statusCommand,
  logsCommand,
  openCommand,
  downCommand,
  doctorCommand,
  proofCommand,
  reviewCommand,
  ledgerCommand,
  secretsCommand,
  settingsCommand,
  imagesCommand,
  setupCommand,
  completionCommand,
  clusterCommand,
] as const;

export function makeProgram(): Command {
  const program = new Command('streaming')
    .description('Deploys the streaming platform to Docker, proves that data flows through it, and takes it down.')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help for the options)')
    // Wrong arguments are thrown as CommanderError: main.ts turns them into the exit code for wrong input.
    .exitOverride();
  for (const make of commands) program.addCommand(make());
  inherit(program);
  return program;
}

/** Commands that were made apart do not take over how their parent deals with mistakes. */
function inherit(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    command.hook('preSubcommand', refuseMisspelt);
    inherit(command);
  }
}

/** Where no subcommand is named the default one is meant: it must not get a misspelt one as an argument too many. */
function refuseMisspelt(parent: Command, chosen: Command): void {
  const [typed] = parent.args;
  const names = parent.commands.map((command) => command.name());
  if (typed === undefined || typed.startsWith('-') || names.includes(typed) || chosen.registeredArguments.length > 0)
    return;
  throw unknownName(`subcommand of "${parent.name()}" named`, typed, names);
}
