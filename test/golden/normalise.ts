import type { Json, Synthesised } from '../synth';

/**
 * The stack as a reviewer reads it: what follows from the content of a program, an image or a DAG is a placeholder, so that
 * editing one of them changes no golden file.
 */
export function normalise(stack: Synthesised): string {
  return `${JSON.stringify(walk(stack), null, 2)}\n`;
}

const FOLDER_FILE = /^\$\{file\("(?:\.\.\/)+pipeline-code\//;

function walk(value: Json): Json {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return value.map(walk);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Record<string, Json>);
  if (entries.length > 0 && entries.every(([, v]) => FOLDER_FILE.test(v as string))) return { '<file>': '<content>' };
  return Object.fromEntries(
    entries.map(([key, v]) => [
      key,
      HASHES.includes(key) && /^[0-9A-Fa-f]{12,64}$/.test(v as string) ? '<hash>' : walk(v),
    ]),
  );
}

/** Keys whose value is a hash of content. Of configuration the content itself stands in the golden file. */
const HASHES = ['context', 'streaming-platform.io/config'];

function text(value: string): string {
  return value
    .replace(/(streaming-platform\/[a-z0-9-]+):[0-9a-f]{12}/g, '$1:<hash>')
    .replace(/\b(migrate|airflow-init)-[0-9a-f]{8}\b/g, '$1-<hash>')
    .replace(/(assets\/[A-Za-z0-9-]+\/)[0-9A-Fa-f]{12,64}/g, '$1<hash>');
}
