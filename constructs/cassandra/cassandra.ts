import { Construct } from 'constructs';
import { choose, type ImageChoice, service } from '../images';
import { type Endpoint, exchange, type Platform, type Secret } from '../workload';
import { cassandraFiles, CQL_PORT, cqlOptions, DATA_FOLDER } from './config';

export interface CassandraProps {
  readonly platform: Platform;
  /** Limit; half of it becomes heap, the rest is for off-heap buffers and the page cache. */
  readonly memoryMiB: number;
  /** Port on the machine. @default - not published */
  readonly publish?: number;
  /** @default ours */
  readonly image?: ImageChoice;
  /** @default 8 */
  readonly storageGiB?: number;
}

/** Cassandra as its clients see it. Each program has a role of its own. */
export interface ICassandra {
  readonly cql: Endpoint;
  readonly datacenter: string;
  readonly adminPassword: Secret;
  /** Role of the stream: reads and writes its table. */
  readonly streamPassword: Secret;
  /** Driver configuration with the stream's login, which Spark's driver and executors read as a file. */
  readonly streamProfile: Secret;
  /** Role of people and checks: reads. */
  readonly readerPassword: Secret;
}

/** A single Cassandra node with authentication and authorisation. */
export class Cassandra extends Construct implements ICassandra {
  readonly cql: Endpoint;
  readonly datacenter = 'datacenter1';
  readonly adminPassword = { secret: 'cassandra-admin-password' };
  readonly streamPassword = { secret: 'cassandra-stream-password' };
  readonly streamProfile = { secret: 'cassandra-stream-profile' };
  readonly readerPassword = { secret: 'cassandra-reader-password' };

  constructor(scope: Construct, id: string, props: CassandraProps) {
    super(scope, id);
    const deployed = props.platform.deploy(this, {
      name: 'cassandra',
      image: choose(service('cassandra'), 'cassandra', props.image),
      runs: 'forever',
      command: ['cassandra', '-f'],
      env: { CASSANDRA_CONF: '/run/config' },
      config: cassandraFiles({ heapMiB: Math.floor(props.memoryMiB / 2) }),
      ports: { cql: { number: CQL_PORT, publish: props.publish } },
      volumes: { data: { path: DATA_FOLDER, storageGiB: props.storageGiB ?? 8 } },
      // JNA and the native transport unpack their libraries here.
      scratch: [{ path: '/tmp', sizeMiB: 64, executable: true }],
      user: { uid: 999, gid: 999 },
      cpu: 0.5,
      memoryMiB: props.memoryMiB,
      health: { ready: exchange(CQL_PORT, cqlOptions.request, cqlOptions.answer, cqlOptions.bytes), startSeconds: 300 },
      // Time to flush its memtables, so that the next start has no commit log to replay.
      stop: { graceSeconds: 60 },
    });
    this.cql = deployed.endpoint('cql');
  }
}
