import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { SOURCE } from '../live/support/checkout';

const FIGURES = join(SOURCE, 'docs', 'figures.md');

const HEAD = `# Figures

How long things take, as \`npm run bench:cli -- --write\` and \`npm run bench:k8s -- --write\` measured it on deployments of their
own. \`reach\` is what has to be kept to, \`aim\` is where it should get. A busy machine makes all of them larger: compare only
figures with the same load.
`;

/** Puts a table into the page of figures, in the place of the one that the same bench has written before. */
export function writeFigures(bench: string, title: string, content: string): void {
  const page = existsSync(FIGURES) ? readFileSync(FIGURES, 'utf8') : HEAD;
  const block = `<!-- figures: ${bench} -->\n\n## ${title}\n\n${content.trim()}\n\n<!-- /figures -->\n`;
  const old = new RegExp(`<!-- figures: ${bench} -->[^]*?<!-- /figures -->\n`);
  writeFileSync(FIGURES, old.test(page) ? page.replace(old, () => block) : `${page.trimEnd()}\n\n${block}`);
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** What was measured on. */
export async function machine(): Promise<string> {
  const engine = (await new Docker().version()).Version;
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  return `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${gib} GiB, Node ${process.versions.node}, Docker ${engine}`;
}

/** How busy the machine was with other things than what was measured. */
export function load(): string {
  const [one] = loadavg();
  return one!.toFixed(1);
}
