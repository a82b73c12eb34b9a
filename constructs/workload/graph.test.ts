import { anEndpoint, aWorkload } from '../../test/workload';
import { serversOf, startsAfter, validateAll } from './graph';

test('workloads that wait for each other are refused, and the circle is printed', () => {
  const circle = [
    aWorkload({ name: 'a', uses: [anEndpoint('b')] }),
    aWorkload({ name: 'b', after: [{ workload: 'c' }] }),
    aWorkload({ name: 'c', uses: [anEndpoint('a')] }),
  ];
  expect(() => validateAll(circle)).toThrow('a -> b -> c -> a');
  expect(() => validateAll(circle)).toThrow('use "joins"');
});

test('a workload that waits for itself is refused', () => {
  expect(() => validateAll([aWorkload({ name: 'a', uses: [anEndpoint('a')] })])).toThrow('a -> a');
});

test('processes that need each other may: a mesh is no circle', () => {
  const mesh = { mesh: 'quorum' };
  expect(() =>
    validateAll([aWorkload({ name: 'a', joins: [mesh] }), aWorkload({ name: 'b', joins: [mesh] })]),
  ).not.toThrow();
});

test('two ways to the same server are no circle', () => {
  const diamond = [
    aWorkload({ name: 'top' }),
    aWorkload({ name: 'left', uses: [anEndpoint('top')] }),
    aWorkload({ name: 'right', uses: [anEndpoint('top')] }),
    aWorkload({ name: 'bottom', uses: [anEndpoint('left'), anEndpoint('right')] }),
  ];
  expect(() => validateAll(diamond)).not.toThrow();
  expect(startsAfter(diamond[3]!)).toEqual(['left', 'right']);
  expect(serversOf(diamond)).toEqual(new Set(['top', 'left', 'right']));
});

test('a port of the machine that is published twice is refused before anything is created, with both names', () => {
  const http = (publish: number) => ({ http: { number: 80, publish } });
  const clash = [aWorkload({ name: 'a', ports: http(8080) }), aWorkload({ name: 'b', ports: http(8080) })];
  expect(() => validateAll(clash)).toThrow(/port 8080 .*"a".*"b"/);
  expect(() => validateAll([clash[0]!, aWorkload({ name: 'b', ports: http(8081) })])).not.toThrow();
});

test('a name is an address: it can be taken once', () => {
  expect(() => validateAll([aWorkload({ name: 'a' }), aWorkload({ name: 'a' })])).toThrow(
    'two workloads are called "a"',
  );
});

test('a client of something that is not deployed is told so', () => {
  expect(() => validateAll([aWorkload({ name: 'a', uses: [anEndpoint('kafka')] })])).toThrow(
    /"a" uses "kafka", which is not deployed/,
  );
});
