import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files that the programs read. */
export type SecretName =
  'producer-token' | 'cassandra-admin-password' | 'cassandra-stream-password' | 'cassandra-reader-password';

/** The content of a secret file, without the newline that an editor leaves at its end. */
export function readSecret(name: SecretName, directory: string): string {
  const file = join(directory, name);
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`the secret '${name}' cannot be read from ${file} (${(error as NodeJS.ErrnoException).code})`, {
      cause: error,
    });
  }
  const secret = content.replace(/\r?\n$/, '');
  if (secret === '') {
    throw new Error(`the secret '${name}' in ${file} is empty`);
  }
  return secret;
}
