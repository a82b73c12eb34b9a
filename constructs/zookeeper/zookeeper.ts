import { Construct } from 'constructs';
import { choose, type ImageChoice, service } from '../images';
import { type Endpoint, exchange, type Platform } from '../workload';
import { CLIENT_PORT, DATA_FOLDER, zookeeperProperties } from './config';

export interface ZookeeperProps {
  readonly platform: Platform;
  /** Limit; half of it becomes heap. */
  readonly memoryMiB: number;
  /** @default ours */
  readonly image?: ImageChoice;
  /** @default 1 */
  readonly storageGiB?: number;
}

/** What a Kafka broker needs to know of ZooKeeper. */
export interface IZookeeper {
  readonly client: Endpoint;
}

/** A single ZooKeeper server: the quorum of the Kafka broker. */
export class Zookeeper extends Construct implements IZookeeper {
  readonly client: Endpoint;

  constructor(scope: Construct, id: string, props: ZookeeperProps) {
    super(scope, id);
    const deployed = props.platform.deploy(this, {
      name: 'zookeeper',
      image: choose(service('zookeeper'), 'zookeeper', props.image),
      runs: 'forever',
      command: ['zookeeper-server-start', '/run/config/zookeeper.properties'],
      env: { KAFKA_HEAP_OPTS: `-Xmx${Math.floor(props.memoryMiB / 2)}m` },
      config: { 'zookeeper.properties': zookeeperProperties() },
      ports: { client: { number: CLIENT_PORT } },
      volumes: { data: { path: DATA_FOLDER, storageGiB: props.storageGiB ?? 1 } },
      user: { uid: 1000, gid: 1000 },
      cpu: 0.1,
      memoryMiB: props.memoryMiB,
      // The four-letter word `ruok`; the answer is `imok`.
      health: { ready: exchange(CLIENT_PORT, '72756f6b', /^696d6f6b/, 4), startSeconds: 300 },
      stop: { graceSeconds: 10 },
    });
    this.client = deployed.endpoint('client');
  }
}
