import { readFileSync } from 'node:fs';

/** A file that only adds to what is known: empty where it is missing or may not be read. */
export function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
