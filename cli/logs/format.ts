import picocolors from 'picocolors';
import { colours } from '../output';
import type { LogLine } from './frames';

/** Neighbours in the list of services get colours that differ. */
const palette = [
  'cyan',
  'yellow',
  'green',
  'magenta',
  'blue',
  'cyanBright',
  'yellowBright',
  'greenBright',
  'magentaBright',
  'blueBright',
] as const;

/** `17:41:02.123 kafka            | text`, with the date where it is not today's. */
export function formatter(
  services: readonly string[],
  grep: RegExp | undefined,
  today: string,
): (line: LogLine) => string {
  const width = Math.max(0, ...services.map((name) => name.length));
  const colourOf = new Map(services.map((name, at) => [name, colours[palette[at % palette.length]!]]));
  return ({ service, time, text }) => {
    const [date = '', rest = ''] = time.split('T');
    const clock = `${date === today ? '' : `${date} `}${rest.slice(0, 12)}`;
    const paint = colourOf.get(service) ?? picocolors.createColors(false).reset;
    return `${colours.dim(clock)} ${paint(`${service.padEnd(width)} |`)} ${grep && colours.isColorSupported ? highlight(text, grep) : text}`;
  };
}

function highlight(text: string, grep: RegExp): string {
  return text.replace(new RegExp(grep.source, `${grep.flags}g`), (found) =>
    found === '' ? '' : colours.inverse(found),
  );
}

/** A moment in the past: `90s`, `10m`, `2h`, `3d`, or a date that JavaScript reads. Undefined where it is neither. */
export function momentOf(text: string, now: number): number | undefined {
  const ago = /^(\d+)\s?(s|m|min|h|d)$/.exec(text);
  if (ago) {
    const unit = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 }[ago[2] as 's' | 'm' | 'min' | 'h' | 'd'];
    return now - Number(ago[1]) * unit * 1000;
  }
  const date = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : date;
}

/** A regular expression; capital letters in it make capitals count. Undefined where it is none. */
export function patternOf(text: string): RegExp | undefined {
  try {
    return new RegExp(text, /[A-Z]/.test(text.replaceAll(/\\./g, '')) ? '' : 'i');
  } catch {
    return undefined;
  }
}
