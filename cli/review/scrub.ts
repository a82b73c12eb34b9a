import type { Review } from './model';

/** Shorter ones would take away words that only look like them. */
const SHORTEST = 8;

/**
 * The review without anything that nobody but the deployment may know. Readers show no value that is marked as secret;
 * this takes the same values out of texts that nobody has marked.
 */
export function scrub(review: Review, secrets: readonly string[]): Review {
  const known = [...new Set(secrets.map((secret) => secret.trim()))]
    .filter((secret) => secret.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
  const clean = (text: string): string =>
    known
      .reduce((rest, secret) => rest.replaceAll(secret, '(secret)'), text)
      .replaceAll(/(\w:\/\/[^\s:@/]+:)[^\s@/]+@/g, '$1(secret)@');
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return clean(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(review) as Review;
}
