import type { LogLine } from './frames';

/** One run of a service on its platform: a container, or a pod. */
export interface Source {
  readonly workload: string;
  readonly id: string;
}

/** Whether it runs now, and how it has ended. */
export interface SourceState {
  readonly running: boolean;
  readonly exitCode?: number;
}

/** Where the logs of a deployment come from. What is gone in the meantime is passed over. */
export interface LogSources {
  /** What somebody waits for when it does not answer. */
  readonly platform: string;
  list(): Promise<readonly Source[]>;
  /** Undefined where it is gone. */
  state(source: Source): Promise<SourceState | undefined>;
  /** What it has said so far, with times in milliseconds since 1970. */
  past(
    source: Source,
    range: { readonly since: number; readonly until: number; readonly tail?: number },
  ): AsyncIterable<LogLine>;
  /** What it says until it ends, from a time of its own log on. */
  follow(source: Source, from: string | undefined): AsyncIterable<LogLine>;
}
