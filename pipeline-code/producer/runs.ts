import { describeError, type Logger } from '../common/logger';
import { toUser, type Run, type User, type UserSource } from '../contract';
import type { PageRequest, Source } from './source';

/** Where runs are kept, so that they outlive this process. */
export interface RunStore {
  load(): Promise<Run[]>;
  save(run: Run): Promise<void>;
}

/** Where users go. Resolves when every one of them is acknowledged. */
export type SendUsers = (users: readonly User[]) => Promise<void>;

export interface RunsOptions {
  readonly store: RunStore;
  readonly source: Pick<Source, 'probe' | 'page'>;
  readonly userSource: UserSource | 'auto';
  readonly send: SendUsers;
  readonly logger: Logger;
  /** How many users are asked for and sent at once. @default 100 */
  readonly pageSize?: number;
}

/** A run was asked for again with another number of users. */
export class OtherUsersError extends Error {
  constructor(run: Run, users: number) {
    super(
      `run '${run.run_id}' was asked for with ${run.users} users and now with ${users}; ` +
        `ask for ${run.users}, or take another run id`,
    );
    this.name = 'OtherUsersError';
  }
}

/**
 * Carries out runs, one after the other. What has been done is saved after every page, so that a run which was cut off
 * goes on where it stopped; at most one page of it is sent twice, with the same ids and values.
 */
export class Runs {
  private readonly runs = new Map<string, Run>();
  private readonly stopping = new AbortController();
  private working: Promise<void> = Promise.resolve();

  constructor(private readonly options: RunsOptions) {}

  /** Reads what earlier processes left and takes up what they did not finish. */
  async start(): Promise<void> {
    for (const run of await this.options.store.load()) {
      this.runs.set(run.run_id, run);
    }
    const unfinished = [...this.runs.values()].filter(isUnfinished);
    this.options.logger.info({ runs: this.runs.size, unfinished: unfinished.length }, 'read the runs');
    unfinished.forEach((run) => this.enqueue(run.run_id));
  }

  get(runId: string): Run | undefined {
    return this.runs.get(runId);
  }

  /**
   * Makes sure that a run exists and returns its state. A failed run is tried once more, from where it stopped, when
   * `attempt` is higher than that of the failure.
   */
  async ensure(runId: string, users: number, attempt = 1): Promise<Run> {
    const known = this.runs.get(runId);
    if (known && known.users !== users) {
      throw new OtherUsersError(known, users);
    }
    if (known && !(known.state === 'failed' && attempt > known.attempt)) {
      return known;
    }
    const now = new Date().toISOString();
    const fresh: Run = {
      run_id: runId,
      state: 'accepted',
      users,
      acknowledged: 0,
      source: null,
      seed: runId,
      attempt,
      created_at: now,
      updated_at: now,
    };
    const { error: _error, finished_at: _finished, ...before } = known ?? fresh;
    const run: Run = { ...before, state: 'accepted', attempt, updated_at: now };
    this.runs.set(runId, run);
    try {
      await this.options.store.save(run);
    } catch (error) {
      // Nobody would carry out a run that is not kept.
      if (known) {
        this.runs.set(runId, known);
      } else {
        this.runs.delete(runId);
      }
      throw error;
    }
    this.enqueue(runId);
    return run;
  }

  /** Stops between two pages; what is unfinished is taken up by the next process. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.working;
  }

  private enqueue(runId: string): void {
    this.working = this.working.then(() => this.work(runId));
  }

  private async work(runId: string): Promise<void> {
    const { logger, source, userSource } = this.options;
    const { signal } = this.stopping;
    try {
      signal.throwIfAborted();
      const from = this.runs.get(runId)?.source ?? (userSource === 'auto' ? await source.probe(signal) : userSource);
      let run = await this.update(runId, { state: 'running', source: from });
      logger.info({ run_id: runId, users: run.users, acknowledged: run.acknowledged, source: from }, 'run started');
      while (run.acknowledged < run.users) {
        signal.throwIfAborted();
        const users = await this.nextUsers(run, from);
        await this.options.send(users);
        run = await this.update(runId, { acknowledged: run.acknowledged + users.length });
      }
      await this.update(runId, { state: 'succeeded', finished_at: new Date().toISOString() });
      logger.info({ run_id: runId, acknowledged: run.acknowledged }, 'run succeeded');
    } catch (error) {
      if (signal.aborted) {
        logger.info({ run_id: runId }, 'run interrupted, the next process takes it up');
        return;
      }
      const reason = describeError(error);
      logger.error({ run_id: runId, err: error }, 'run failed');
      await this.update(runId, { state: 'failed', error: reason, finished_at: new Date().toISOString() }).catch(
        (failure: unknown) =>
          logger.error({ run_id: runId, err: failure }, 'the failure of the run could not be saved'),
      );
    }
  }

  /** The users of the run's next page that have not been acknowledged yet. */
  private async nextUsers({ run_id, seed, users, acknowledged }: Run, from: UserSource): Promise<User[]> {
    // Every page of a run has one size, and what is too much of the last one is dropped: the users of a page may depend
    // on how many were asked for.
    const results = Math.min(this.options.pageSize ?? 100, users);
    const page = Math.floor(acknowledged / results) + 1;
    const request: PageRequest = { seed, page, results };
    const answer = await this.options.source.page(from, request, this.stopping.signal);
    const first = (page - 1) * results;
    const producedAt = new Date();
    return answer
      .slice(acknowledged - first, users - first)
      .map((user, index) => toUser(user, { runId: run_id, sequence: acknowledged + index, producedAt }));
  }

  private async update(runId: string, change: Partial<Run>): Promise<Run> {
    const run = { ...(this.runs.get(runId) as Run), ...change, updated_at: new Date().toISOString() };
    // Seen from outside at once: a caller that waits for "failed" must see it even if Kafka does not take it.
    this.runs.set(runId, run);
    await this.options.store.save(run);
    return run;
  }
}

function isUnfinished({ state }: Run): boolean {
  return state === 'accepted' || state === 'running';
}
