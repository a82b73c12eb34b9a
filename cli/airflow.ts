import { z } from 'zod';
import { CommandError } from './errors';

const tokenSchema = z.object({ access_token: z.string().min(1) });
const dagSchema = z.object({ dag_id: z.string(), is_paused: z.boolean(), is_stale: z.boolean() });
const dagRunSchema = z.object({
  dag_run_id: z.string(),
  state: z.enum(['queued', 'running', 'success', 'failed']),
});
const tasksSchema = z.object({ task_instances: z.array(z.object({ task_id: z.string() })) });
const importErrorsSchema = z.object({
  import_errors: z.array(z.object({ filename: z.string(), stack_trace: z.string(), timestamp: z.coerce.date() })),
});
const logSchema = z.object({
  content: z.array(z.union([z.string(), z.object({ event: z.string() }).loose()])),
});

export type DagRun = z.infer<typeof dagRunSchema>;

export interface ImportError {
  readonly file: string;
  readonly at: Date;
  readonly reason: string;
}

/** The DAG of this project; an author may write others that use the producer. */
export const USER_DAG = 'user_automation';
const TIMEOUT_MS = 15_000;

/** Airflow's REST API, as one of its users may use it. */
export class Airflow {
  private constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly dagId: string,
  ) {}

  static async logIn(url: string, username: string, password: string, dagId = USER_DAG): Promise<Airflow> {
    return Airflow.withToken(url, await Airflow.token(url, username, password), dagId);
  }

  static async token(url: string, username: string, password: string): Promise<string> {
    const answer = await send(`${url}/auth/token`, { method: 'POST', body: { username, password } });
    return tokenSchema.parse(answer).access_token;
  }

  static withToken(url: string, token: string, dagId = USER_DAG): Airflow {
    return new Airflow(url, token, dagId);
  }

  /** Files in the folder of DAGs that Airflow could not read, with the end of the reason. */
  async importErrors(): Promise<ImportError[]> {
    const { import_errors: found } = importErrorsSchema.parse(await this.ask('/importErrors'));
    return found.map(({ filename, stack_trace: trace, timestamp }) => ({
      file: filename,
      at: timestamp,
      reason: trace.trimEnd().split('\n').slice(-4).join('\n'),
    }));
  }

  /** Undefined while Airflow does not know the DAG yet, or no more: it looks at the files every few seconds. */
  async dag(): Promise<z.infer<typeof dagSchema> | undefined> {
    try {
      const dag = dagSchema.parse(await this.ask(this.path));
      return dag.is_stale ? undefined : dag;
    } catch (error) {
      if (error instanceof AirflowError && error.status === 404) return undefined;
      throw error;
    }
  }

  async trigger(users: number): Promise<DagRun> {
    return dagRunSchema.parse(
      await this.ask(`${this.path}/dagRuns`, { method: 'POST', body: { logical_date: null, conf: { users } } }),
    );
  }

  async run(runId: string): Promise<DagRun> {
    return dagRunSchema.parse(await this.ask(`${this.path}/dagRuns/${encodeURIComponent(runId)}`));
  }

  /** The end of the log of the run's first task. */
  async taskLog(runId: string, lines: number): Promise<string[]> {
    const tasks = `${this.path}/dagRuns/${encodeURIComponent(runId)}/taskInstances`;
    const [task] = tasksSchema.parse(await this.ask(tasks)).task_instances;
    if (task === undefined) return [];
    const path = `${tasks}/${encodeURIComponent(task.task_id)}/logs/1?full_content=true`;
    const { content } = logSchema.parse(await this.ask(path));
    return content.map((line) => (typeof line === 'string' ? line : line.event)).slice(-lines);
  }

  private get path(): string {
    return `/dags/${encodeURIComponent(this.dagId)}`;
  }

  private ask(path: string, request: Request = {}): Promise<unknown> {
    return send(`${this.url}/api/v2${path}`, { ...request, token: this.token });
  }
}

/** An answer of Airflow that is no success. */
export class AirflowError extends CommandError {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

interface Request {
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly token?: string;
}

async function send(url: string, { method = 'GET', body, token }: Request): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await response.text();
  if (!response.ok)
    throw new AirflowError(
      response.status,
      `Airflow answers ${response.status} to ${method} ${new URL(url).pathname}: ${text.slice(0, 300)}`,
    );
  return JSON.parse(text);
}
