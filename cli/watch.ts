import type { Signature } from './signatures';

export type Judgement =
  | { readonly state: 'created' | 'starting' | 'ready' | 'done' | 'stopped' }
  | { readonly state: 'failed'; readonly why: string };

/** One workload on its way up. Times are milliseconds since 1970; a time that was not seen is missing. */
export interface Timeline {
  readonly workload: string;
  readonly id: string;
  /** Runs once and ends. */
  readonly once: boolean;
  /** Was there before, and was left alone. */
  readonly kept: boolean;
  readonly restarts: number;
  readonly memoryMiB: number;
  readonly judgement: Judgement;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly listeningAt?: number;
  readonly readyAt?: number;
  readonly usedAt?: number;
}

export interface Failure {
  readonly workload: string;
  readonly why: string;
  readonly log: string;
  /** What it looks like, if it is known. */
  readonly signature?: Signature;
}

export interface Listeners {
  changed?: (all: readonly Timeline[]) => void;
  failed?: (failure: Failure) => void;
}

/** Looks at the services of a deployment while it is made. */
export interface Watch {
  /** Notes what is there already, then looks every second. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** One look at every service. */
  look(): Promise<void>;
  /** Terraform has said that a workload is made. */
  complete(workload: string): void;
  /** From here on nothing is replaced any more: every service counts. */
  judgeAll(): void;
  /** Starts again what somebody has stopped. @throws {StartError} */
  revive(say: (line: string) => void, signal: AbortSignal): Promise<void>;
  readonly timelines: readonly Timeline[];
}

const POLL_MS = 1000;

/** Looks every second, and never twice at once. */
export class Poll {
  private timer?: NodeJS.Timeout;
  private looking?: Promise<void>;

  constructor(private readonly look: () => Promise<void>) {}

  /** What goes wrong with a look is left to the next one. */
  start(): void {
    const again = async () => {
      await this.now().catch(() => undefined);
      if (this.timer) this.timer = setTimeout(again, POLL_MS);
    };
    this.timer = setTimeout(again, 0);
  }

  /** Ends with the look that goes on. */
  async stop(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.looking?.catch(() => undefined);
  }

  now(): Promise<void> {
    this.looking ??= this.look().finally(() => (this.looking = undefined));
    return this.looking;
  }
}

/** In the order in which they were made. */
export function byCreation(timelines: Iterable<Timeline>): Timeline[] {
  return [...timelines].sort((a, b) => a.createdAt - b.createdAt || a.workload.localeCompare(b.workload));
}
