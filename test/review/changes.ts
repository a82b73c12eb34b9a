import type { DataClass, Happening } from '../../cli/review/model';
import { memoryProfiles } from '../../stacks/settings';

/** What is done to a checkout: a text of a file that is there exactly once is replaced, or settings are added. */
export interface Change {
  /** Name of its plan and of its golden files. */
  readonly id: string;
  readonly edits?: readonly { readonly file: string; readonly from: string; readonly to: string }[];
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Generations of secrets, as `secrets rotate` counts them. */
  readonly generations?: Readonly<Record<string, number>>;
  /** What happens to each service that is not left alone; made by hand; test/live/20-review.test.ts deploys many of them. */
  readonly expected: Readonly<Record<string, readonly [Happening, DataClass]>>;
  readonly opened?: readonly string[];
  readonly closed?: readonly string[];
}

const edit = (file: string, from: string, to: string) => ({ file, from, to });

const restart = ['restarted', 'restart'] as const;
const replaced = ['replaced', 'restart'] as const;
const everything = (one: readonly [Happening, DataClass], ...services: string[]) =>
  Object.fromEntries(services.map((service) => [service, one]));

const services = Object.keys(memoryProfiles.small).sort();
const jobs = ['airflow-init', 'migrate'];

/** One change of each kind to a running deployment on Docker. */
export const changes: readonly Change[] = [
  { id: 'nothing', expected: {} },
  {
    id: 'construct-renamed',
    edits: [edit('constructs/pipeline/streaming-pipeline.ts', "new Kafka(this, 'Kafka'", "new Kafka(this, 'Broker'")],
    expected: {},
  },
  {
    id: 'dag-only',
    edits: [edit('pipeline-code/dags/user_automation.py', 'import', '# a comment\nimport')],
    expected: {},
  },
  { id: 'memory', settings: { memoryMiB: { 'random-user': 256 } }, expected: { 'random-user': ['changed', 'none'] } },
  { id: 'memory-of-a-jvm', settings: { memoryMiB: { kafka: 1024 } }, expected: { kafka: replaced } },
  {
    id: 'profile',
    settings: { profile: 'standard' },
    expected: {
      ...everything(
        replaced,
        'cassandra',
        'kafka',
        'postgres',
        'schema-registry',
        'spark-worker',
        'stream',
        'zookeeper',
      ),
      ...everything(
        ['changed', 'none'],
        'airflow-api-server',
        'airflow-dag-processor',
        'airflow-scheduler',
        'control-center',
        'producer',
        'random-user',
        'spark-master',
      ),
    },
  },
  {
    id: 'program-edited',
    edits: [
      edit('pipeline-code/random-user/main.ts', 'addRoutes(server);', "process.title = 'twin';\naddRoutes(server);"),
    ],
    expected: { 'random-user': replaced },
  },
  {
    id: 'image-bumped',
    edits: [edit('images/zookeeper/logback.xml', '</configuration>', '  <!-- edited -->\n</configuration>')],
    expected: { zookeeper: replaced },
  },
  {
    id: 'image-of-the-vendor',
    settings: { images: { 'control-center': 'vendor' } },
    expected: { 'control-center': replaced },
  },
  {
    id: 'port',
    edits: [edit('stacks/settings.ts', 'controlCenter: 9021', 'controlCenter: 9022')],
    expected: { 'control-center': replaced },
  },
  { id: 'setting', settings: { usersPerRun: 30 }, expected: { 'airflow-scheduler': replaced } },
  {
    id: 'environment',
    edits: [edit('constructs/pipeline/programs.ts', "TRIGGER_MS: '500'", "TRIGGER_MS: '1000'")],
    expected: { stream: replaced },
  },
  {
    id: 'configuration-file',
    edits: [edit('constructs/zookeeper/config.ts', "'autopurge.purgeInterval': 24", "'autopurge.purgeInterval': 12")],
    expected: { zookeeper: restart },
  },
  {
    id: 'health-check',
    edits: [
      edit(
        'constructs/control-center/control-center.ts',
        "httpGet(PORT, '/health'), startSeconds: 300",
        "httpGet(PORT, '/health'), startSeconds: 120",
      ),
    ],
    expected: { 'control-center': replaced },
  },
  {
    id: 'secret-rotated',
    generations: { 'producer-token': 2 },
    expected: { producer: restart, 'airflow-init': ['runs again', 'none'] },
  },
  {
    id: 'use-added',
    edits: [edit('constructs/airflow/airflow.ts', 'uses: [this.http],', 'uses: [this.http, producer.http],')],
    expected: { 'airflow-dag-processor': replaced },
    opened: ['airflow-dag-processor -> producer'],
  },
  {
    id: 'internet-taken-away',
    settings: { userSource: 'twin' },
    expected: { producer: replaced },
    closed: ['producer -> the internet'],
  },
  {
    id: 'volume-path',
    edits: [
      edit(
        'constructs/zookeeper/zookeeper.ts',
        'data: { path: DATA_FOLDER,',
        "data: { path: '/var/lib/zookeeper/store',",
      ),
    ],
    expected: { zookeeper: ['replaced', 'moved'] },
  },
  {
    id: 'volume-renamed',
    edits: [edit('constructs/spark/spark.ts', 'volumes: { recovery: {', 'volumes: { masters: {')],
    expected: { 'spark-master': ['replaced', 'lost'] },
  },
  {
    id: 'shared-volume-renamed',
    edits: [edit('constructs/airflow/airflow.ts', "sharedVolume: 'airflow-logs'", "sharedVolume: 'airflow-records'")],
    expected: everything(['replaced', 'lost'], 'airflow-api-server', 'airflow-dag-processor', 'airflow-scheduler'),
  },
  {
    id: 'service-renamed',
    edits: [edit('constructs/zookeeper/zookeeper.ts', "name: 'zookeeper'", "name: 'keeper'")],
    expected: { zookeeper: ['removed', 'lost'], kafka: replaced, keeper: ['created', 'none'] },
  },
  {
    id: 'service-removed',
    edits: [edit('constructs/pipeline/streaming-pipeline.ts', "new ControlCenter(this, 'ControlCenter', {", 'void ({')],
    expected: { 'control-center': ['removed', 'restart'] },
  },
  {
    id: 'service-added',
    edits: [
      edit(
        'constructs/pipeline/streaming-pipeline.ts',
        'const postgres = new Postgres(',
        "platform.deploy(this, { name: 'second-twin', image: { kind: 'program', program: 'random-user' }, runs: 'forever', " +
          "command: ['node', '/app/main.js'], env: { PORT: '8080' }, user: { uid: 1000, gid: 1000 }, cpu: 0.1, " +
          "memoryMiB: 128, uses: [twin.http], health: { ready: ['true'], startSeconds: 60 } });\n" +
          '    const postgres = new Postgres(',
      ),
    ],
    expected: { 'second-twin': ['created', 'none'] },
    opened: ['second-twin -> random-user'],
  },
  {
    id: 'contract-compatible',
    edits: [
      edit(
        'pipeline-code/contract/record.ts',
        "  run_id: field(text, 'The run that produced this record.'),",
        "  nickname: field(optionalText, 'What friends say.'),\n  run_id: field(text, 'The run that produced this record.'),",
      ),
    ],
    expected: { producer: replaced, 'random-user': replaced, stream: replaced, migrate: ['runs again', 'none'] },
  },
  {
    id: 'contract-incompatible',
    edits: [
      edit(
        'pipeline-code/contract/record.ts',
        "  run_id: field(text, 'The run that produced this record.'),",
        "  nickname: field(text, 'What friends say.'),\n  run_id: field(text, 'The run that produced this record.'),",
      ),
    ],
    expected: { producer: replaced, 'random-user': replaced, stream: replaced, migrate: ['runs again', 'none'] },
  },
  {
    id: 'job-changed',
    edits: [edit('constructs/pipeline/programs.ts', "USERS_TOPIC_PARTITIONS: '3'", "USERS_TOPIC_PARTITIONS: '6'")],
    expected: { migrate: ['runs again', 'none'] },
  },
  {
    id: 'provider-bumped',
    edits: [edit('constructs/platforms/docker/docker-platform.ts', "'>= 4.6.0'", "'>= 4.5.0'")],
    expected: {},
  },
  {
    id: 'networks-moved',
    settings: { subnetRange: '10.214.0.0/21' },
    expected: { ...everything(restart, ...services), ...everything(['runs again', 'none'], ...jobs) },
  },
];
