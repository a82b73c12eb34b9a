import type { Health, Secret, Text, Workload } from '../workload';

export const HTTP_PORT = 8080;
export const SCHEDULER_HEALTH_PORT = 8974;

export const user = { uid: 50000, gid: 50000 } as const;

/** In memory: airflow.cfg is written there at each start. The folders of DAGs and logs are mounted into it. */
const HOME = '/opt/airflow';
/** Where DAG Authors work. */
export const DAGS_OF_REPOSITORY = 'pipeline-code/dags';
export const DAGS_FOLDER = `${HOME}/dags`;
export const LOGS_FOLDER = `${HOME}/logs`;
export const scratch = [{ path: HOME, sizeMiB: 16 }] as const;

/** Secrets that are Airflow's own. */
export const own = {
  fernetKey: { secret: 'airflow-fernet-key' },
  apiSecretKey: { secret: 'airflow-api-secret-key' },
  jwtSecret: { secret: 'airflow-jwt-secret' },
} as const;

/** Password of each person, by user name. */
export const passwords = {
  admin: { secret: 'airflow-admin-password' },
  author: { secret: 'airflow-author-password' },
  operations: { secret: 'airflow-operations-password' },
} as const satisfies Record<string, Secret>;

/** What one of Airflow's programs is; where it runs and what it is connected to is decided elsewhere. */
export type Program = Pick<Workload, 'command' | 'secrets' | 'secretEnv'> & {
  readonly env: Readonly<Record<string, Text>>;
};
export type Server = Program & { readonly health: Health };

export interface CommonOptions {
  /** Connection string of the metadata database. */
  readonly databaseUrl: Secret;
}

/** Settings that all programs must agree on. */
export function common(): Record<string, string> {
  return {
    AIRFLOW__CORE__AUTH_MANAGER: 'platform_auth.PlatformAuthManager',
    AIRFLOW__CORE__EXECUTOR: 'LocalExecutor',
    AIRFLOW__CORE__DAGS_FOLDER: DAGS_FOLDER,
    AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    // A container in several networks has several names by address, and a program looks for its own heartbeat by name.
    AIRFLOW__CORE__HOSTNAME_CALLABLE: 'socket.gethostname',
    AIRFLOW__LOGGING__BASE_LOG_FOLDER: LOGS_FOLDER,
    AIRFLOW__API_AUTH__JWT_ISSUER: 'streaming-platform',
    // Two audiences, so that the token of a person is worthless at the interface for tasks.
    AIRFLOW__API_AUTH__JWT_AUDIENCE: 'streaming-platform-people',
    AIRFLOW__EXECUTION_API__JWT_AUDIENCE: 'streaming-platform-tasks',
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED: 'False',
    // After a crash a run goes on in about 20 seconds; the defaults take 5 minutes.
    AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD: '15',
    AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT: '30',
    AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL: '5',
    AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL: '15',
  };
}

/** Secrets as files, by the option they are for: Airflow reads an option `..._CMD` by running the command. */
function secretFiles(options: Readonly<Record<string, Secret>>): { env: Record<string, string>; secrets: Secret[] } {
  const env = Object.entries(options).map(([option, { secret }]) => [`${option}_CMD`, `cat /run/secrets/${secret}`]);
  return { env: Object.fromEntries(env) as Record<string, string>, secrets: Object.values(options) };
}

/** Brings the metadata database to the wanted state: schema, roles, users and the connection to the producer. */
export function init(
  options: CommonOptions & { readonly producerUrl: string; readonly producerToken: Secret },
): Program {
  const files = secretFiles({
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: options.databaseUrl,
    // Encrypts the producer's token in the database.
    AIRFLOW__CORE__FERNET_KEY: own.fernetKey,
  });
  return {
    command: ['python3', '/opt/platform/airflow/bootstrap.py'],
    env: { ...common(), ...files.env, PRODUCER_URL: options.producerUrl },
    secrets: [...files.secrets, ...Object.values(passwords), options.producerToken],
  };
}

/** The UI, the REST interface for people and the one for tasks. It has no DAG files: it shows them from the database. */
export function apiServer(options: CommonOptions & { readonly baseUrl: Text }): Server {
  const files = secretFiles({
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: options.databaseUrl,
    AIRFLOW__CORE__FERNET_KEY: own.fernetKey,
    AIRFLOW__API__SECRET_KEY: own.apiSecretKey,
    AIRFLOW__API_AUTH__JWT_SECRET: own.jwtSecret,
  });
  return {
    command: ['airflow', 'api-server'],
    env: {
      ...common(),
      ...files.env,
      AIRFLOW__API__BASE_URL: options.baseUrl,
      AIRFLOW__API__WORKERS: '1',
      AIRFLOW__API__EXPOSE_CONFIG: 'False',
    },
    secrets: files.secrets,
    health: { ready: healthEntry(`127.0.0.1:${HTTP_PORT}`, 'metadatabase'), startSeconds: 300 },
  };
}

/**
 * Decides what runs, and runs it: with the local executor tasks are its children. They execute what DAG Authors write under
 * the scheduler's own user, so its secrets are environment variables, which it hides from them (images/airflow/hooks); a
 * file would be theirs to read.
 */
export function scheduler(
  options: CommonOptions & {
    readonly executionApiUrl: string;
    readonly tasksAtOnce: number;
    readonly usersPerRun: number;
  },
): Server {
  return {
    // Task logs are read from the shared volume: a log server here would need the key that signs people's sessions.
    command: ['airflow', 'scheduler', '--skip-serve-logs'],
    env: {
      ...common(),
      AIRFLOW__CORE__PARALLELISM: String(options.tasksAtOnce),
      AIRFLOW__CORE__EXECUTION_API_SERVER_URL: options.executionApiUrl,
      AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK: 'True',
      AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_HOST: '127.0.0.1',
      AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT: String(SCHEDULER_HEALTH_PORT),
      // Between two looks at what to run; the default of 1 s is felt by everybody who triggers a run.
      AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME: '0.3',
      // The variable `users_per_run` for tasks.
      AIRFLOW_VAR_USERS_PER_RUN: String(options.usersPerRun),
    },
    secretEnv: {
      AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: options.databaseUrl,
      AIRFLOW__API_AUTH__JWT_SECRET: own.jwtSecret,
    },
    health: { ready: statusOk(`127.0.0.1:${SCHEDULER_HEALTH_PORT}`, '/health'), startSeconds: 300 },
  };
}

/** Reads the DAG files and writes what they say to the database. It executes them, so its secret is hidden likewise. */
export function dagProcessor(options: CommonOptions & { readonly apiServer: string }): Server {
  return {
    command: ['airflow', 'dag-processor'],
    env: {
      ...common(),
      // How long an author waits until a new file is seen; the default is 5 minutes.
      AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL: '5',
      AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES: '1',
    },
    secretEnv: { AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: options.databaseUrl },
    // It listens nowhere. That its heartbeat reaches the database is what the api-server says about it.
    health: { ready: healthEntry(options.apiServer, 'dag_processor'), startSeconds: 300 },
  };
}

/**
 * A bash that its user may execute but not read, so that the kernel hides its environment, and with it the secrets of the
 * container, from tasks. That holds only for the shell itself: the scripts below start no other program.
 */
const HEALTH_SHELL = 'health-shell';

/** Succeeds when Airflow's own health report calls the component healthy. */
export function healthEntry(address: string, component: 'metadatabase' | 'dag_processor'): readonly string[] {
  // Read to the end, which `read` reports as a failure: what counts is what was read.
  return [
    HEALTH_SHELL,
    '-c',
    `${get(address, '/api/v2/monitor/health')}; IFS= read -r -d '' -t 4 answer <&3; ` +
      `[[ $answer == *'"${component}":{"status":"healthy"'* ]]`,
  ];
}

/** Succeeds when the answer is 200. */
export function statusOk(address: string, path: string): readonly string[] {
  return [HEALTH_SHELL, '-c', `${get(address, path)}; IFS= read -r -t 4 status <&3 && [[ $status == *' 200 '* ]]`];
}

function get(address: string, path: string): string {
  const [host, port] = address.split(':');
  const request = `GET ${path} HTTP/1.0\\r\\nHost: ${host}\\r\\nConnection: close\\r\\n\\r\\n`;
  return `exec 3<>/dev/tcp/${host}/${port} || exit 1; printf '${request}' >&3`;
}
