import { closest, distance } from 'fastest-levenshtein';

/** The name that somebody meant, if one is near: as near as commander wants it for its own suggestions. */
export function suggestion(typed: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const lower = typed.toLowerCase();
  const same = names.find((name) => name.toLowerCase() === lower);
  const longer = names.find((name) => lower.length >= 3 && name.toLowerCase().startsWith(lower));
  const near = closest(typed, names);
  const wrong = distance(typed, near);
  const isNear = wrong <= 3 && 1 - wrong / Math.max(typed.length, near.length) > 0.4;
  return same ?? (isNear ? near : longer);
}
