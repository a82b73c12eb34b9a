import { suggestion } from '../stacks/suggestion';
import { type CommandError, wrongInput } from './errors';

/** `there is no service "kafak": did you mean "kafka"? Allowed are …` */
export function unknownName(what: string, typed: string, names: readonly string[]): CommandError {
  const meant = suggestion(typed, names);
  const hint = meant === undefined ? '' : `: did you mean "${meant}"?`;
  return wrongInput(`there is no ${what} "${typed}"${hint || '.'} Allowed are ${names.join(', ')}`);
}
