import { declared } from '../../test/recorder';

const named = (name: string, userSource: 'live' | 'twin' | 'auto' = 'auto') =>
  declared({ userSource }).find((w) => w.name === name)!;

test('no program starts before topics, tables and roles are there', () => {
  for (const name of ['producer', 'stream']) expect(named(name).after!.map((a) => a.workload)).toContain('migrate');
});

test('the producer asks where it was told to, and has a way to the internet only if it needs one', () => {
  expect(named('producer', 'twin')).toMatchObject({ env: { USER_SOURCE: 'twin' }, internet: false });
  expect(named('producer', 'live')).toMatchObject({ env: { USER_SOURCE: 'live' }, internet: true });
});

test('a program holds no credential that it can do without', () => {
  const held = (name: string) => (named(name).secrets ?? []).map((s) => s.secret).sort();
  expect(held('producer')).toEqual(['producer-token']);
  expect(held('random-user')).toEqual([]);
  expect(held('control-center')).toEqual([]);
  expect(held('stream')).toEqual(['cassandra-stream-password', 'cassandra-stream-profile']);
  expect(held('migrate')).toEqual([
    'cassandra-admin-password',
    'cassandra-reader-password',
    'cassandra-stream-password',
  ]);
});

test('the driver announces the name that its executors find on their own network', () => {
  expect(named('stream').env!['SPARK_DRIVER_HOST']).toEqual({ parts: [{ self: 'host' }] });
  expect(named('stream').joins).toEqual(named('spark-worker').joins);
});
