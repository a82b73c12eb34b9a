import { Construct } from 'constructs';
import { choose, type ImageChoice, service } from '../images';
import { exchange, external, type Platform, replicaHosts, type Secret, type Server, text } from '../workload';
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
  readonly cql: Server;
  readonly datacenter: string;
  /** Copies that a row can have. */
  readonly replicationFactor: number;
  /** A new one lets everybody in under a well-known name, until `migrate` has closed that. */
  readonly hasFirstLogin: boolean;
  readonly adminPassword: Secret;
  /** Role of the stream: reads and writes its table. */
  readonly streamPassword: Secret;
  /** Driver configuration with the stream's login, which Spark's driver and executors read as a file. */
  readonly streamProfile: Secret;
  /** Role of people and checks: reads. */
  readonly readerPassword: Secret;
}

/** Names of the files with the logins; each program has a role of its own. */
const logins = {
  adminPassword: { secret: 'cassandra-admin-password' },
  streamPassword: { secret: 'cassandra-stream-password' },
  streamProfile: { secret: 'cassandra-stream-profile' },
  readerPassword: { secret: 'cassandra-reader-password' },
} as const satisfies Partial<ICassandra>;

/** Cassandra with authentication and authorisation: a single node, or several that keep copies of each other's rows. */
export class Cassandra extends Construct implements ICassandra {
  readonly cql: Server;
  readonly datacenter = 'datacenter1';
  readonly replicationFactor: number;
  readonly hasFirstLogin = true;
  readonly adminPassword = logins.adminPassword;
  readonly streamPassword = logins.streamPassword;
  readonly streamProfile = logins.streamProfile;
  readonly readerPassword = logins.readerPassword;

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

export interface ExternalCassandraProps {
  /** `host:port` of some of its nodes. */
  readonly contactPoints: string;
  readonly datacenter: string;
  readonly replicationFactor: number;
}

/**
 * Cassandra that somebody else runs. The set-up takes the password of its role `admin` from a file of the user, in place
 * of making one.
 */
export class ExternalCassandra implements ICassandra {
  readonly cql: Server;
  readonly datacenter: string;
  readonly replicationFactor: number;
  readonly hasFirstLogin = false;
  readonly adminPassword = logins.adminPassword;
  readonly streamPassword = logins.streamPassword;
  readonly streamProfile = logins.streamProfile;
  readonly readerPassword = logins.readerPassword;

  constructor({ contactPoints, datacenter, replicationFactor }: ExternalCassandraProps) {
    this.cql = external('cassandra', contactPoints);
    this.datacenter = datacenter;
    this.replicationFactor = replicationFactor;
  }
}
