import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Change } from './changes';

/** Makes a change to a checkout. Answers what takes it back. @throws if the checkout is not what the change was made for */
export function make(change: Change, checkout: string, deployment: string): () => void {
  const originals = new Map<string, string | undefined>();
  const write = (file: string, content: string) => {
    const path = join(checkout, file);
    if (!originals.has(path)) originals.set(path, existsSync(path) ? readFileSync(path, 'utf8') : undefined);
    writeFileSync(path, content);
  };
  for (const { file, from, to } of change.edits ?? []) {
    const text = readFileSync(join(checkout, file), 'utf8');
    const at = text.indexOf(from);
    if (at === -1) throw new Error(`change "${change.id}": ${file} does not hold ${JSON.stringify(from)} any more`);
    write(file, text.slice(0, at) + to + text.slice(at + from.length));
  }
  if (change.settings !== undefined) {
    const settings = JSON.parse(readFileSync(join(checkout, 'settings.json'), 'utf8')) as Record<string, unknown>;
    write('settings.json', JSON.stringify(merged(settings, change.settings)));
  }
  if (change.generations !== undefined)
    write(join('.deployments', deployment, 'generations.json'), JSON.stringify(change.generations));
  return () => {
    for (const [path, content] of originals) {
      if (content === undefined) rmSync(path);
      else writeFileSync(path, content);
    }
  };
}

/** Settings one over the other; of two tables, such as the memory of two services, both entries stay. */
function merged(below: Readonly<Record<string, unknown>>, above: Readonly<Record<string, unknown>>): object {
  const both = Object.entries(above).map(([key, value]) => {
    const old = below[key];
    const isTable = typeof value === 'object' && value !== null && typeof old === 'object' && old !== null;
    return [key, isTable ? { ...old, ...value } : value];
  });
  return { ...below, ...Object.fromEntries(both) };
}
