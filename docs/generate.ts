import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describeSettings } from '../stacks/settings';

const README = join(resolve(__dirname, '..'), 'README.md');
const BLOCK = /(<!-- settings: written by npm run docs -->\n)[^]*?(<!-- \/settings -->)/;

/** The README with its table of settings as the code has them. */
export function withSettings(readme: string): string {
  const rows = describeSettings().map(
    (s) =>
      `| \`${s.key}\` | ${s.environment ? `\`${s.environment}\`` : '-'} | ${s.default === 'calculated' ? s.default : `\`${s.default}\``} | ${s.description} |`,
  );
  const table = ['| setting | environment | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
  return readme.replace(BLOCK, (_all, begin: string, end: string) => `${begin}\n${table}\n\n${end}`);
}

export function readReadme(): string {
  return readFileSync(README, 'utf8');
}

if (require.main === module) writeFileSync(README, withSettings(readReadme()));
