import {
  avroSchemaText,
  deadLetterHeaders,
  keyspace,
  sparkColumns,
  sparkReasonArms,
  topics,
  usersTable,
} from '../contract';

/** A version of the users' schema that the registry knows: what a record with this id was written with. */
export interface WriterSchema {
  readonly id: number;
  readonly text: string;
}

export interface Schemas {
  readonly known: readonly WriterSchema[];
  /** Ids that the registry was asked for and does not have under the subject. */
  readonly rejected: readonly number[];
}

/** A plain object in the shape of spark/connect/*.proto. */
export type Message = Readonly<Record<string, unknown>>;

export interface StreamStart {
  readonly input: Message;
  readonly format: string;
  readonly options: Readonly<Record<string, string>>;
  readonly trigger: string;
}

export interface QuerySettings {
  readonly bootstrapServers: string;
  readonly checkpoints: string;
  readonly triggerMs: number;
  readonly deadLetterTriggerMs: number;
  /** How many times the queries were submitted: a new number makes a new Cassandra session, see {@link storeQuery}. */
  readonly nthStart: number;
}

/** A registry hands out ids in sequence; a number far above every known id is garbage, not a schema to come. */
const PLAUSIBLE_DISTANCE = 1000;

const UNDECIDED = 'undecided schema id ';

/** The id for which a query stopped because the registry has to be asked, if that is why it stopped. */
export function undecidedId(exception: string): number | undefined {
  const match = new RegExp(`${UNDECIDED}(\\d+)`).exec(exception);
  return match ? Number(match[1]) : undefined;
}

/** Stores every good record: an upsert by id, so that a batch that is repeated after a crash changes nothing. */
export function storeQuery(schemas: Schemas, settings: QuerySettings): StreamStart {
  return {
    input: project(
      filter(decoded(schemas, settings), `(${reason(schemas)}) is null`),
      ...sparkColumns('r').map(expression),
    ),
    format: 'org.apache.spark.sql.cassandra',
    options: {
      keyspace,
      table: usersTable,
      checkpointLocation: `${settings.checkpoints}/store`,
      'spark.cassandra.output.consistency.level': 'LOCAL_QUORUM',
      'spark.cassandra.output.concurrent.writes': '64',
      'spark.cassandra.output.batch.size.rows': '1',
      // The connector keeps one session per distinct configuration, for ever, also one that an outage of Cassandra has
      // made useless: a query on such a session hangs without an exception. Another number makes another session.
      'spark.cassandra.connection.timeoutMS': String(5000 + settings.nthStart),
    },
    trigger: `${settings.triggerMs} milliseconds`,
  };
}

/** Sends every other record to the dead-letter topic: original key and bytes, with the reason and origin as headers. */
export function deadLetterQuery(schemas: Schemas, settings: QuerySettings): StreamStart {
  const header = (name: string, value: string) => `named_struct('key', '${name}', 'value', cast(${value} as binary))`;
  const headers = [
    header(deadLetterHeaders.reason, 'reason'),
    header(deadLetterHeaders.topic, 'topic'),
    header(deadLetterHeaders.partition, 'string(partition)'),
    header(deadLetterHeaders.offset, 'string(offset)'),
  ];
  const judged = project(
    decoded(schemas, settings),
    ...['key', 'value', 'topic', 'partition', 'offset', `${reason(schemas)} as reason`].map(expression),
  );
  return {
    input: project(
      filter(judged, 'reason is not null'),
      ...['key', 'value', `array(${headers.join(', ')}) as headers`].map(expression),
    ),
    format: 'kafka',
    options: {
      'kafka.bootstrap.servers': settings.bootstrapServers,
      topic: topics.deadLetters,
      checkpointLocation: `${settings.checkpoints}/dead-letters`,
    },
    trigger: `${settings.deadLetterTriggerMs} milliseconds`,
  };
}

function source(settings: QuerySettings): Message {
  return {
    read: {
      is_streaming: true,
      data_source: {
        format: 'kafka',
        options: {
          'kafka.bootstrap.servers': settings.bootstrapServers,
          subscribe: topics.users,
          startingOffsets: 'earliest',
          // A gap between the checkpoint and what Kafka still holds is lost data: stop and say so.
          failOnDataLoss: 'true',
          // With several partitions a task waits for the long poll of an empty one: 500 ms by default.
          'kafka.fetch.max.wait.ms': '10',
          // So few that even a cold and busy machine finishes a batch before the watchdog asks.
          maxOffsetsPerTrigger: '20000',
        },
      },
    },
  };
}

/**
 * `from_avro` never sees the header that names the writer's schema, so the plan holds one `from_avro` per known id and
 * chooses by the header. Each decodes with its writer's schema and resolves to the contract's (`avroSchema`), which
 * gives missing fields their default and drops fields that the contract does not know.
 */
function decoded(schemas: Schemas, settings: QuerySettings): Message {
  const arms = schemas.known.flatMap(({ id, text }) => [
    expression(`hex(substring(value, 1, 5)) = '${header(id)}'`),
    call('from_avro', expression('substring(value, 6)'), literal(text), fromAvroOptions),
  ]);
  // `explode(array(x))` instead of `x`: the optimiser would copy the decoding into every rule that reads a field.
  return project(
    source(settings),
    ...['key', 'value', 'topic', 'partition', 'offset'].map(expression),
    alias(call('explode', call('array', call('when', ...arms))), 'r'),
  );
}

/** SQL for why a record must not be stored; null for a good one. */
function reason({ known, rejected }: Schemas): string {
  const id = `cast(conv(hex(substring(value, 2, 4)), 16, 10) as bigint)`;
  const highest = Math.max(...known.map((schema) => schema.id)) + PLAUSIBLE_DISTANCE;
  const garbage = [`${id} < 1`, `${id} > ${highest}`, ...rejected.map((one) => `${id} = ${one}`)].join(' or ');
  return [
    "case when value is null then 'null value'",
    "when length(value) < 5 or hex(substring(value, 1, 1)) <> '00' then 'not in the wire format of the schema registry'",
    // An id that came into being after this plan was made must not end as a dead letter, and only the registry can
    // tell: the query stops here without committing, the supervisor asks, and the next plan knows the answer.
    `when ${id} not in (${known.map((schema) => schema.id).join(', ')}) then case when ${garbage}`,
    `then concat('unknown schema id ', ${id}) else raise_error(concat('${UNDECIDED}', ${id})) end`,
    `${sparkReasonArms('r')} end`,
  ].join(' ');
}

/** The first five bytes of a record in the registry's wire format, as Spark's `hex` spells them. */
export function header(id: number): string {
  return `00${id.toString(16).toUpperCase().padStart(8, '0')}`;
}

const expression = (text: string): Message => ({ expression_string: { expression: text } });
const literal = (text: string): Message => ({ literal: { string: text } });
const call = (name: string, ...args: Message[]): Message => ({
  unresolved_function: { function_name: name, arguments: args },
});
const alias = (expr: Message, name: string): Message => ({ alias: { expr, name: [name] } });
const project = (input: Message, ...expressions: Message[]): Message => ({ project: { input, expressions } });
const filter = (input: Message, condition: string): Message => ({
  filter: { input, condition: expression(condition) },
});
const fromAvroOptions = call('map', ...['mode', 'PERMISSIVE', 'avroSchema', avroSchemaText].map(literal));
