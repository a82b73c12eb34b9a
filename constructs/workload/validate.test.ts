import { aWorkload } from '../../test/workload';
import { validate } from './validate';
import type { Workload } from './workload';

test.each<[string, Partial<Workload>, RegExp]>([
  ['a name that is no DNS label', { name: 'Kafka_1' }, /"Kafka_1" is not a DNS label: use 1 to 40/],
  ['a name that ends in a hyphen', { name: 'kafka-' }, /"kafka-" is not a DNS label/],
  ['a name without room for the prefix of a deployment', { name: 'k'.repeat(41) }, /is not a DNS label/],
  ['a service that nobody can tell to be ready', { health: undefined }, /"server" runs forever without health/],
  ['a job that runs several times at once', { runs: 'once', replicas: 2 }, /"server" runs once with replicas 2/],
  [
    'an empty file, which the provider refuses in mid-deployment',
    { config: { 'a.conf': '' } },
    /"a.conf".*leave the file out/,
  ],
  ['a file in a folder', { config: { 'conf.d/a.conf': 'x' } }, /"conf.d\/a.conf".*plain file name/],
])('%s is refused before anything is created', (_, changes, message) => {
  expect(() => validate(aWorkload(changes))).toThrow(message);
});

test('a job needs no health: it is judged by its end', () => {
  expect(() => validate(aWorkload({ runs: 'once', health: undefined }))).not.toThrow();
});
