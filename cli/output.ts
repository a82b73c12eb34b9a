import { clearScreenDown, moveCursor } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import type { Command } from 'commander';
import picocolors from 'picocolors';

/** Colours only on a terminal: not even where `CI` is set, which picocolors takes for one. */
export const colours = picocolors.createColors(coloured(process.stdout, process.env));

export function coloured({ isTTY }: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env['NO_COLOR']) return false;
  return Boolean(env['FORCE_COLOR'] && env['FORCE_COLOR'] !== '0') || (isTTY === true && env['TERM'] !== 'dumb');
}

/** The one document that a command with `--json` prints. Everything else that it has to say goes to {@link note}. */
export function json(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
}

/** A word to the person that must not get into what a script reads. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The end of a command's help: lines that can be typed as they are. */
export function examples(command: Command, lines: Readonly<Record<string, string>>): Command {
  const width = Math.max(...Object.keys(lines).map((line) => line.length));
  const shown = Object.entries(lines).map(([line, does]) => `  npx streaming ${line.padEnd(width)}  # ${does}`);
  return command.addHelpText('after', `\nExamples:\n${shown.join('\n').replace(/ +$/gm, '')}`);
}

export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

export function heading(text: string): void {
  say(`\n${colours.bold(text)}`);
}

/** A table without lines, as wide as its content. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const made = new Table({
    head: [...head],
    style: {
      head: colours.isColorSupported ? ['bold'] : [],
      border: [],
      compact: true,
      'padding-left': 0,
      'padding-right': 2,
    },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '',
    },
  });
  made.push(...rows.map((row) => [...row]));
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Lines at the end of the terminal that are written anew again and again. Elsewhere nothing moves: only `log` writes. */
export class LiveLines {
  private shown = 0;

  constructor(private readonly stream: NodeJS.WriteStream = process.stdout) {}

  get moves(): boolean {
    return this.stream.isTTY === true;
  }

  update(lines: readonly string[]): void {
    if (!this.moves) return;
    this.clear();
    // A line that wraps, or a block higher than the screen, could not be taken back.
    const fitting = lines
      .slice(0, Math.max(1, (this.stream.rows ?? 24) - 1))
      .map((line) => clip(line, (this.stream.columns ?? 80) - 1));
    this.stream.write(fitting.map((line) => `${line}\n`).join(''));
    this.shown = fitting.length;
  }

  /** A line that stays. */
  log(line: string): void {
    this.clear();
    this.stream.write(`${line}\n`);
  }

  clear(): void {
    if (this.shown === 0) return;
    moveCursor(this.stream, 0, -this.shown);
    clearScreenDown(this.stream);
    this.shown = 0;
  }
}

/** A line that fits; one that does not loses its colours with its end. */
export function clip(line: string, width: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= width ? line : `${plain.slice(0, Math.max(0, width - 1))}…`;
}
