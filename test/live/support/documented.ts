import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../../toolchain/cache';
import { checkout, deployment, SOURCE } from './checkout';
import { normalised, plain, withDefaults } from './output-text';

/**
 * Holds a page of the documents to what a command has really printed. The page has a block
 *
 *     <!-- output: status -->
 *     ```
 *     ...
 *     ```
 *     <!-- /output -->
 *
 * whose text must be the output, apart from what differs between two runs (`normalised`). With UPDATE_DOCS=1 the block
 * is written instead, as it would read in a deployment with the default name and ports.
 */
export function documented(page: string, name: string, output: string): void {
  const file = join(SOURCE, page);
  const text = readFileSync(file, 'utf8');
  const block = new RegExp(`(<!-- output: ${name} -->\\n+\`\`\`[a-z]*\\n)([^]*?)(\`\`\`\\n+<!-- /output -->)`);
  const found = block.exec(text);
  if (found === null)
    throw new Error(`${page} has no block "<!-- output: ${name} -->", a fenced text and "<!-- /output -->"`);
  const wanted = publishable(output);
  if (process.env['UPDATE_DOCS'] === '1')
    writeFileSync(
      file,
      text.replace(block, (_all, begin: string, _old, end: string) => begin + wanted + end),
    );
  else {
    const hint = `in ${page}, block "${name}" (UPDATE_DOCS=1 writes it)\n`;
    expect(hint + normalised(wanted)).toBe(hint + normalised(found[2]!));
  }
}

/** The output as a page may show it. @throws if it holds a secret, or a name of this machine that has no place in it */
function publishable(output: string): string {
  let text = plain(output);
  for (const [path, instead] of [
    [checkout, '~/streaming-platform'],
    [SOURCE, '~/streaming-platform'],
    [cacheFolder(), '~/.cache/streaming-platform'],
    [homedir(), '~'],
  ] as const)
    text = text.replaceAll(path, instead);
  text = text
    .split('\n')
    .map((line) => withDefaults(line, deployment))
    .join('\n');
  for (const [what, value] of forbidden())
    if (text.includes(value)) throw new Error(`the output holds ${what} and cannot be shown in a document`);
  return `${text.trimEnd()}\n`;
}

function forbidden(): [what: string, value: string][] {
  const folder = join(checkout, '.deployments', deployment.name, 'secrets');
  const secrets = existsSync(folder)
    ? readdirSync(folder).map((name): [string, string] => [
        `the secret ${name}`,
        readFileSync(join(folder, name), 'utf8').trim(),
      ])
    : [];
  const registry = new URL(execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim()).hostname;
  return [
    ...secrets.filter(([, value]) => value.length >= 8),
    ['the name of this machine', hostname()] as [string, string],
    ...(registry === 'registry.npmjs.org' ? [] : [['the registry of this machine', registry] as [string, string]]),
  ];
}
