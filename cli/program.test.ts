import type { Command, CommanderError } from 'commander';
import { makeProgram } from './program';

/** Every command with its subcommands, by what is typed. */
function all(command: Command, typed = ''): [string, Command][] {
  return command.commands.flatMap((sub) => {
    const name = `${typed} ${sub.name()}`.trim();
    return [[name, sub] as [string, Command], ...all(sub, name)];
  });
}

/** Parses without doing anything. */
async function parse(line: string): Promise<{ ran?: string; said: string; error?: CommanderError }> {
  const program = makeProgram();
  let ran: string | undefined;
  let said = '';
  for (const [name, command] of all(program)) {
    if (command.commands.length === 0) command.action(() => void (ran = name));
    command.configureOutput({ writeErr: (text) => (said += text), writeOut: (text) => (said += text) });
  }
  program.configureOutput({ writeErr: (text) => (said += text), writeOut: (text) => (said += text) });
  try {
    await program.parseAsync(line.split(' '), { from: 'user' });
    return { ran, said };
  } catch (error) {
    return { ran, said, error: error as CommanderError };
  }
}

function help(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (more) => (text += more) });
  command.outputHelp();
  return text;
}

const commands = all(makeProgram());

test.each(commands.filter(([name]) => !name.includes(' ')))('the help of "%s" ends with examples', (_, command) => {
  expect(help(command)).toMatch(/\nExamples:\n( {2}npx streaming .+\n)+$/);
});

const examples = commands
  .flatMap(([, command]) => [...help(command).matchAll(/^ {2}npx streaming (.*?)(?: +#.*)?$/gm)])
  .map(([, line]) => line!);

test.each([...new Set(examples)])('the example "%s" of the help can be typed', async (line) => {
  const typed = line.replaceAll(/"([^"]*)"/g, '$1').replace(/ [|>].*$/, '');
  expect(await parse(typed)).toEqual({ ran: expect.any(String), said: '' });
});

test.each([
  ['statsu', /unknown command 'statsu'/],
  ['proof --user 3', /unknown option '--user'\n\(Did you mean --users\?\)/],
  ['proof --users many', /'many' is invalid\. It must be a whole number from 1 to 5000/],
  ['ledger one two', /too many arguments/],
  ['secrets show', /missing required argument 'name'/],
])('"%s" is refused before anything runs', async (line, message) => {
  const { ran, said, error } = await parse(line);
  expect({ ran, code: error?.code.startsWith('commander.') }).toEqual({ ran: undefined, code: true });
  expect(said).toMatch(message);
});

test.each([
  [
    'secrets shwo x',
    'there is no subcommand of "secrets" named "shwo": did you mean "show"? Allowed are list, show, rotate',
  ],
  [
    'settings cehck',
    'there is no subcommand of "settings" named "cehck": did you mean "check"? Allowed are show, check',
  ],
])('"%s" is not taken for an argument of the default subcommand', async (line, message) => {
  const { ran, error } = await parse(line);
  expect({ ran, message: error?.message, exitCode: error?.exitCode }).toEqual({ ran: undefined, message, exitCode: 2 });
});
