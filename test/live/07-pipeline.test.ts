import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { openDocker } from '../../cli/docker';
import { type ApiUser, avroSchema, toAvro, topics, toUser, userId, usersSubject } from '../../pipeline-code/contract';
import { resolveSettings } from '../../stacks/settings';
import { checkout, deployment } from './support/checkout';
import { deployed, DEPLOYED_MS } from './support/deployed';
import { container, healthy, killProcess, until } from './support/engine';
import { expectExact, expectDeadLetter, newRun, Pipeline } from './support/pipeline';
import { kafka, registryUrl } from './support/platform';

const pipeline = new Pipeline(openDocker(resolveSettings({ ...deployment }), checkout));
const put = (runId: string, users: number) => pipeline.put(runId, users);
const finished = (runId: string, users: number) => pipeline.finished(runId, users);
const ledger = (runId: string, seconds?: number) => pipeline.ledger(runId, seconds);

async function rows(runId: string, users: number): Promise<Record<string, unknown>[]> {
  return pipeline.withCassandra(async (client) => {
    const found = [];
    for (let sequence = 0; sequence < users; sequence++) {
      const {
        rows: [row],
      } = await client.execute('SELECT * FROM spark_streams.created_users WHERE id = ?', [userId(runId, sequence)], {
        prepare: true,
      });
      found.push(Object.fromEntries(Object.entries(row ?? {}).map(([k, v]) => [k, String(v)])));
    }
    return found;
  });
}

const ada: ApiUser = {
  gender: 'female',
  name: { first: 'Ada', last: 'Lovelace' },
  location: {
    street: { number: 1, name: 'St James Square' },
    city: 'London',
    state: 'London',
    country: 'United Kingdom',
    postcode: 'SW1Y 4LB',
  },
  email: 'ada@example.org',
  login: { username: 'ada' },
  dob: { date: '1915-12-10T00:00:00Z' },
  registered: { date: '2020-01-01T00:00:00Z' },
};

describe('the pipeline', () => {
  beforeAll(deployed, DEPLOYED_MS);

  it('asks for its token', async () => {
    expect((await pipeline.producer('PUT', '/runs/x?users=1', false)).status).toBe(401);
  });

  it('defect 9: the same run asked for twice writes the same rows once', async () => {
    const runId = newRun('twice');
    await finished(runId, 25);
    expectExact(await ledger(runId), 25);
    const first = await rows(runId, 25);
    expect((await put(runId, 25)).body['state']).toBe('succeeded');
    expectExact(await ledger(runId), 25);
    expect(await rows(runId, 25)).toEqual(first);
  });

  it('refuses to change a run that exists, with both numbers', async () => {
    const runId = newRun('changed');
    await finished(runId, 2);
    const refused = await put(runId, 3);
    expect(refused.status).toBe(409);
    expect(String(refused.body['error'])).toMatch(/2.*3|3.*2/);
  });

  it('defect 7: a message that is no user goes to the dead letters with its bytes, and the others go on', async () => {
    await expectDeadLetter(pipeline);
  }, 240_000);

  it('defect 8: a record of another compatible schema is stored, missing fields empty', async () => {
    const registry = new SchemaRegistry({ host: registryUrl });
    // What a producer of an earlier release would send: no picture yet.
    const older = { ...avroSchema, fields: avroSchema.fields.filter((f) => f.name !== 'picture') };
    const { id: schemaId } = await registry.register(
      { type: SchemaType.AVRO, schema: JSON.stringify(older) },
      { subject: usersSubject },
    );
    const runId = newRun('older');
    const user = toUser(ada, { runId, sequence: 0, producedAt: new Date() });
    const { picture: _picture, ...record } = toAvro(user);
    // The stream asks the registry for new versions every few seconds; a record that comes sooner waits for it.
    const value = await registry.encode(schemaId, record);
    const client = kafka().producer();
    await client.connect();
    await client.send({ topic: topics.users, messages: [{ key: user.id, value, headers: { run_id: runId } }] });
    await client.disconnect();
    const [row] = await until('the row', 90, async () => {
      const found = await rows(runId, 1);
      return found[0]?.['id'] !== undefined && found;
    });
    expect(row).toMatchObject({ id: user.id, first_name: 'Ada', picture: 'null' });
  });

  it('defect 1: a producer that is killed in mid-run takes the run up again, and no user is lost or doubled', async () => {
    const runId = newRun('killed');
    const users = 5000;
    await pipeline.flowing(runId, users);
    await killProcess('producer');
    await healthy('producer');
    expect(await finished(runId, users)).toMatchObject({ state: 'succeeded', acknowledged: users });
    expectExact(await ledger(runId), users);
  }, 300_000);

  it('defect 6: Cassandra can restart while records flow, and nothing is lost', async () => {
    const before = newRun('before');
    const during = newRun('during');
    await put(before, 3000);
    const restart = container('cassandra').then((c) => c.restart({ t: 30 }));
    // Sent while there is nothing to store them in: they wait in Kafka.
    await finished(during, 500);
    await restart;
    await healthy('cassandra', 180);
    await finished(before, 3000);
    expectExact(await ledger(before, 240), 3000);
    expectExact(await ledger(during, 240), 500);
  }, 600_000);
});
