import { declared } from '../../test/recorder';
import { type MadeName } from '../../toolchain/secrets';
import { holdersOf, replacedBy } from './holders';

const workloads = declared();

// What people read before they say yes to a rotation.
test.each<[MadeName, string[]]>([
  ['airflow-admin-password', ['airflow-init']],
  ['airflow-author-password', ['airflow-init']],
  ['airflow-operations-password', ['airflow-init']],
  ['airflow-api-secret-key', ['airflow-api-server']],
  ['airflow-fernet-key', ['airflow-api-server', 'airflow-init']],
  ['airflow-jwt-secret', ['airflow-api-server', 'airflow-scheduler']],
  ['cassandra-admin-password', ['migrate']],
  ['cassandra-reader-password', ['migrate']],
  ['cassandra-stream-password', ['migrate', 'spark-worker', 'stream']],
  [
    'postgres-password',
    ['airflow-api-server', 'airflow-dag-processor', 'airflow-init', 'airflow-scheduler', 'postgres'],
  ],
  ['producer-token', ['airflow-init', 'producer']],
])('a rotation of %s replaces %j', (name, replaced) => {
  expect(
    replacedBy(workloads, name)
      .map((one) => one.name)
      .sort(),
  ).toEqual(replaced);
});

test('the list names who is given a secret itself, not who is given what follows from it', () => {
  expect(holdersOf(workloads, 'postgres-password').map((one) => one.name)).toEqual(['postgres']);
  expect(holdersOf(workloads, 'airflow-database-url').map((one) => one.name)).not.toContain('postgres');
});
