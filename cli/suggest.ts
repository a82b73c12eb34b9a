import { closest, distance } from 'fastest-levenshtein';
import { type CommandError, wrongInput } from './errors';

/** The name that somebody meant, if one is near: as near as commander wants it for its own suggestions. */
export function suggestion(typed: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const lower = typed.toLowerCase();
  const longer = names.find((name) => lower.length >= 3 && name.startsWith(lower));
  const near = closest(lower, names);
  const wrong = distance(lower, near);
  return wrong <= 3 && 1 - wrong / Math.max(lower.length, near.length) > 0.4 ? near : longer;
}

/** `there is no service "kafak": did you mean "kafka"? Allowed are …` */
export function unknownName(what: string, typed: string, names: readonly string[]): CommandError {
  const meant = suggestion(typed, names);
  const hint = meant === undefined ? '' : `: did you mean "${meant}"?`;
  return wrongInput(`there is no ${what} "${typed}"${hint || '.'} Allowed are ${names.join(', ')}`);
}
