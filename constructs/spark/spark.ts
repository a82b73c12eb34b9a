import { Construct } from 'constructs';
import type { ICassandra } from '../cassandra';
import { service } from '../images';
import type { IKafka } from '../kafka';
import { type Endpoint, type Mesh, type Platform, text } from '../workload';
import {
  executorMemoryMiB,
  masterEnv,
  masterHasWorker,
  masterIsAlive,
  ports,
  RECOVERY_FOLDER,
  startWhen,
  user,
  workerEnv,
} from './config';

export interface SparkProps {
  readonly platform: Platform;
  /** Executors read from Kafka and write to Cassandra themselves, from the worker's container. */
  readonly kafka: IKafka;
  readonly cassandra: ICassandra;
  readonly masterMemoryMiB: number;
  /** Limit of each worker's container; all but 640 MiB of it is the heap of its executor. */
  readonly workerMemoryMiB: number;
  /** @default 1 */
  readonly workers?: number;
  /** Tasks that each worker runs at a time. @default 2 */
  readonly workerCores?: number;
  /** Port of the master's page on the machine. @default - not published */
  readonly publish?: number;
}

/** A standalone cluster as the driver sees it. */
export interface ISpark {
  readonly masterUrl: string;
  /** The master's page inside the platform. */
  readonly masterPageUrl: string;
  /** Driver, master and worker reach each other here. */
  readonly mesh: Mesh;
  readonly master: Endpoint;
  readonly executorMemoryMiB: number;
  /** Of each executor; there is one in each worker. */
  readonly executorCores: number;
  readonly executors: number;
}

/** A Spark standalone cluster: a master that survives its own restart, and its workers. */
export class Spark extends Construct implements ISpark {
  readonly masterUrl: string;
  readonly masterPageUrl: string;
  readonly mesh: Mesh = { mesh: 'spark' };
  readonly master: Endpoint;
  readonly executorMemoryMiB: number;
  readonly executorCores: number;
  readonly executors: number;

  constructor(scope: Construct, id: string, props: SparkProps) {
    super(scope, id);
    this.executorMemoryMiB = executorMemoryMiB(props.workerMemoryMiB);
    this.executorCores = props.workerCores ?? 2;
    this.executors = props.workers ?? 1;
    const host = text`${{ self: 'host' }}`;
    const master = props.platform.deploy(this, {
      name: 'spark-master',
      image: service('spark'),
      runs: 'forever',
      command: [
        ...['spark-class', 'org.apache.spark.deploy.master.Master', '--host', host],
        ...['--port', String(ports.master), '--webui-port', String(ports.masterUi)],
      ],
      env: { ...masterEnv(), SPARK_LOCAL_HOSTNAME: host },
      ports: { rpc: { number: ports.master }, ui: { number: ports.masterUi, publish: props.publish } },
      volumes: { recovery: { path: RECOVERY_FOLDER, storageGiB: 1 } },
      user,
      cpu: 0.1,
      memoryMiB: props.masterMemoryMiB,
      health: { ready: masterIsAlive('127.0.0.1'), startSeconds: 300 },
      joins: [this.mesh],
    });
    this.master = master.endpoint('rpc');
    this.masterUrl = `spark://${this.master.address}`;
    this.masterPageUrl = `http://${master.endpoint('ui').address}`;
    props.platform.deploy(this, {
      name: 'spark-worker',
      image: service('spark'),
      runs: 'forever',
      command: startWhen(masterIsAlive(master.workload), [
        ...['spark-class', 'org.apache.spark.deploy.worker.Worker', '--host', host],
        ...['--port', String(ports.worker), '--webui-port', String(ports.workerUi)],
        ...['--cores', String(this.executorCores), '--memory', `${this.executorMemoryMiB}m`, '--work-dir', '/tmp/work'],
        this.masterUrl,
      ]),
      env: { ...workerEnv(), SPARK_LOCAL_HOSTNAME: host },
      secrets: [props.cassandra.streamProfile],
      ports: {
        rpc: { number: ports.worker },
        ui: { number: ports.workerUi },
        executor: { number: ports.executor },
        'executor-spare': { number: ports.executorSpare },
      },
      // The compression libraries of the shuffle are unpacked here and loaded.
      scratch: [{ path: '/tmp', sizeMiB: 256, executable: true }],
      user,
      replicas: this.executors,
      cpu: 1,
      memoryMiB: props.workerMemoryMiB,
      health: { ready: masterHasWorker(master.workload), startSeconds: 300 },
      stop: { graceSeconds: 15 },
      joins: [this.mesh],
      after: [master],
      uses: [props.kafka.connection.bootstrap, props.cassandra.cql],
    });
  }
}
