/** One line of a service's log. */
export interface LogLine {
  readonly service: string;
  /** RFC 3339 with nanoseconds, always in UTC: it sorts as text. */
  readonly time: string;
  readonly text: string;
}

const HEADER_BYTES = 8;

/**
 * Makes lines of what the engine sends: frames with a header of 8 bytes (stream, length), each with a time in front. A line
 * of more than 16 KiB comes in several frames, each with its own time; only its last one ends with a newline.
 */
export class Frames {
  private rest: Buffer = Buffer.alloc(0);
  /** The beginning of a long line, by stream. */
  private readonly begun = new Map<number, { readonly time: string; readonly text: string }>();

  constructor(private readonly service: string) {}

  push(bytes: Buffer): LogLine[] {
    this.rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    const lines: LogLine[] = [];
    for (;;) {
      if (this.rest.length < HEADER_BYTES) return lines;
      const end = HEADER_BYTES + this.rest.readUInt32BE(4);
      if (this.rest.length < end) return lines;
      const stream = this.rest[0]!;
      const payload = this.rest.subarray(HEADER_BYTES, end).toString();
      this.rest = this.rest.subarray(end);
      const space = payload.indexOf(' ');
      const begun = this.begun.get(stream);
      const time = begun?.time ?? payload.slice(0, space);
      const text = (begun?.text ?? '') + payload.slice(space + 1);
      if (!text.endsWith('\n')) {
        this.begun.set(stream, { time, text });
        continue;
      }
      this.begun.delete(stream);
      lines.push({ service: this.service, time: comparable(time), text: text.replace(/\r?\n$/, '') });
    }
  }
}

/** The engine leaves zeros at the end of the fraction out in some versions; all times get nine digits. */
export function comparable(time: string): string {
  const [, seconds = time, fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return `${seconds}.${fraction.padEnd(9, '0')}Z`;
}
