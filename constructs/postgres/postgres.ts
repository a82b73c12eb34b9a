import { Construct } from 'constructs';
import { choose, type ImageChoice, service } from '../images';
import type { Endpoint, Platform, Secret } from '../workload';
import { DATA_FOLDER, OWNER, PORT, postgresqlConf, SOCKET_FOLDER } from './config';

export interface PostgresProps {
  readonly platform: Platform;
  /** Limit; an eighth of it becomes shared buffers, the rest is for connections and the page cache. */
  readonly memoryMiB: number;
  /** @default ours */
  readonly image?: ImageChoice;
  /** @default 2 */
  readonly storageGiB?: number;
}

/** The database as Airflow sees it. */
export interface IPostgres {
  readonly sql: Endpoint;
  /** The whole connection string for SQLAlchemy, with the password in it. */
  readonly url: Secret;
}

/** A single PostgreSQL server: Airflow's metadata database. */
export class Postgres extends Construct implements IPostgres {
  readonly sql: Endpoint;
  readonly url: Secret = { secret: 'airflow-database-url' };

  constructor(scope: Construct, id: string, props: PostgresProps) {
    super(scope, id);
    const password: Secret = { secret: 'postgres-password' };
    const deployed = props.platform.deploy(this, {
      name: 'postgres',
      image: choose(service('postgres'), 'postgres', props.image),
      runs: 'forever',
      command: ['docker-entrypoint.sh', 'postgres', '-c', 'config_file=/run/config/postgresql.conf'],
      env: {
        POSTGRES_USER: OWNER,
        POSTGRES_DB: OWNER,
        POSTGRES_PASSWORD_FILE: `/run/secrets/${password.secret}`,
        // The root of a volume is not always empty, and a database is only made in an empty folder.
        PGDATA: `${DATA_FOLDER}/pgdata`,
      },
      config: { 'postgresql.conf': postgresqlConf({ memoryMiB: props.memoryMiB }) },
      secrets: [password],
      ports: { sql: { number: PORT } },
      volumes: { data: { path: DATA_FOLDER, storageGiB: props.storageGiB ?? 2 } },
      scratch: [{ path: SOCKET_FOLDER, sizeMiB: 1 }],
      user: { uid: 999, gid: 999 },
      cpu: 0.1,
      memoryMiB: props.memoryMiB,
      // Over TCP, where it answers only after the first start has made the database.
      health: {
        ready: ['pg_isready', '-q', '-h', '127.0.0.1', '-p', String(PORT), '-U', OWNER, '-d', OWNER],
        startSeconds: 300,
      },
      stop: { graceSeconds: 30 },
    });
    this.sql = deployed.endpoint('sql');
  }
}
