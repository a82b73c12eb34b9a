import { Construct } from 'constructs';
import type { ICassandra } from '../cassandra';
import { program } from '../images';
import type { IKafka } from '../kafka';
import type { ISchemaRegistry } from '../schema-registry';
import { CHECKPOINT_FOLDER, type ISpark, ports as sparkPorts, user as sparkUser } from '../spark';
import { type Dependable, type Endpoint, httpGet, type Platform, type Secret, text } from '../workload';

const HTTP_PORT = 8080;
const NODE = ['node', '--enable-source-maps', '/app/main.js'] as const;
const nodeUser = { uid: 1000, gid: 1000 } as const;
const http = { number: HTTP_PORT } as const;
const health = { ready: httpGet(HTTP_PORT, '/health'), startSeconds: 300 } as const;

export interface MigrateProps {
  readonly platform: Platform;
  readonly kafka: IKafka;
  readonly schemaRegistry: ISchemaRegistry;
  readonly cassandra: ICassandra;
}

/** Topics, subject, keyspace, tables and roles: a job that changes nothing when it runs again. */
export class Migrate extends Construct implements Dependable {
  readonly workload: string;

  constructor(scope: Construct, id: string, { platform, kafka, schemaRegistry, cassandra }: MigrateProps) {
    super(scope, id);
    const deployed = platform.deploy(this, {
      name: 'migrate',
      image: program('migrate'),
      runs: 'once',
      command: [...NODE],
      env: {
        KAFKA_BOOTSTRAP_SERVERS: kafka.connection.bootstrap.address,
        SCHEMA_REGISTRY_URL: schemaRegistry.url,
        CASSANDRA_CONTACT_POINTS: cassandra.cql.address,
        CASSANDRA_DATACENTER: cassandra.datacenter,
        CASSANDRA_REPLICATION_FACTOR: String(cassandra.replicationFactor),
        ...(cassandra.hasFirstLogin ? {} : { CASSANDRA_FIRST_LOGIN: 'not ours' }),
        KAFKA_REPLICATION_FACTOR: String(kafka.connection.replicationFactor),
        USERS_TOPIC_PARTITIONS: '3',
      },
      secrets: [cassandra.adminPassword, cassandra.streamPassword, cassandra.readerPassword],
      user: nodeUser,
      cpu: 0.1,
      memoryMiB: 192,
      uses: [kafka.connection.bootstrap, schemaRegistry.http, cassandra.cql],
    });
    this.workload = deployed.workload;
  }
}

export interface RandomUserProps {
  readonly platform: Platform;
  readonly memoryMiB: number;
}

/** The local twin of the public user API. */
export class RandomUser extends Construct {
  readonly http: Endpoint;

  constructor(scope: Construct, id: string, { platform, memoryMiB }: RandomUserProps) {
    super(scope, id);
    const deployed = platform.deploy(this, {
      name: 'random-user',
      image: program('random-user'),
      runs: 'forever',
      command: [...NODE],
      env: { PORT: String(HTTP_PORT) },
      ports: { http },
      user: nodeUser,
      cpu: 0.1,
      memoryMiB,
      health,
    });
    this.http = deployed.endpoint('http');
  }
}

export interface ProducerProps {
  readonly platform: Platform;
  readonly memoryMiB: number;
  readonly kafka: IKafka;
  readonly schemaRegistry: ISchemaRegistry;
  readonly migrate: Dependable;
  /** Where users come from; `auto` asks the public API and falls back on the twin, once per run. */
  readonly source: 'live' | 'twin' | 'auto';
  readonly twin: RandomUser;
}

/** Fetches users and sends them to Kafka; `PUT /runs/{id}` makes sure that a run exists. */
export class Producer extends Construct {
  readonly http: Endpoint;
  readonly token: Secret = { secret: 'producer-token' };

  constructor(scope: Construct, id: string, props: ProducerProps) {
    super(scope, id);
    const deployed = props.platform.deploy(this, {
      name: 'producer',
      image: program('producer'),
      runs: 'forever',
      command: [...NODE],
      env: {
        PORT: String(HTTP_PORT),
        KAFKA_BOOTSTRAP_SERVERS: props.kafka.connection.bootstrap.address,
        SCHEMA_REGISTRY_URL: props.schemaRegistry.url,
        USER_SOURCE: props.source,
        LIVE_URL: 'https://randomuser.me/api/1.4/',
        TWIN_URL: `http://${props.twin.http.address}/api/1.4/`,
      },
      secrets: [this.token],
      ports: { http },
      user: nodeUser,
      cpu: 0.1,
      memoryMiB: props.memoryMiB,
      health,
      uses: [props.kafka.connection.bootstrap, props.schemaRegistry.http, props.twin.http],
      after: [props.migrate],
      internet: props.source !== 'twin',
    });
    this.http = deployed.endpoint('http');
  }
}

export interface StreamProps {
  readonly platform: Platform;
  /** Limit; half of it becomes the heap of the Spark driver. */
  readonly memoryMiB: number;
  readonly kafka: IKafka;
  readonly schemaRegistry: ISchemaRegistry;
  readonly cassandra: ICassandra;
  readonly spark: ISpark;
  readonly migrate: Dependable;
  /** Port of the driver's page on the machine. @default - not published */
  readonly publish?: number;
}

/** Supervises the Structured Streaming job that carries users from Kafka to Cassandra; holds the Spark driver. */
export class Stream extends Construct {
  constructor(scope: Construct, id: string, props: StreamProps) {
    super(scope, id);
    const { spark, cassandra, kafka, schemaRegistry } = props;
    props.platform.deploy(this, {
      name: 'stream',
      image: program('stream'),
      runs: 'forever',
      command: [...NODE],
      env: {
        PORT: String(HTTP_PORT),
        KAFKA_BOOTSTRAP_SERVERS: kafka.connection.bootstrap.address,
        SCHEMA_REGISTRY_URL: schemaRegistry.url,
        CASSANDRA_CONTACT_POINTS: cassandra.cql.address,
        CASSANDRA_DATACENTER: cassandra.datacenter,
        SPARK_MASTER: spark.masterUrl,
        SPARK_MASTER_PAGE: spark.masterPageUrl,
        SPARK_DRIVER_HOST: text`${{ self: 'host' }}`,
        CHECKPOINT_DIR: CHECKPOINT_FOLDER,
        DRIVER_MEMORY_MIB: String(Math.floor(props.memoryMiB / 2)),
        EXECUTOR_MEMORY_MIB: String(spark.executorMemoryMiB),
        EXECUTOR_CORES: String(spark.executorCores),
        EXECUTORS: String(spark.executors),
        // A batch every 100 ms keeps a tenth of a core busy with nothing to do; people do not see the difference.
        TRIGGER_MS: '500',
        MALLOC_ARENA_MAX: '2',
      },
      secrets: [cassandra.streamPassword, cassandra.streamProfile],
      ports: {
        http,
        driver: { number: sparkPorts.driver },
        'block-manager': { number: sparkPorts.driverBlockManager },
        ui: { number: sparkPorts.driverUi, publish: props.publish },
      },
      volumes: { checkpoints: { path: CHECKPOINT_FOLDER, storageGiB: 1 } },
      // The driver unpacks its native libraries here.
      scratch: [{ path: '/tmp', sizeMiB: 128, executable: true }],
      user: sparkUser,
      cpu: 0.5,
      memoryMiB: props.memoryMiB,
      health: { ready: httpGet(HTTP_PORT, '/health'), startSeconds: 300 },
      stop: { graceSeconds: 20 },
      joins: [spark.mesh],
      uses: [kafka.connection.bootstrap, schemaRegistry.http, cassandra.cql],
      after: [props.migrate, spark.master],
    });
  }
}
