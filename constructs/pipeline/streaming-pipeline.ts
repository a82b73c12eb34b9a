import { Construct } from 'constructs';
import { Airflow, AirflowChart, type AirflowChartProps } from '../airflow';
import { Cassandra, ExternalCassandra, type ExternalCassandraProps } from '../cassandra';
import { ControlCenter } from '../control-center';
import { ExternalKafka, type ExternalKafkaProps, Kafka } from '../kafka';
import type { ImageChoice, VendorService } from '../images';
import { Postgres } from '../postgres';
import { ExternalSchemaRegistry, type ExternalSchemaRegistryProps, SchemaRegistry } from '../schema-registry';
import { Spark } from '../spark';
import type { Platform } from '../workload';
import { Zookeeper } from '../zookeeper';
import { Migrate, Producer, RandomUser, Stream } from './programs';

/** Every service that has a memory limit of its own. */
export type Service =
  | 'zookeeper'
  | 'kafka'
  | 'schema-registry'
  | 'control-center'
  | 'postgres'
  | 'airflow-api-server'
  | 'airflow-scheduler'
  | 'airflow-dag-processor'
  | 'spark-master'
  | 'spark-worker'
  | 'stream'
  | 'cassandra'
  | 'producer'
  | 'random-user';

/** How many there are of each service that can be more than one. */
export interface Replicas {
  readonly zookeeper: 1 | 3 | 5;
  readonly kafka: number;
  readonly cassandra: number;
  readonly 'spark-worker': number;
}

export interface StreamingPipelineProps {
  readonly platform: Platform;
  /** Limit of each service in MiB. */
  readonly memoryMiB: Readonly<Record<Service, number>>;
  /** @default - one of each */
  readonly replicas?: Replicas;
  readonly usersPerRun: number;
  readonly userSource: 'live' | 'twin' | 'auto';
  /** Ports on the machine, by what they lead to; what is left out is not published. */
  readonly publish?: Partial<
    Record<
      'kafka' | 'schemaRegistry' | 'controlCenter' | 'airflow' | 'sparkMaster' | 'sparkDriver' | 'cassandra',
      number
    >
  >;
  /** @default - our images */
  readonly images?: Partial<Record<VendorService, ImageChoice>>;
  /** Takes Airflow from its chart, in place of our own workloads. */
  readonly airflowChart?: Pick<AirflowChartProps, 'platform' | 'values'>;
  /** What somebody else runs, in place of our own. */
  readonly external?: {
    readonly kafka?: ExternalKafkaProps;
    readonly schemaRegistry?: ExternalSchemaRegistryProps;
    readonly cassandra?: ExternalCassandraProps;
  };
}

/** The whole platform: random users travel from an Airflow run through Kafka and Spark into Cassandra. */
export class StreamingPipeline extends Construct {
  constructor(scope: Construct, id: string, props: StreamingPipelineProps) {
    super(scope, id);
    const { platform, memoryMiB, replicas, publish = {}, images = {}, external = {} } = props;

    const kafka = external.kafka ? new ExternalKafka(external.kafka) : this.ownKafka(props);
    const schemaRegistry = external.schemaRegistry
      ? new ExternalSchemaRegistry(external.schemaRegistry)
      : new SchemaRegistry(this, 'SchemaRegistry', {
          platform,
          kafka,
          memoryMiB: memoryMiB['schema-registry'],
          publish: publish.schemaRegistry,
          image: images['schema-registry'],
        });
    new ControlCenter(this, 'ControlCenter', {
      platform,
      kafka,
      schemaRegistry,
      memoryMiB: memoryMiB['control-center'],
      publish: publish.controlCenter,
      image: images['control-center'],
    });
    const cassandra = external.cassandra
      ? new ExternalCassandra(external.cassandra)
      : new Cassandra(this, 'Cassandra', {
          platform,
          memoryMiB: memoryMiB.cassandra,
          replicas: replicas?.cassandra,
          publish: publish.cassandra,
          image: images.cassandra,
        });
    const spark = new Spark(this, 'Spark', {
      platform,
      kafka,
      cassandra,
      masterMemoryMiB: memoryMiB['spark-master'],
      workerMemoryMiB: memoryMiB['spark-worker'],
      workers: replicas?.['spark-worker'],
      publish: publish.sparkMaster,
    });
    const migrate = new Migrate(this, 'Migrate', { platform, kafka, schemaRegistry, cassandra });
    new Stream(this, 'Stream', {
      platform,
      kafka,
      schemaRegistry,
      cassandra,
      spark,
      migrate,
      memoryMiB: memoryMiB.stream,
      publish: publish.sparkDriver,
    });
    const twin = new RandomUser(this, 'RandomUser', { platform, memoryMiB: memoryMiB['random-user'] });
    const producer = new Producer(this, 'Producer', {
      platform,
      kafka,
      schemaRegistry,
      migrate,
      twin,
      source: props.userSource,
      memoryMiB: memoryMiB.producer,
    });
    const postgres = new Postgres(this, 'Postgres', {
      platform,
      memoryMiB: memoryMiB.postgres,
      image: images.postgres,
    });
    const airflow = {
      postgres,
      producer,
      usersPerRun: props.usersPerRun,
      apiServerMemoryMiB: memoryMiB['airflow-api-server'],
      schedulerMemoryMiB: memoryMiB['airflow-scheduler'],
      dagProcessorMemoryMiB: memoryMiB['airflow-dag-processor'],
      publish: publish.airflow,
    };
    if (props.airflowChart) new AirflowChart(this, 'Airflow', { ...airflow, ...props.airflowChart });
    else new Airflow(this, 'Airflow', { ...airflow, platform });
  }

  private ownKafka({ platform, memoryMiB, replicas, publish = {}, images = {} }: StreamingPipelineProps): Kafka {
    const zookeeper = new Zookeeper(this, 'Zookeeper', {
      platform,
      memoryMiB: memoryMiB.zookeeper,
      replicas: replicas?.zookeeper,
      image: images.zookeeper,
    });
    return new Kafka(this, 'Kafka', {
      platform,
      zookeeper,
      memoryMiB: memoryMiB.kafka,
      replicas: replicas?.kafka,
      publish: publish.kafka,
      image: images.kafka,
    });
  }
}
