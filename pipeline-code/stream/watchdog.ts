/** What is known about a query from outside; times in milliseconds. */
export interface Observation {
  readonly now: number;
  readonly submittedAt: number;
  /** Records in the topic that the query has not processed. Undefined while Kafka does not answer. */
  readonly lag: number | undefined;
  /** Grows with every batch that was finished. Undefined before the first. */
  readonly position: string | undefined;
}

// The first batch includes the start of an executor and a cold JVM.
const FIRST_BATCH_MS = 120_000;
const STUCK_MS = 30_000;
const NO_EXECUTOR_MS = 45_000;

/**
 * Notices a query that is "active" without ever finishing a batch, although records wait for it. Spark itself reports
 * no exception then, and even `stop` may never return.
 */
export class Watchdog {
  private position?: string;
  private waitingSince?: number;

  constructor(private readonly allowanceMs = 0) {}

  /** Begins to count anew: there was a reason outside of Spark to wait. */
  excuse(now: number): void {
    this.waitingSince = now;
  }

  /** @returns why the query must be taken for hanging, if it must */
  observe({ now, submittedAt, lag, position }: Observation): string | undefined {
    if (position !== this.position || !lag) {
      this.position = position;
      this.waitingSince = lag ? now : undefined;
      return undefined;
    }
    this.waitingSince ??= now;
    const limit = (position === undefined ? FIRST_BATCH_MS : STUCK_MS) + this.allowanceMs;
    const waited = now - Math.max(this.waitingSince, submittedAt);
    return waited > limit
      ? `${lag} records wait and no batch was finished for ${Math.round(waited / 1000)} s`
      : undefined;
  }
}

/** Notices a driver that has lost its executors for good, for example because its master forgot it. */
export class ExecutorWatchdog {
  private missingSince?: number;

  observe(now: number, executors: number | undefined): string | undefined {
    if (executors !== 0) {
      this.missingSince = undefined;
      return undefined;
    }
    this.missingSince ??= now;
    const missing = now - this.missingSince;
    return missing > NO_EXECUTOR_MS ? `no executor for ${Math.round(missing / 1000)} s` : undefined;
  }
}
