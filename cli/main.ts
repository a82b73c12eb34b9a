import { CommanderError } from 'commander';
import { exitCodeOf, exitCodes, explain } from './errors';
import { colours } from './output';
import { makeProgram } from './program';

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

makeProgram()
  .parseAsync()
  .then(
    // Clients that still close their connections must not hold up the prompt.
    () => process.exit(), // with process.exitCode, if a command has set it
    (error: unknown) => {
      // Help, or wrong arguments: commander has written what there is to say.
      if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? exitCodes.done : exitCodes.wrongInput);
      process.stderr.write(`${colours.red('error')}: ${explain(error, Boolean(process.env['DEBUG']))}\n`);
      process.exit(exitCodeOf(error));
    },
  );
