import type { Review, ServiceReview, StackReview } from './model';
import { changeLine, count, dataWord, isNew, reachLine, stackLine, summary } from './words';

/** By this the workflow finds the comment that it has posted before. */
export const MARKER = '<!-- streaming-platform review -->';

/** What GitHub takes for one comment, with room for what is around it. */
const LIMIT = 60_000;

/** The review as a comment of a pull request: short first, the rest folded. */
export function markdown(review: Review): string {
  const refused = review.stacks.some((stack) => stack.refused.length > 0);
  const icon = refused ? '⛔' : { none: '🟢', restart: '🟡', moved: '🟠', lost: '🔴' }[review.data];
  const title = refused ? 'This change would be refused' : review.changed ? 'What this change does' : 'Nothing changes';
  const head = [MARKER, `### ${icon} ${title}`, '', ...review.stacks.flatMap(short)];
  const folded = review.stacks.flatMap(long);
  const text = [...head, ...folded].join('\n').trimEnd();
  if (text.length <= LIMIT) return `${text}\n`;
  return `${head.join('\n').trimEnd()}\n\nThe details are too long for a comment: \`npm run review\` shows them.\n`;
}

function short(stack: StackReview): string[] {
  const rows = isNew(stack) ? [] : stack.services;
  return [
    `**${stack.stack}**: ${code(stackLine(stack))}`,
    ...[...stack.refused, ...stack.notes].map((note) => `> ${code(note)}`),
    '',
    ...(rows.length > 0
      ? [
          '| service | what happens | data |',
          '| --- | --- | --- |',
          ...rows.map((one) => `| ${one.service} | ${one.happening} | ${loud(dataWord(one))} |`),
          '',
        ]
      : []),
    ...reachLines(stack),
  ];
}

function reachLines(stack: StackReview): string[] {
  const { opened, closed } = stack.reach;
  if (isNew(stack) || opened.length + closed.length === 0) return [];
  return fenced('diff', [
    'who may reach whom',
    ...opened.map((r) => `+ ${reachLine(r)}`),
    ...closed.map((r) => `- ${reachLine(r)}`),
  ]);
}

function long(stack: StackReview): string[] {
  if (stack.services.length === 0) return [];
  const inner = isNew(stack) ? created(stack.services) : stack.services.flatMap(details);
  const title = isNew(stack)
    ? count(stack.services.length, 'service')
    : `details of ${count(stack.services.length, 'service')}`;
  return [
    `<details><summary>${stack.stack}: ${title}</summary>`,
    '',
    ...inner,
    ...(stack.unchanged.length > 0 ? [`Unchanged: ${stack.unchanged.join(', ')}`, ''] : []),
    '</details>',
    '',
  ];
}

function created(services: readonly ServiceReview[]): string[] {
  return [
    '| would be created | image | memory | ports |',
    '| --- | --- | --- | --- |',
    ...services.map((one) => {
      const { image, memory, ports } = summary(one);
      return `| ${[one.service, image, memory, ports].map(code).join(' | ')} |`;
    }),
    '',
  ];
}

function details({ service, happening, changes, notes }: ServiceReview): string[] {
  if (changes.length + notes.length === 0) return [];
  const diff = changes.flatMap((change) => {
    if (change.diff) return [changeLine(change), ...change.diff];
    const { what, before, after } = change;
    if (before === after) return [changeLine(change)];
    return [
      ...(before === undefined ? [] : [`- ${what}: ${before}`]),
      ...(after === undefined ? [] : [`+ ${what}: ${after}`]),
    ];
  });
  return [
    `**${service}** ${happening}`,
    ...notes.map((note) => `- ${code(note)}`),
    '',
    ...(diff.length > 0 ? fenced('diff', diff) : []),
  ];
}

/** A fence that no line of the content can end. */
function fenced(language: string, lines: readonly string[]): string[] {
  const longest = Math.max(2, ...lines.map((line) => /`{3,}/.exec(line)?.[0].length ?? 0));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, ...lines, fence, ''];
}

/** Text from a plan is shown as it is: not read as Markdown, and it does not end a row of a table. */
function code(text: string): string {
  return text.replaceAll(/[\\`*_<>[\]|]/g, (sign) => `\\${sign}`).replaceAll('\n', ' ');
}

function loud(word: string): string {
  return word === word.toUpperCase() ? `**${word}**` : word;
}
