import { Construct } from 'constructs';
import { service } from '../images';
import type { IPostgres } from '../postgres';
import {
  type Dependable,
  type Endpoint,
  type Mount,
  type Platform,
  type Secret,
  text,
  type Workload,
} from '../workload';
import * as config from './config';

export interface AirflowProps {
  readonly platform: Platform;
  readonly postgres: IPostgres;
  /** The program that the DAG starts and watches. */
  readonly producer: { readonly http: Endpoint; readonly token: Secret };
  /** Users that the DAG asks for when a run does not say otherwise. */
  readonly usersPerRun: number;
  readonly apiServerMemoryMiB: number;
  /** Each task at once takes about 100 MiB of it. */
  readonly schedulerMemoryMiB: number;
  readonly dagProcessorMemoryMiB: number;
  /** Port of the UI and the REST interface on the machine. @default - not published */
  readonly publish?: number;
  /** @default 1 */
  readonly tasksAtOnce?: number;
  /** Folder of the repository with the DAGs. @default pipeline-code/dags */
  readonly dagsFolder?: string;
  /** Space for task logs. @default 2 */
  readonly logsGiB?: number;
}

/** Airflow as its clients see it. */
export interface IAirflow {
  /** UI and REST interface. */
  readonly http: Endpoint;
  /** Password of each person, by user name. */
  readonly passwords: Readonly<Record<'admin' | 'author' | 'operations', Secret>>;
}

const shared = { image: service('airflow'), user: config.user, scratch: config.scratch } as const;

/** Brings database, people and connections to the wanted state, whoever runs the servers. */
export function initJob({ postgres, producer }: Pick<AirflowProps, 'postgres' | 'producer'>): Workload {
  return {
    ...shared,
    ...config.init({
      databaseUrl: postgres.url,
      producerUrl: `http://${producer.http.address}`,
      producerToken: producer.token,
    }),
    name: 'airflow-init',
    runs: 'once',
    cpu: 0.5,
    memoryMiB: 512,
    uses: [postgres.sql],
  };
}

/** Airflow 3: api-server (the web server), scheduler with its local executor, dag-processor, and the job before them. */
export class Airflow extends Construct implements IAirflow {
  readonly http: Endpoint;
  readonly passwords = config.passwords;

  constructor(scope: Construct, id: string, props: AirflowProps) {
    super(scope, id);
    const { platform, postgres, producer } = props;
    const databaseUrl = postgres.url;
    const dags: Mount = { source: { folder: props.dagsFolder ?? config.DAGS_OF_REPOSITORY }, path: config.DAGS_FOLDER };
    const logs = (access: { writable?: true } = {}): Mount => ({
      source: { sharedVolume: 'airflow-logs', storageGiB: props.logsGiB ?? 2 },
      path: config.LOGS_FOLDER,
      ...access,
    });

    const init: Dependable = platform.deploy(this, initJob(props));

    const server = (
      program: config.Server,
      rest: Pick<Workload, 'name' | 'cpu' | 'memoryMiB' | 'mounts' | 'ports' | 'stop'> & { uses?: readonly Endpoint[] },
    ) =>
      platform.deploy(this, {
        ...shared,
        ...program,
        ...rest,
        runs: 'forever',
        uses: [postgres.sql, ...(rest.uses ?? [])],
        after: [init],
      });

    const apiServer = server(config.apiServer({ databaseUrl, baseUrl: text`${{ self: 'url', port: 'http' }}` }), {
      name: 'airflow-api-server',
      ports: { http: { number: config.HTTP_PORT, publish: props.publish } },
      mounts: [logs()],
      cpu: 0.25,
      memoryMiB: props.apiServerMemoryMiB,
      stop: { graceSeconds: 10 },
    });
    this.http = apiServer.endpoint('http');

    server(
      config.scheduler({
        databaseUrl,
        executionApiUrl: `http://${this.http.address}/execution/`,
        tasksAtOnce: props.tasksAtOnce ?? 1,
        usersPerRun: props.usersPerRun,
      }),
      {
        name: 'airflow-scheduler',
        mounts: [dags, logs({ writable: true })],
        cpu: 0.25,
        memoryMiB: props.schedulerMemoryMiB,
        stop: { graceSeconds: 20 },
        uses: [this.http, producer.http],
      },
    );
    server(config.dagProcessor({ databaseUrl, apiServer: this.http.address }), {
      name: 'airflow-dag-processor',
      mounts: [dags, logs({ writable: true })],
      cpu: 0.1,
      memoryMiB: props.dagProcessorMemoryMiB,
      stop: { graceSeconds: 10 },
      uses: [this.http],
    });
  }
}
