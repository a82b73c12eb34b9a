import { setTimeout as sleep } from 'node:timers/promises';
import { explain } from '../errors';
import { clip, colours } from '../output';

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const TO_END_OF_LINE = '\x1b[K';
const TO_END_OF_SCREEN = '\x1b[J';

/**
 * Shows the same screen again and again until Ctrl-C. On a terminal it is written over itself in one piece, on a screen of
 * its own, so that nothing flickers and what was there before comes back; elsewhere it is printed one after the other.
 */
export async function watch(
  lines: () => Promise<readonly string[]>,
  seconds: number,
  { plain = false, stream = process.stdout }: { plain?: boolean; stream?: NodeJS.WriteStream } = {},
): Promise<void> {
  const ending = new AbortController();
  const end = () => ending.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  const terminal = stream.isTTY === true && !plain;
  let looked = false;
  let shown: readonly string[] = [];
  const show = () => stream.write(screen(shown, stream.rows ?? 24, stream.columns ?? 80));
  if (terminal) {
    stream.write(ENTER);
    stream.on('resize', show);
  }
  try {
    while (!ending.signal.aborted) {
      const look = lines().catch((error: unknown) => {
        // The first look says that it cannot work; later the engine may be away for a moment.
        if (looked) return [colours.red(explain(error))];
        throw error;
      });
      const now = await Promise.race([look, once(ending.signal)]);
      if (now === undefined) break;
      looked = true;
      shown = terminal ? [...now, '', colours.dim(`every ${seconds} s; Ctrl-C ends it`)] : now;
      if (terminal) show();
      else stream.write(plain ? `${shown.join('\n')}\n` : `${new Date().toISOString()}\n${shown.join('\n')}\n\n`);
      await sleep(seconds * 1000, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  } finally {
    stream.removeListener('resize', show);
    if (terminal) stream.write(LEAVE);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, end);
  }
}

/** One write: every line over the one that was there, the rest of each line and of the screen emptied. */
export function screen(lines: readonly string[], rows: number, columns: number): string {
  const fitting =
    lines.length <= rows
      ? lines
      : [...lines.slice(0, rows - 1), colours.dim(`… ${lines.length - rows + 1} more lines`)];
  return HOME + fitting.map((line) => clip(line, columns) + TO_END_OF_LINE).join('\r\n') + TO_END_OF_SCREEN;
}

function once(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
}
