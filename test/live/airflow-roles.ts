/**
 * Who may do what in the running Airflow, as a table: every row is tried by all three people over HTTP, the allowed things
 * as well as the forbidden ones.
 */

export type Person = 'admin' | 'author' | 'operations';

/** Passwords by user name. */
export type Passwords = Readonly<Record<Person, string>>;

/** What a row may need to know about the run that is triggered before the rows are tried. */
interface Run {
  readonly id: string;
}

interface Row {
  readonly what: string;
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: (person: Person, run: Run) => string;
  readonly body?: (person: Person) => unknown;
  /** Status that is expected per person. */
  readonly expected: Readonly<Record<Person, number>>;
}

/** The outcome of one call by one person. */
export interface RoleResult {
  readonly what: string;
  readonly who: Person | 'nobody';
  readonly expected: number;
  readonly got: number;
  readonly ok: boolean;
}

const dag = '/api/v2/dags/user_automation';
const everybody = (status: number): Row['expected'] => ({ admin: status, author: status, operations: status });
const notOperations = (status: number): Row['expected'] => ({ admin: status, author: status, operations: 403 });
const onlyAdmin = (status: number): Row['expected'] => ({ admin: status, author: 403, operations: 403 });

const connection = (person: Person) => `matrix-${person}`;

/** In this order: later rows undo earlier ones. */
export const roleMatrix: readonly Row[] = [
  // Watching: everybody.
  { what: 'list DAGs', path: () => '/api/v2/dags', expected: everybody(200) },
  { what: 'list DAGs as the UI does', path: () => '/ui/dags', expected: everybody(200) },
  { what: 'list runs', path: () => `${dag}/dagRuns`, expected: everybody(200) },
  { what: 'list tasks of a run', path: (_, run) => `${dag}/dagRuns/${run.id}/taskInstances`, expected: everybody(200) },
  {
    what: 'read a task log',
    path: (_, run) => `${dag}/dagRuns/${run.id}/taskInstances/produce_users/logs/1`,
    expected: everybody(200),
  },
  { what: 'list import errors', path: () => '/api/v2/importErrors', expected: everybody(200) },
  { what: 'list jobs', path: () => '/api/v2/jobs', expected: everybody(200) },
  // The home page of the UI shows them.
  { what: 'list pools', path: () => '/api/v2/pools', expected: everybody(200) },

  // Triggering: everybody. It needs no right to change the DAG.
  {
    what: 'trigger a run',
    method: 'POST',
    path: () => `${dag}/dagRuns`,
    body: () => ({ logical_date: null, conf: { users: 1 } }),
    expected: everybody(200),
  },

  // Authoring: not for operations.
  { what: 'read DAG code', path: () => '/api/v2/dagSources/user_automation', expected: notOperations(200) },
  {
    what: 'list XComs',
    path: (_, run) => `${dag}/dagRuns/${run.id}/taskInstances/produce_users/xcomEntries`,
    expected: notOperations(200),
  },
  {
    what: 'pause and unpause the DAG',
    method: 'PATCH',
    path: () => dag,
    body: () => ({ is_paused: false }),
    expected: notOperations(200),
  },
  {
    what: 'mark a run',
    method: 'PATCH',
    path: (_, run) => `${dag}/dagRuns/${run.id}`,
    body: () => ({ note: 'role matrix' }),
    expected: notOperations(200),
  },
  {
    what: 'clear a run (dry run)',
    method: 'POST',
    path: (_, run) => `${dag}/dagRuns/${run.id}/clear`,
    body: () => ({ dry_run: true }),
    expected: notOperations(200),
  },
  {
    what: 'clear tasks (dry run)',
    method: 'POST',
    path: () => `${dag}/clearTaskInstances`,
    body: () => ({ dry_run: true, task_ids: ['produce_users'], only_failed: true }),
    expected: notOperations(200),
  },

  // Running the platform: the Deployment Manager only.
  { what: 'list connections', path: () => '/api/v2/connections', expected: onlyAdmin(200) },
  {
    what: 'create a connection',
    method: 'POST',
    path: () => '/api/v2/connections',
    body: (person) => ({ connection_id: connection(person), conn_type: 'http', host: 'example.invalid' }),
    expected: onlyAdmin(201),
  },
  {
    what: 'change a connection',
    method: 'PATCH',
    path: () => `/api/v2/connections/${connection('admin')}`,
    body: () => ({ connection_id: connection('admin'), conn_type: 'http', host: 'changed.invalid' }),
    expected: onlyAdmin(200),
  },
  {
    what: 'list variables',
    path: () => '/api/v2/variables',
    expected: onlyAdmin(200),
  },
  {
    what: 'create a variable',
    method: 'POST',
    path: () => '/api/v2/variables',
    body: (person) => ({ key: connection(person), value: 'x' }),
    expected: onlyAdmin(201),
  },
  {
    what: 'create a pool',
    method: 'POST',
    path: () => '/api/v2/pools',
    body: (person) => ({ name: connection(person), slots: 1 }),
    expected: onlyAdmin(201),
  },
  { what: 'read the event log', path: () => '/api/v2/eventLogs', expected: onlyAdmin(200) },
  { what: 'list plugins', path: () => '/api/v2/plugins', expected: onlyAdmin(200) },
  { what: 'list providers', path: () => '/api/v2/providers', expected: onlyAdmin(200) },
  { what: 'list users', path: () => '/auth/fab/v1/users', expected: onlyAdmin(200) },
  { what: 'list roles', path: () => '/auth/fab/v1/roles', expected: onlyAdmin(200) },
  {
    what: 'delete a run that does not exist',
    method: 'DELETE',
    path: () => `${dag}/dagRuns/role-matrix-none`,
    expected: onlyAdmin(404),
  },
  {
    what: 'delete a DAG that does not exist',
    method: 'DELETE',
    path: () => '/api/v2/dags/role-matrix-none',
    expected: onlyAdmin(404),
  },

  // Nobody, not even the Deployment Manager.
  { what: 'read the configuration', path: () => '/api/v2/config', expected: everybody(403) },
  {
    what: "read the producer's connection over the tasks' own API",
    path: () => '/execution/connections/producer',
    expected: everybody(403),
  },
];

/** What the rows leave behind, deleted by the admin; the forbidden rows try the same deletions first. */
const deletions = [
  { what: 'delete a connection', path: `/api/v2/connections/${connection('admin')}` },
  { what: 'delete a variable', path: `/api/v2/variables/${connection('admin')}` },
  { what: 'delete a pool', path: `/api/v2/pools/${connection('admin')}` },
];

async function login(baseUrl: string, username: string, password: string): Promise<Response> {
  return fetch(`${baseUrl}/auth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
}

/** A token for Airflow's REST API. */
export async function airflowToken(baseUrl: string, username: string, password: string): Promise<string> {
  const answer = await login(baseUrl, username, password);
  if (!answer.ok) throw new Error(`Airflow refuses the login of "${username}": HTTP ${answer.status}`);
  return ((await answer.json()) as { access_token: string }).access_token;
}

/**
 * Tries every row of the matrix as every person, and the logins that must fail. It triggers four runs of one user each
 * and leaves nothing else behind.
 */
export async function checkRoles(baseUrl: string, passwords: Passwords): Promise<RoleResult[]> {
  const people: readonly Person[] = ['operations', 'author', 'admin'];
  const tokens = new Map<Person, string>();
  for (const person of people) tokens.set(person, await airflowToken(baseUrl, person, passwords[person]));

  const call = async (person: Person | 'nobody', method: string, path: string, body?: unknown): Promise<Response> => {
    const token = person === 'nobody' ? undefined : tokens.get(person);
    return fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  };
  const results: RoleResult[] = [];
  const expectStatus = async (
    what: string,
    who: RoleResult['who'],
    expected: number,
    answer: Promise<Response>,
  ): Promise<void> => {
    const response = await answer;
    await response.arrayBuffer();
    results.push({ what, who, expected, got: response.status, ok: response.status === expected });
  };

  const triggered = await call('operations', 'POST', `${dag}/dagRuns`, { logical_date: null, conf: { users: 1 } });
  if (!triggered.ok)
    throw new Error(`operations cannot trigger a run: HTTP ${triggered.status} ${await triggered.text()}`);
  const run: Run = { id: encodeURIComponent(((await triggered.json()) as { dag_run_id: string }).dag_run_id) };
  await runStarted(() => call('operations', 'GET', `${dag}/dagRuns/${run.id}/taskInstances/produce_users`));

  for (const row of roleMatrix) {
    for (const person of people) {
      const request = call(person, row.method ?? 'GET', row.path(person, run), row.body?.(person));
      await expectStatus(row.what, person, row.expected[person], request);
    }
  }
  for (const { what, path } of deletions) {
    for (const person of people) {
      await expectStatus(what, person, person === 'admin' ? 204 : 403, call(person, 'DELETE', path));
    }
  }

  await expectStatus('log in as admin/admin', 'nobody', 401, login(baseUrl, 'admin', 'admin'));
  await expectStatus('log in as airflow/airflow', 'nobody', 401, login(baseUrl, 'airflow', 'airflow'));
  await expectStatus('log in with a wrong password', 'nobody', 401, login(baseUrl, 'operations', 'not-the-password'));
  await expectStatus('list DAGs without a token', 'nobody', 401, call('nobody', 'GET', '/api/v2/dags'));
  await expectStatus('list connections without a token', 'nobody', 401, call('nobody', 'GET', '/api/v2/connections'));
  return results;
}

/** The log of a task exists once it has started. */
async function runStarted(task: () => Promise<Response>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const answer = await task();
    const { state } = answer.ok ? ((await answer.json()) as { state: string | null }) : { state: null };
    if (state !== null && !['scheduled', 'queued', 'none'].includes(state)) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error('the triggered run did not start within 60 s: look at the log of airflow-scheduler');
}
