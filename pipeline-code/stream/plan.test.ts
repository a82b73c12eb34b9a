import { avroSchemaText } from '../contract';
import { deadLetterQuery, header, storeQuery, undecidedId, type QuerySettings, type Schemas } from './plan';

const settings: QuerySettings = {
  bootstrapServers: 'kafka:29092',
  checkpoints: '/ck',
  triggerMs: 100,
  deadLetterTriggerMs: 5000,
  nthStart: 1,
};
const older = '{"type":"record","name":"User","fields":[{"name":"id","type":"string"}]}';
const schemas: Schemas = {
  known: [
    { id: 1, text: avroSchemaText },
    { id: 300, text: older },
  ],
  rejected: [42],
};

describe('header', () => {
  it('spells ids as hex() does, so that a good record is recognised', () => {
    expect([1, 300, 0xabcdef].map(header)).toEqual(['0000000001', '000000012C', '0000ABCDEF']);
  });
});

describe('storeQuery', () => {
  const text = JSON.stringify(storeQuery(schemas, settings));

  it('reads each record with the schema it was written with, so that older records are not dead letters', () => {
    expect(text.match(/"function_name":"from_avro"/g)).toHaveLength(2);
    expect(text).toContain(`hex(substring(value, 1, 5)) = '0000000001'`);
    expect(text).toContain(`hex(substring(value, 1, 5)) = '000000012C'`);
    expect(text).toContain(JSON.stringify(older).slice(1, -1));
  });

  it('resolves every version to the columns of the contract, so that a missing field gets its default', () => {
    expect(text.match(/"string":"avroSchema"/g)).toHaveLength(2);
  });

  it('stops for an id that only the registry can judge, so that a brand-new schema loses no record', () => {
    expect(text).toContain("raise_error(concat('undecided schema id ', ");
    expect(text).toContain('not in (1, 300)');
  });

  it('goes on past ids that the registry refused, so that garbage cannot stop the stream for good', () => {
    expect(text).toMatch(/ = 42 then concat\('unknown schema id '/);
    expect(text).toMatch(/ > 1300 /);
  });

  it('has a new Cassandra session at every start, so that an outage cannot poison the next one', () => {
    const timeout = (nthStart: number) =>
      storeQuery(schemas, { ...settings, nthStart }).options['spark.cassandra.connection.timeoutMS'];
    expect(timeout(1)).not.toBe(timeout(2));
  });

  it('never skips lost records in silence', () => {
    expect(text).toContain('"failOnDataLoss":"true"');
  });

  it('carries no credentials in options that the driver shows', () => {
    expect(text).not.toMatch(/cassandra.auth|password|secret/i);
  });
});

describe('deadLetterQuery', () => {
  it('keeps the original key and bytes and says why and from where', () => {
    const query = deadLetterQuery(schemas, settings);
    const { expressions } = query.input['project'] as { expressions: { expression_string: { expression: string } }[] };
    const columns = expressions.map((one) => one.expression_string.expression);
    expect(columns.slice(0, 2)).toEqual(['key', 'value']);
    for (const name of ['dlq.reason', 'dlq.topic', 'dlq.partition', 'dlq.offset']) {
      expect(columns[2]).toContain(`'${name}'`);
    }
  });

  it('has a checkpoint of its own: two queries in one folder destroy each other', () => {
    const folder = ({ options }: { options: Readonly<Record<string, string>> }) => options['checkpointLocation'];
    expect(folder(storeQuery(schemas, settings))).not.toBe(folder(deadLetterQuery(schemas, settings)));
  });
});

describe('undecidedId', () => {
  it('finds the id in the exception of Spark', () => {
    expect(undecidedId('Job aborted ... java.lang.RuntimeException: undecided schema id 17\n\tat')).toBe(17);
    expect(undecidedId('Failed to write statements')).toBeUndefined();
  });
});
