import { Construct } from 'constructs';
import { choose, type ImageChoice, service } from '../images';
import type { IKafka } from '../kafka';
import { type Endpoint, external, httpGet, type Platform, type Server } from '../workload';
import { PORT, schemaRegistryProperties } from './config';

export interface SchemaRegistryProps {
  readonly platform: Platform;
  readonly kafka: IKafka;
  /** Limit; six tenths of it become heap. */
  readonly memoryMiB: number;
  /** Port on the machine. @default - not published */
  readonly publish?: number;
  /** @default ours */
  readonly image?: ImageChoice;
}

/** The registry as its clients see it: Confluent's REST interface at the root path. */
export interface ISchemaRegistry {
  readonly http: Server;
  readonly url: string;
}

/** A schema registry that keeps its schemas in Kafka. */
export class SchemaRegistry extends Construct implements ISchemaRegistry {
  readonly http: Endpoint;
  readonly url: string;

  constructor(scope: Construct, id: string, props: SchemaRegistryProps) {
    super(scope, id);
    const { bootstrap, protocol, replicationFactor } = props.kafka.connection;
    const deployed = props.platform.deploy(this, {
      name: 'schema-registry',
      image: choose(service('schema-registry'), 'schema-registry', props.image),
      runs: 'forever',
      command: ['schema-registry-start', '/run/config/schema-registry.properties'],
      env: { SCHEMA_REGISTRY_HEAP_OPTS: `-Xmx${Math.floor(props.memoryMiB * 0.6)}m` },
      config: {
        'schema-registry.properties': schemaRegistryProperties({
          address: bootstrap.address,
          protocol,
          replicationFactor,
        }),
      },
      ports: { http: { number: PORT, publish: props.publish } },
      user: { uid: 1000, gid: 1000 },
      cpu: 0.25,
      memoryMiB: props.memoryMiB,
      health: { ready: httpGet(PORT, '/subjects'), startSeconds: 300 },
      uses: [bootstrap],
    });
    this.http = deployed.endpoint('http');
    this.url = `http://${this.http.address}`;
  }
}

export interface ExternalSchemaRegistryProps {
  readonly url: string;
}

/** A schema registry that somebody else runs. */
export class ExternalSchemaRegistry implements ISchemaRegistry {
  readonly http: Server;
  readonly url: string;

  constructor({ url }: ExternalSchemaRegistryProps) {
    const { hostname, port, protocol } = new URL(url);
    this.http = external('schema-registry', `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`);
    this.url = url.replace(/\/$/, '');
  }
}
