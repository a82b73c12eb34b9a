import { createHash } from 'node:crypto';

/** Terraform reads `${` and `%{` as its own; text that comes from a product's configuration must keep them. */
export function literal(text: string): string {
  return text.replaceAll('${', () => '$${').replaceAll('%{', () => '%%{');
}

/** Names the content of something where a changed name is wanted for a changed content. */
export function shortHash(text: string, digits = 6): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}
