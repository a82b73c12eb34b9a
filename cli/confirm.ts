import { CommandError } from './errors';

/**
 * Asks before something that cannot be taken back.
 *
 * @param refused what has not happened, for the one who said no: `nothing was destroyed`
 * @param withYes the same command for a script
 */
export async function confirm(question: string, refused: string, withYes: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new CommandError(`${refused}: without a terminal to ask in, add --yes ("${withYes}")`);
  const { confirm: ask } = await import('@inquirer/prompts');
  const sure = await ask({ message: question, default: false }).catch((error: Error) => {
    if (error.name === 'ExitPromptError') return false; // Ctrl-C
    throw error;
  });
  if (!sure) throw new CommandError(refused);
}
