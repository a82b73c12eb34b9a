import { colours, table } from '../output';
import type { DataClass, Review, ServiceReview, StackReview } from './model';
import { changeLine, dataWord, isNew, reachLine, stackLine, summary } from './words';

const paint: Readonly<Record<DataClass, (text: string) => string>> = {
  none: (text) => text,
  restart: colours.yellow,
  moved: colours.magenta,
  lost: (text) => colours.bold(colours.red(text)),
};

/** The review as a person at a terminal reads it. */
export function terminal({ stacks }: Review): string {
  return stacks.map(stackText).join('\n\n');
}

function stackText(stack: StackReview): string {
  const { services, unchanged, reach, notes, refused } = stack;
  return [
    `${colours.bold(stack.stack)}: ${paint[refused.length > 0 ? 'lost' : stack.data](stackLine(stack))}`,
    ...[...refused, ...notes].map((note) => `  ${note}`),
    ...(isNew(stack) ? [created(services)] : [overview(services), ...services.map(details)]),
    ...(!isNew(stack) && reach.opened.length + reach.closed.length > 0
      ? [
          '\n  who may reach whom',
          ...reach.opened.map((one) => colours.green(`    + ${reachLine(one)}`)),
          ...reach.closed.map((one) => colours.red(`    - ${reachLine(one)}`)),
        ]
      : []),
    ...(services.length > 0 && unchanged.length > 0 ? [`\n  unchanged: ${unchanged.join(', ')}`] : []),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function overview(services: readonly ServiceReview[]): string {
  if (services.length === 0) return '';
  const rows = services.map((one) => [one.service, one.happening, paint[one.data](dataWord(one))]);
  return `\n${indent(table(['service', 'what happens', 'data'], rows))}`;
}

function created(services: readonly ServiceReview[]): string {
  const rows = services.map((one) => {
    const { image, memory, ports } = summary(one);
    return [one.service, image, memory, ports];
  });
  return `\n${indent(table(['would be created', 'image', 'memory', 'ports'], rows))}`;
}

function details({ service, happening, changes, notes }: ServiceReview): string {
  if (changes.length + notes.length === 0) return '';
  const lines = changes.flatMap((change) => [
    changeLine(change),
    ...(change.diff ?? []).map(
      (line) => `  ${line.startsWith('+') ? colours.green(line) : line.startsWith('-') ? colours.red(line) : line}`,
    ),
  ]);
  return [`\n  ${colours.bold(service)} ${happening}`, ...[...notes, ...lines].map((line) => `    ${line}`)].join('\n');
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
