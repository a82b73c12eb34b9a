import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ensureSecrets,
  followsFrom,
  generationOf,
  generationsFile,
  isSecret,
  newValue,
  readGenerations,
  readSecret,
  replaceSecret,
  secretNames,
  secretsFolder,
  writeGeneration,
} from './secrets';

let folder: string;
const content = (name: string) => readFileSync(join(folder, name), 'utf8');
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'secrets-')), 'secrets');
});

test('only this user can read the secrets, or everybody on the machine would have the passwords', () => {
  ensureSecrets(folder);
  expect(mode(folder)).toBe('700');
  expect(readdirSync(folder).sort()).toEqual(secretNames);
  for (const name of secretNames) expect([name, mode(join(folder, name))]).toEqual([name, '600']);
});

test('a second set-up keeps every secret, or the running servers would refuse their clients', () => {
  expect(ensureSecrets(folder)).toHaveLength(secretNames.length);
  const before = secretNames.map(content);
  expect(ensureSecrets(folder)).toEqual([]);
  expect(secretNames.map(content)).toEqual(before);
});

test('a changed mode is put right again', () => {
  ensureSecrets(folder);
  chmodSync(join(folder, 'producer-token'), 0o644);
  chmodSync(folder, 0o755);
  ensureSecrets(folder);
  expect([mode(folder), mode(join(folder, 'producer-token'))]).toEqual(['700', '600']);
});

test('passwords have 32 characters that need no quoting, or addresses and CQL with them would break', () => {
  ensureSecrets(folder);
  for (const name of secretNames.filter((n) => n.endsWith('-password') || n === 'producer-token')) {
    expect(content(name)).toMatch(/^[A-Za-z0-9_-]{32}$/);
  }
});

test("Airflow's keys have the form and length it takes, or its servers would not start", () => {
  ensureSecrets(folder);
  expect(content('airflow-fernet-key')).toMatch(/^[A-Za-z0-9_-]{43}=$/);
  expect(Buffer.from(content('airflow-fernet-key'), 'base64url')).toHaveLength(32);
  expect(Buffer.from(content('airflow-jwt-secret'), 'base64url')).toHaveLength(64);
  expect(Buffer.from(content('airflow-api-secret-key'), 'base64url')).toHaveLength(64);
});

test('what is derived follows its source, or a rotated password would lock Airflow and the stream out', () => {
  ensureSecrets(folder);
  rmSync(join(folder, 'postgres-password'));
  writeFileSync(join(folder, 'cassandra-stream-password'), 'changed');
  expect(ensureSecrets(folder).sort()).toEqual([
    'airflow-database-url',
    'cassandra-stream-profile',
    'postgres-password',
  ]);
  expect(content('airflow-database-url')).toContain(`:${content('postgres-password')}@postgres:5432/airflow`);
  expect(content('cassandra-stream-profile')).toContain('password = "changed"');
});

test('an empty file is replaced, or a server would be left without a password', () => {
  ensureSecrets(folder);
  writeFileSync(join(folder, 'producer-token'), '');
  expect(ensureSecrets(folder)).toEqual(['producer-token']);
});

test('a missing secret is answered with the command that makes it', () => {
  expect(() => readSecret(folder, 'producer-token')).toThrow('npm run setup');
});

test('each deployment has its own secrets', () => {
  expect(secretsFolder('blue', '/x')).toBe('/x/.deployments/blue/secrets');
});

test('a replaced secret takes along what follows from it, and leaves every other as it is', () => {
  ensureSecrets(folder);
  const before = new Map(secretNames.map((name) => [name, content(name)]));
  const value = newValue('cassandra-stream-password');
  replaceSecret(folder, 'cassandra-stream-password', value);
  expect(secretNames.filter((name) => content(name) !== before.get(name))).toEqual([
    'cassandra-stream-password',
    'cassandra-stream-profile',
  ]);
  expect(content('cassandra-stream-profile')).toContain(`password = "${value}"`);
  expect(mode(join(folder, 'cassandra-stream-password'))).toBe('600');
});

test('a new value was never there before, and has the form of the old one', () => {
  ensureSecrets(folder);
  for (const name of secretNames) {
    if (followsFrom(name) !== undefined || !isSecret(name)) continue;
    const value = newValue(name as Parameters<typeof newValue>[0]);
    expect([name, value.length, value === content(name)]).toEqual([name, content(name).length, false]);
  }
});

describe('generations', () => {
  const file = () => generationsFile('demo', folder);

  test('a deployment that was never rotated has none: a plan elsewhere needs no file', () => {
    expect(readGenerations(file())).toEqual({});
    for (const name of secretNames) expect([name, generationOf({}, name)]).toEqual([name, 1]);
  });

  test('what follows from a secret has its generation, or its readers would keep the old value', () => {
    writeGeneration(file(), 'postgres-password', 2);
    writeGeneration(file(), 'producer-token', 5);
    writeGeneration(file(), 'postgres-password', 3);
    const generations = readGenerations(file());
    expect(generations).toEqual({ 'postgres-password': 3, 'producer-token': 5 });
    expect(generationOf(generations, 'airflow-database-url')).toBe(3);
    expect(generationOf(generations, 'cassandra-stream-profile')).toBe(1);
  });

  test.each(['', '{ "producer-token": ', '{ "producer-token": 0 }', '{ "producer-token": "2" }', '[]'])(
    'a file that holds %j is named, with what to do, before anything is planned with it',
    (text) => {
      writeGeneration(file(), 'producer-token', 2);
      writeFileSync(file(), text);
      expect(() => readGenerations(file())).toThrow(/generations\.json must hold.*"producer-token": 2.*remove it/);
    },
  );
});

describe('with a Cassandra of somebody else', () => {
  let given: string;
  beforeEach(() => {
    given = join(folder, '..', 'given');
    writeFileSync(given, 'pass "word"\n');
  });
  const elsewhere = () => ({
    contactPoints: ['a.example:9042', 'b.example:9043'],
    datacenter: 'north',
    files: { 'cassandra-admin-password': given },
  });

  test('its password comes from the file of the user, the others are made', () => {
    ensureSecrets(folder, elsewhere());
    expect(content('cassandra-admin-password')).toBe('pass "word"');
    expect(content('cassandra-stream-password')).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(content('cassandra-stream-profile')).toContain(
      'contact-points = ["a.example:9042","b.example:9043"]\n  basic.load-balancing-policy.local-datacenter = "north"',
    );
  });

  test('what gets another content is told, so that the programs that hold it are replaced', () => {
    ensureSecrets(folder);
    const changed: string[] = [];
    ensureSecrets(folder, elsewhere(), (name) => changed.push(name));
    expect(changed).toEqual(['cassandra-admin-password', 'cassandra-stream-password']);
    ensureSecrets(folder, elsewhere(), (name) => changed.push(name));
    expect(changed).toHaveLength(2);
  });

  test.each([
    [
      'is not there',
      undefined,
      /given, which the settings name for cassandra-admin-password, cannot be read \(ENOENT\)/,
    ],
    ['is empty', '\n', /is empty/],
    ['holds more than a password', 'one\ntwo\n', /has several lines/],
  ])('a file that %s is refused, and nothing is made', (_, text, message) => {
    rmSync(given);
    if (text !== undefined) writeFileSync(given, text);
    expect(() => ensureSecrets(folder, elsewhere())).toThrow(message);
    expect(existsSync(join(folder, 'producer-token'))).toBe(false);
  });
});
