const numbers = new Intl.NumberFormat('en');

export function count(value: number | bigint): string {
  return numbers.format(value);
}

export function plural(value: number | bigint, noun: string): string {
  return `${count(value)} ${noun}${value === 1 || value === 1n ? '' : 's'}`;
}

export function byteSize(bytes: number): string {
  if (bytes < 1024) return plural(bytes, 'byte');
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes / 1024;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${numbers.format(Number(value.toFixed(value < 10 ? 1 : 0)))} ${units[unit]}`;
}

const STEPS: readonly (readonly [milliseconds: number, noun: string])[] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
];

export function duration(milliseconds: number): string {
  for (const [length, noun] of STEPS) {
    if (milliseconds >= length) return plural(Number((milliseconds / length).toFixed(1)), noun);
  }
  return `${count(milliseconds)} ms`;
}

export function relativeTime(then: number, now: number): string {
  const past = now - then;
  const step = STEPS.find(([length]) => Math.abs(past) >= length);
  if (!step) return 'just now';
  const text = plural(Math.floor(Math.abs(past) / step[0]), step[1]);
  return past < 0 ? `in ${text}` : `${text} ago`;
}

/** Always UTC and always the same shape, so that two rows compare at a glance. */
export function absoluteTime(time: number): string {
  const iso = isoTime(time);
  return iso === undefined ? 'no time' : `${iso.slice(0, 10)} ${iso.slice(11, 23)} UTC`;
}

/** Producers may write any number as the time of a record. */
export function isoTime(time: number): string | undefined {
  return time >= 0 && time < 8.64e15 ? new Date(time).toISOString().replace(/^\+0*/, '') : undefined;
}

/** A setting of Kafka as a person says it; undefined where its bare value says as much. */
export function settingMeaning(name: string, value: string): string | undefined {
  const number = Number(value);
  if (value === '' || !Number.isFinite(number)) return undefined;
  // -2 of the tiered settings means "as the other one": not worth a word.
  if (/^retention\.(ms|bytes)$/.test(name) && number < 0) return 'no limit';
  // Long.MAX_VALUE is Kafka's "never".
  if (number > 9e18) return 'never';
  if (name.endsWith('.ms') && number >= 1_000) return duration(number);
  if (name.endsWith('.bytes') && number >= 1_024) return byteSize(number);
  return undefined;
}

/** 48 65 6c 6c 6f ... |Hello...|, sixteen bytes a line. */
export function hexDump(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; start += 16) {
    const row = [...bytes.subarray(start, start + 16)];
    const columns = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = row.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${start.toString(16).padStart(4, '0')}  ${columns.padEnd(47)}  |${text}|`);
  }
  return lines.join('\n');
}
