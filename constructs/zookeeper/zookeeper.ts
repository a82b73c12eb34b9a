import { Construct } from 'constructs';
import { choose, type ImageChoice, service } from '../images';
import { type Endpoint, exchange, type Platform, replicaHosts, text } from '../workload';
import { CLIENT_PORT, DATA_FOLDER, ELECTION_PORT, QUORUM_PORT, startMember, zookeeperProperties } from './config';

export interface ZookeeperProps {
  readonly platform: Platform;
  /** Limit of each server; half of it becomes heap. */
  readonly memoryMiB: number;
  /** Servers of the quorum: a majority of them must be there. An even number survives no more than the odd one below it. @default 1 */
  readonly replicas?: 1 | 3 | 5;
  /** @default ours */
  readonly image?: ImageChoice;
  /** Of each server. @default 1 */
  readonly storageGiB?: number;
}

/** What a Kafka broker needs to know of ZooKeeper. */
export interface IZookeeper {
  readonly client: Endpoint;
  /** Every server with its port, as Kafka's `zookeeper.connect` takes them. */
  readonly connect: string;
}

/** ZooKeeper, the quorum of the Kafka brokers: a single server, or several of which a minority may be lost. */
export class Zookeeper extends Construct implements IZookeeper {
  readonly client: Endpoint;
  readonly connect: string;

  constructor(scope: Construct, id: string, props: ZookeeperProps) {
    super(scope, id);
    const name = 'zookeeper';
    const hosts = replicaHosts(name, props.replicas);
    const isQuorum = hosts.length > 1;
    const deployed = props.platform.deploy(this, {
      name,
      image: choose(service('zookeeper'), 'zookeeper', props.image),
      runs: 'forever',
      command: isQuorum
        ? ['bash', '-c', startMember, text`${{ self: 'index' }}`]
        : ['zookeeper-server-start', '/run/config/zookeeper.properties'],
      env: { KAFKA_HEAP_OPTS: `-Xmx${Math.floor(props.memoryMiB / 2)}m` },
      config: { 'zookeeper.properties': zookeeperProperties(hosts) },
      ports: {
        client: { number: CLIENT_PORT },
        ...(isQuorum ? { quorum: { number: QUORUM_PORT }, election: { number: ELECTION_PORT } } : {}),
      },
      volumes: { data: { path: DATA_FOLDER, storageGiB: props.storageGiB ?? 1 } },
      user: { uid: 1000, gid: 1000 },
      replicas: hosts.length,
      cpu: 0.1,
      memoryMiB: props.memoryMiB,
      health: {
        ready: isQuorum
          ? // `srvr`: a member without a quorum says "This ZooKeeper instance is not currently serving requests".
            exchange(CLIENT_PORT, '73727672', /^5a6f6f6b6565706572/, 9)
          : // The four-letter word `ruok`; the answer is `imok`.
            exchange(CLIENT_PORT, '72756f6b', /^696d6f6b/, 4),
        startSeconds: 300,
      },
      stop: { graceSeconds: 10 },
      joins: isQuorum ? [{ mesh: 'zookeeper-quorum' }] : undefined,
    });
    this.client = deployed.endpoint('client');
    this.connect = hosts.map((host) => `${host}:${CLIENT_PORT}`).join(',');
  }
}
