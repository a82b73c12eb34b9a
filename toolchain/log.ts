/** One line per decision of the set-up: what was decided, and why. */
export type Log = (line: string) => void;

export const print: Log = (line) => {
  process.stdout.write(`${line}\n`);
};

/** Runs one step and says how long it took, so that a slow set-up shows where the time went. */
export async function timed<T>(
  log: Log,
  name: string,
  step: () => Promise<{ readonly value: T; readonly because: string }>,
): Promise<T> {
  const started = Date.now();
  const { value, because } = await step();
  log(`${name}: ${because} (${seconds(Date.now() - started)})`);
  return value;
}

export function seconds(milliseconds: number): string {
  const s = milliseconds / 1000;
  if (s < 10) return `${s.toFixed(1)} s`;
  const whole = Math.round(s);
  return whole < 100 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
