import { Construct } from 'constructs';
import { choose, type ImageChoice, service } from '../images';
import { exchange, external, type Platform, type Server, type Text, text } from '../workload';
import type { IZookeeper } from '../zookeeper';
import {
  apiVersions,
  DATA_FOLDER,
  EXTERNAL_PORT,
  INTERNAL_PORT,
  replicationFactor,
  serverProperties,
  startMember,
} from './config';

export interface KafkaProps {
  readonly platform: Platform;
  readonly zookeeper: IZookeeper;
  /** Limit of each broker; half of it becomes heap, the rest is page cache and buffers. */
  readonly memoryMiB: number;
  /** Brokers. With three or more every record is on three of them, and on two before it is acknowledged. @default 1 */
  readonly replicas?: number;
  /** Port on the machine for clients outside the platform; the next broker has the next port. @default - not published */
  readonly publish?: number;
  /** @default ours */
  readonly image?: ImageChoice;
  /** Of each broker. @default 8 */
  readonly storageGiB?: number;
}

/** Everything that a client inside the platform needs; authentication is turned on in this one place. */
export interface KafkaConnection {
  readonly bootstrap: Server;
  readonly protocol: 'PLAINTEXT';
  /** Copies that a topic can have. */
  readonly replicationFactor: number;
}

/** Kafka as its clients see it. */
export interface IKafka {
  readonly connection: KafkaConnection;
}

/** Kafka brokers: a single one, or several that keep copies of each other's records. */
export class Kafka extends Construct implements IKafka {
  readonly connection: KafkaConnection;

  constructor(scope: Construct, id: string, props: KafkaProps) {
    super(scope, id);
    const brokers = props.replicas ?? 1;
    const [host, index] = [text`${{ self: 'host' }}`, text`${{ self: 'index' }}`];
    const single: readonly Text[] = [
      'kafka-server-start',
      '/run/config/server.properties',
      '--override',
      text`advertised.listeners=INTERNAL://${{ self: 'host' }}:${INTERNAL_PORT},EXTERNAL://${{ self: 'published', port: 'external' }}`,
    ];
    const deployed = props.platform.deploy(this, {
      name: 'kafka',
      image: choose(service('kafka'), 'kafka', props.image),
      runs: 'forever',
      command:
        brokers === 1
          ? single
          : ['bash', '-c', startMember, index, host, text`${{ self: 'published', port: 'external' }}`],
      env: { KAFKA_HEAP_OPTS: `-Xmx${Math.floor(props.memoryMiB / 2)}m` },
      config: { 'server.properties': serverProperties(props.zookeeper.connect, brokers) },
      ports: { internal: { number: INTERNAL_PORT }, external: { number: EXTERNAL_PORT, publish: props.publish } },
      volumes: { data: { path: DATA_FOLDER, storageGiB: props.storageGiB ?? 8 } },
      // Batches compressed with snappy or zstd need native libraries, which are unpacked here.
      scratch: [{ path: '/tmp', sizeMiB: 64, executable: true }],
      user: { uid: 1000, gid: 1000 },
      replicas: brokers,
      cpu: 0.5,
      memoryMiB: props.memoryMiB,
      health: {
        ready: exchange(INTERNAL_PORT, apiVersions.request, apiVersions.answer, apiVersions.bytes),
        startSeconds: 300,
      },
      // A controlled shutdown hands over leadership and flushes the logs, so that the next start needs no recovery.
      stop: { graceSeconds: 30 },
      uses: [props.zookeeper.client],
      joins: brokers === 1 ? undefined : [{ mesh: 'kafka-brokers' }],
    });
    this.connection = {
      bootstrap: deployed.endpoint('internal'),
      protocol: 'PLAINTEXT',
      replicationFactor: replicationFactor(brokers),
    };
  }
}

export interface ExternalKafkaProps {
  /** `host:port` of each broker. */
  readonly bootstrapServers: string;
  readonly replicationFactor: number;
}

/** Kafka that somebody else runs: an operator's, a service's, another deployment's. Its ZooKeeper is its own affair. */
export class ExternalKafka implements IKafka {
  readonly connection: KafkaConnection;

  constructor({ bootstrapServers, replicationFactor }: ExternalKafkaProps) {
    this.connection = { bootstrap: external('kafka', bootstrapServers), protocol: 'PLAINTEXT', replicationFactor };
  }
}
