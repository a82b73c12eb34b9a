import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dump } from 'js-yaml';
import { signatures } from '../cli/signatures';
import { deployerRole } from '../constructs/platforms/kubernetes/rights';
import { describeSettings } from '../stacks/settings';
import { twoPlatforms } from './two-platforms';

const README = join(resolve(__dirname, '..'), 'README.md');
const BLOCK = /(<!-- settings: written by npm run docs -->\n)[^]*?(<!-- \/settings -->)/;

/** The README with its table of settings as the code has them. */
export function withSettings(readme: string): string {
  const rows = describeSettings().map(
    (s) =>
      `| \`${s.key}\` | ${s.environment ? `\`${s.environment}\`` : '-'} | ${s.default === 'calculated' || s.default === 'none' ? s.default : `\`${s.default}\``} | ${s.description} |`,
  );
  const table = ['| setting | environment | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
  return readme.replace(BLOCK, (_all, begin: string, end: string) => `${begin}\n${table}\n\n${end}`);
}

export function readReadme(): string {
  return readFileSync(README, 'utf8');
}

/** The anchor that GitHub gives a heading. */
export function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** The page of known failures, made from the table that the commands use. */
export const troubleshooting = {
  file: join(resolve(__dirname, '..'), 'docs', 'troubleshooting.md'),
  text: (): string => {
    const plain = (text: string) => text.replaceAll('{service}', 'the service');
    const sentence = (text: string) => plain(text).replace(/^./, (first) => first.toUpperCase());
    return `# When something fails

<!-- Written by npm run docs from cli/signatures.ts. -->

\`up\` and \`status\` name the service that fails, its last log lines and, where it is known, the likely cause and what to
do. This page is the same table. The line under "seen" is what a product or a program of this project says then.

In general: \`npm run status\` shows what is down, \`npm run logs -- NAME\` what it has said, \`npm run doctor\` what is wrong
with the machine. \`npm start\` can be run again at any time; it goes on from what is there. No advice here loses data
without saying so.

| failure | who |
|---|---|
${signatures.map(({ title, service }) => `| [${title}](#${slug(title)}) | ${service ? service.source.replace(/[\^$]/g, '') : 'any service'} |`).join('\n')}

${signatures
  .map(
    ({ title, cause, advice, lasting, seen }) => `## ${sentence(title)}

${sentence(cause)}

${plain(advice).replaceAll('the service"', 'SERVICE"')}${lasting ? '' : '\n\nIt may pass by itself: `up` waits for two restarts.'}

Seen:

\`\`\`
${seen}
\`\`\`
`,
  )
  .join('\n')}`;
  },
};

/** What somebody needs who deploys to a cluster, made from what the preflight asks for. */
export const deployer = {
  file: join(resolve(__dirname, '..'), 'docs', 'commands', 'deployer-role.yaml'),
  text: (): string =>
    `# Written by npm run docs from constructs/platforms/kubernetes/rights.ts\n${dump(deployerRole(), { flowLevel: 2, lineWidth: -1 })}`,
};

if (require.main === module) {
  writeFileSync(README, withSettings(readReadme()));
  writeFileSync(troubleshooting.file, troubleshooting.text());
  writeFileSync(deployer.file, deployer.text());
  writeFileSync(twoPlatforms.file, twoPlatforms.text());
}
