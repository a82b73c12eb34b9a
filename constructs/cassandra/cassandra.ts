import { Construct } from 'constructs';
import { choose, type ImageChoice, service } from '../images';
import { type Endpoint, exchange, type Platform, replicaHosts, type Secret, text } from '../workload';
import {
  cassandraFiles,
  CQL_PORT,
  cqlOptions,
  DATA_FOLDER,
  GOSSIP_PORT,
  replicationFactor,
  startMember,
} from './config';

export interface CassandraProps {
  readonly platform: Platform;
  /** Limit of each node; half of it becomes heap, the rest is for off-heap buffers and the page cache. */
  readonly memoryMiB: number;
  /** Nodes. With three or more every row is on three of them, and on two before it is acknowledged. @default 1 */
  readonly replicas?: number;
  /** Port on the machine. @default - not published */
  readonly publish?: number;
  /** @default ours */
  readonly image?: ImageChoice;
  /** Of each node. @default 8 */
  readonly storageGiB?: number;
}

/** Cassandra as its clients see it. Each program has a role of its own. */
export interface ICassandra {
  readonly cql: Endpoint;
  readonly datacenter: string;
  /** Copies that a row can have. */
  readonly replicationFactor: number;
  readonly adminPassword: Secret;
  /** Role of the stream: reads and writes its table. */
  readonly streamPassword: Secret;
  /** Driver configuration with the stream's login, which Spark's driver and executors read as a file. */
  readonly streamProfile: Secret;
  /** Role of people and checks: reads. */
  readonly readerPassword: Secret;
}

/** Cassandra with authentication and authorisation: a single node, or several that keep copies of each other's rows. */
export class Cassandra extends Construct implements ICassandra {
  readonly cql: Endpoint;
  readonly datacenter = 'datacenter1';
  readonly replicationFactor: number;
  readonly adminPassword = { secret: 'cassandra-admin-password' };
  readonly streamPassword = { secret: 'cassandra-stream-password' };
  readonly streamProfile = { secret: 'cassandra-stream-profile' };
  readonly readerPassword = { secret: 'cassandra-reader-password' };

  constructor(scope: Construct, id: string, props: CassandraProps) {
    super(scope, id);
    const name = 'cassandra';
    const hosts = replicaHosts(name, props.replicas);
    const isCluster = hosts.length > 1;
    this.replicationFactor = replicationFactor(hosts.length);
    const deployed = props.platform.deploy(this, {
      name,
      image: choose(service('cassandra'), 'cassandra', props.image),
      runs: 'forever',
      command: isCluster ? ['bash', '-c', startMember, text`${{ self: 'index' }}`, ...hosts] : ['cassandra', '-f'],
      env: { CASSANDRA_CONF: '/run/config' },
      config: cassandraFiles({ heapMiB: Math.floor(props.memoryMiB / 2), hosts }),
      ports: {
        cql: { number: CQL_PORT, publish: props.publish },
        ...(isCluster ? { gossip: { number: GOSSIP_PORT } } : {}),
      },
      volumes: { data: { path: DATA_FOLDER, storageGiB: props.storageGiB ?? 8 } },
      // JNA and the native transport unpack their libraries here.
      scratch: [{ path: '/tmp', sizeMiB: 64, executable: true }],
      user: { uid: 999, gid: 999 },
      replicas: hosts.length,
      cpu: 0.5,
      memoryMiB: props.memoryMiB,
      health: {
        ready: exchange(CQL_PORT, cqlOptions.request, cqlOptions.answer, cqlOptions.bytes),
        // The first time they start one after the other.
        startSeconds: 300 * hosts.length,
      },
      // Time to flush its memtables, so that the next start has no commit log to replay.
      stop: { graceSeconds: 60 },
      joins: isCluster ? [{ mesh: 'cassandra-ring' }] : undefined,
    });
    this.cql = deployed.endpoint('cql');
  }
}
