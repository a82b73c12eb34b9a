import { unknownName } from '../cli/suggest';
import { suggestion } from './suggestion';

test.each([
  ['kafak', 'kafka'],
  ['Kafka', 'kafka'],
  ['casandra', 'cassandra'],
  ['airflow', 'airflow-scheduler'],
  ['xyz', undefined],
  ['', undefined],
])('who types "%s" is offered %s', (typed, meant) => {
  expect(suggestion(typed, ['kafka', 'cassandra', 'airflow-scheduler'])).toBe(meant);
});

test('an unknown name says what there is, and is wrong input', () => {
  const error = unknownName('service', 'kafak', ['kafka', 'stream']);
  expect(error.message).toBe('there is no service "kafak": did you mean "kafka"? Allowed are kafka, stream');
  expect(error.exitCode).toBe(2);
  expect(unknownName('service', 'xyz', ['kafka']).message).toBe('there is no service "xyz". Allowed are kafka');
});
