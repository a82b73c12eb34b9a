import { Construct } from 'constructs';
import { choose, type ImageChoice, program } from '../images';
import type { IKafka } from '../kafka';
import type { ISchemaRegistry } from '../schema-registry';
import { httpGet, type Platform, type Workload } from '../workload';
import { controlCenterProperties, PORT } from './config';

export interface ControlCenterProps {
  readonly platform: Platform;
  readonly kafka: IKafka;
  readonly schemaRegistry: ISchemaRegistry;
  readonly memoryMiB: number;
  /** Port on the machine. @default - not published */
  readonly publish?: number;
  /** `vendor` is Confluent's Control Center, which needs about 4 GiB. @default - our console */
  readonly image?: ImageChoice;
}

/** The page that shows what is in Kafka: our console or, by choice, Confluent's Control Center on the same port. */
export class ControlCenter extends Construct {
  constructor(scope: Construct, id: string, props: ControlCenterProps) {
    super(scope, id);
    const { bootstrap, replicationFactor } = props.kafka.connection;
    const common = {
      name: 'control-center',
      image: choose(program('console'), 'control-center', props.image),
      runs: 'forever',
      ports: { http: { number: PORT, publish: props.publish } },
      user: { uid: 1000, gid: 1000 },
      memoryMiB: props.memoryMiB,
      uses: [bootstrap, props.schemaRegistry.http],
    } as const;
    const ours: Workload = {
      ...common,
      command: ['node', '--enable-source-maps', '/app/main.js'],
      env: {
        PORT: String(PORT),
        KAFKA_BOOTSTRAP_SERVERS: bootstrap.address,
        SCHEMA_REGISTRY_URL: props.schemaRegistry.url,
      },
      cpu: 0.1,
      health: { ready: httpGet(PORT, '/health'), startSeconds: 300 },
    };
    const vendor: Workload = {
      ...common,
      command: ['control-center-start', '/run/config/control-center.properties'],
      env: { CONTROL_CENTER_HEAP_OPTS: `-Xmx${Math.floor(props.memoryMiB * 0.6)}m` },
      config: {
        'control-center.properties': controlCenterProperties(
          bootstrap.address,
          props.schemaRegistry.url,
          replicationFactor,
        ),
      },
      cpu: 0.5,
      health: { ready: httpGet(PORT, '/'), startSeconds: 300 },
    };
    props.platform.deploy(this, props.image === 'vendor' ? vendor : ours);
  }
}
