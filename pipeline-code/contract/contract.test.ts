import { Type } from 'avsc';

import {
  avroSchema,
  createUsersTable,
  fieldList,
  fromAvro,
  sparkColumns,
  sparkReasonArms,
  sparkRules,
  toAvro,
  topicSettings,
  toUser,
  userId,
  userSchema,
  usersColumns,
  type ApiUser,
  type User,
} from '.';

const apiUser: ApiUser = {
  gender: 'female',
  name: { first: 'Zoë', last: "O'Neill" },
  location: {
    street: { number: 12, name: 'High Street' },
    city: 'Bath',
    state: 'Somerset',
    country: 'United Kingdom',
    postcode: 'BA1 1AA',
  },
  email: 'zoe.oneill@example.com',
  login: { username: 'bluecat812' },
  dob: { date: '1956-02-29T03:04:05.678Z' },
  registered: { date: '2009-12-31T23:59:59.999Z' },
  phone: '015396 12345',
  picture: { medium: 'https://randomuser.me/api/portraits/med/women/1.jpg' },
};
const runId = 'manual__2026-11-23T14:00:00.123456+00:00';
const user = toUser(apiUser, { runId, sequence: 7, producedAt: new Date('2026-11-23T14:00:01.234Z') });
const type = Type.forSchema(avroSchema as never);

describe('the four derivations of the record', () => {
  const names = fieldList.map(({ name }) => name);

  it('name the same columns in the same order, so that no value lands in another column (DEFECTS 8)', () => {
    expect(Object.keys(userSchema.parse(user) as object)).toEqual(names);
    expect(avroSchema.fields.map((field) => field.name)).toEqual(names);
    expect(sparkColumns('r').map((expression) => expression.replace(/.* as /, ''))).toEqual(names);
    expect(Object.keys(usersColumns)).toEqual(names);
  });

  it('agree on the type of every column, so that the sink takes what the source gave', () => {
    const agreed: Record<string, [spark: string, cql: string]> = {
      string: ['string', 'text'],
      uuid: ['string', 'uuid'],
      int: ['int', 'int'],
      date: ['date', 'date'],
      'timestamp-millis': ['timestamp', 'timestamp'],
    };
    for (const { name, kind } of fieldList) {
      const avro = [kind.avro].flat().find((one) => one !== 'null') as string | { logicalType: string };
      const spelt = typeof avro === 'string' ? avro : avro.logicalType;
      expect([name, spelt, kind.spark, kind.cql]).toEqual([name, spelt, ...(agreed[spelt] ?? ['unknown'])]);
    }
  });

  it('carry a user through Avro unchanged, also one born before 1970', () => {
    expect(fromAvro(type.fromBuffer(type.toBuffer(toAvro(user))) as Record<string, unknown>)).toEqual(user);
    expect(user.dob).toBe('1956-02-29');
  });

  it('let a record without the optional values be stored', () => {
    const { phone: _phone, picture: _picture, ...bare } = apiUser;
    const stored = toUser(bare, { runId, sequence: 0, producedAt: new Date() });
    expect(fromAvro(type.fromBuffer(type.toBuffer(toAvro(stored))) as Record<string, unknown>)).toEqual(stored);
    expect(stored).toMatchObject({ phone: null, picture: null });
  });

  it('read records written before the optional fields existed', () => {
    const older = Type.forSchema({
      ...avroSchema,
      fields: avroSchema.fields.filter((field) => !('default' in field)),
    } as never);
    const bytes = older.toBuffer(toAvro(user));
    const optional = avroSchema.fields.filter((field) => 'default' in field).map((field) => [field.name, null]);
    expect(optional).toEqual(expect.arrayContaining([['phone', null]]));
    expect(fromAvro(type.fromBuffer(bytes, type.createResolver(older)) as Record<string, unknown>)).toEqual({
      ...user,
      ...Object.fromEntries(optional),
    });
  });

  it('spell the table as one statement that can be repeated', () => {
    expect(createUsersTable()).toMatch(
      /^CREATE TABLE IF NOT EXISTS spark_streams\.created_users \(id uuid, first_name text, .*produced_at timestamp, PRIMARY KEY \(id\)\)$/,
    );
  });
});

describe('the rules of the values', () => {
  const broken: [keyof User, unknown][] = [
    ['id', 'not-a-uuid'],
    ['first_name', ''],
    ['address', '   '],
    ['email', 'nobody'],
    ['dob', '1899-12-31'],
    ['sequence', -1],
    ['produced_at', new Date('2100-01-01T00:00:00Z')],
    ['registered_date', new Date('1969-12-31T23:59:59Z')],
  ];

  it.each(broken)('refuse a bad %s before it is sent', (name, value) => {
    expect(userSchema.safeParse({ ...user, [name]: value }).error?.issues[0]?.path).toEqual([name]);
  });

  it.each(broken)(
    'refuse a bad %s in Spark too, where it would kill the query or hide in the table (DEFECTS 7)',
    (name) => {
      expect(sparkRules('r').filter(({ reason }) => reason.startsWith(`rule: ${name} `))).toHaveLength(1);
    },
  );

  it('are SQL that Spark reads as written: no backslash, no stray quote', () => {
    const arms = sparkReasonArms('r');
    expect(arms).not.toContain('\\');
    expect(arms).toMatch(/^when r is null or r\.id is null then 'avro decode failed' when not \(r\.id rlike '\^/);
    expect((arms.match(/'/g) ?? []).length % 2).toBe(0);
    for (const { reason } of sparkRules('r')) {
      expect(reason).not.toContain("'");
    }
  });

  it('refuse a user with a misspelt column', () => {
    expect(userSchema.safeParse({ ...user, surname: 'x' }).success).toBe(false);
  });
});

describe('identity', () => {
  it('gives a user the same id on every attempt, so that a repeated run adds no row (DEFECTS 9)', () => {
    expect(userId(runId, 7)).toBe(user.id);
    expect(user.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5/);
  });

  it('gives no two users one id', () => {
    const ids = ['a', 'b', 'a/1', runId].flatMap((run) => Array.from({ length: 500 }, (_, i) => userId(run, i)));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('topics', () => {
  it('keep runs for ever and the newest state of each', () => {
    expect(topicSettings().find(({ name }) => name === 'pipeline_runs')?.config).toEqual({
      'cleanup.policy': 'compact',
    });
  });

  it('have as many partitions as asked for', () => {
    expect(topicSettings(6)[0]).toMatchObject({ name: 'users_created', partitions: 6 });
  });
});
