import { seconds } from '../toolchain/log';
import { colours, type LiveLines } from './output';
import type { Timeline } from './watch';

const QUIET_MS = 15_000;

/** Shows a deployment while it is made: a list that is written anew where the terminal can, one line per change elsewhere. */
export class Progress {
  private readonly told = new Map<string, string>();
  private spokenAt = Date.now();
  private last: readonly Timeline[] = [];
  private doing = 'comparing what is declared with what is there';
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly live: LiveLines,
    private readonly title: string,
    private readonly began: number,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.show(), 1000);
  }

  stop(): void {
    clearInterval(this.timer);
    this.live.clear();
  }

  /** What Terraform has said last. */
  now(text: string): void {
    this.doing = text;
  }

  changed(all: readonly Timeline[]): void {
    this.last = all;
    for (const one of all) {
      const text = told(one);
      if (one.kept || this.told.get(one.id) === text) continue;
      this.told.set(one.id, text);
      if (!this.live.moves) this.say(`${one.workload} ${text}`);
    }
  }

  say(line: string): void {
    this.spokenAt = Date.now();
    this.live.log(`${this.time()}  ${line}`);
  }

  private show(): void {
    const now = Date.now();
    if (this.live.moves)
      return this.live.update([
        `${this.title}  ${seconds(now - this.began)}  ${colours.dim(this.doing)}`,
        ...serviceLines(this.last, now),
      ]);
    if (now - this.spokenAt < QUIET_MS) return;
    const waiting = this.last.filter((one) => one.judgement.state === 'starting' && !one.kept);
    this.say(
      waiting.length > 0
        ? `waiting for ${waiting.map((one) => `${one.workload} (${seconds(now - one.createdAt)})`).join(', ')}`
        : this.doing,
    );
  }

  private time(): string {
    return `${Math.floor((Date.now() - this.began) / 1000)} s`.padStart(6);
  }
}

function told({ judgement, createdAt, readyAt, restarts }: Timeline): string {
  const took = readyAt === undefined ? '' : ` after ${seconds(readyAt - createdAt)}`;
  const again = restarts > 0 ? ` (restarts: ${restarts})` : '';
  return `${words[judgement.state]}${judgement.state === 'ready' || judgement.state === 'done' ? took : again}`;
}

const words = {
  created: 'is created',
  starting: 'is starting',
  ready: 'is healthy',
  done: 'has done its work',
  stopped: 'is stopped',
  failed: 'has failed',
} as const;

const signs = { created: '·', starting: '…', ready: '✔', done: '✔', stopped: '·', failed: '✖' } as const;

/** The live list: one line per service with its state and the time it has taken. */
export function serviceLines(all: readonly Timeline[], now: number): string[] {
  const width = Math.max(0, ...all.map((one) => one.workload.length));
  return all.map((one) => {
    const { judgement, kept } = one;
    const text = kept ? 'unchanged' : told(one);
    const elapsed = !kept && judgement.state === 'starting' ? `  ${seconds(now - one.createdAt)}` : '';
    return `  ${paint[judgement.state](signs[judgement.state])} ${one.workload.padEnd(width)}  ${kept ? colours.dim(text) : text}${elapsed}`;
  });
}

const paint = {
  created: colours.dim,
  starting: colours.yellow,
  ready: colours.green,
  done: colours.green,
  stopped: colours.dim,
  failed: colours.red,
} as const;
