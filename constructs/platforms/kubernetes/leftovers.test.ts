import { synthesise } from '../../../test/synth';
import { type Found, leftovers, type Revision } from './leftovers';

const stack = synthesise('k8s', { k8s: { context: 'a-cluster', charts: ['airflow'] } });

const found = (type: string, name: string, rest: object = {}): Found => ({
  type: `kubernetes_${type}_v1`,
  object: { metadata: { name, ...(type === 'namespace' ? {} : { namespace: 'streaming' }) }, ...rest },
});
const ready = { spec: { replicas: 1 }, status: { readyReplicas: 1, updatedReplicas: 1 } };
const remember = (...all: Found[]) => ({
  resources: all.map(({ type, object: { metadata } }) => ({
    type,
    instances: [{ attributes: { metadata: [metadata] } }],
  })),
});
const removed = (state: object | undefined, ...all: Found[]) =>
  leftovers(stack, state, all).remove.map((one) => [one.found.object.metadata!.name, one.why]);

test('what the state does not know is removed, or its name would be taken', () => {
  const [kafka, policy] = [found('stateful_set', 'kafka', ready), found('network_policy', 'kafka')];
  const unknown = 'the state does not know it';
  expect(removed(undefined, kafka, policy)).toEqual([
    ['kafka', unknown],
    ['kafka', unknown],
  ]);
  expect(removed(remember(kafka), kafka, policy)).toEqual([['kafka', unknown]]);
  expect(removed(remember(kafka, policy), kafka, policy)).toEqual([]);
});

test('an object of the same name in another namespace is another one', () => {
  const kafka = found('service', 'kafka');
  const other = { ...kafka, object: { metadata: { name: 'kafka', namespace: 'other' } } };
  expect(removed(remember(other), kafka)).toHaveLength(1);
});

test.each([
  ['a service that is not ready', found('stateful_set', 'kafka', { spec: { replicas: 1 }, status: {} })],
  [
    'an old version of a service',
    found('deployment', 'producer', { ...ready, status: { ...ready.status, updatedReplicas: 0 } }),
  ],
  [
    'a job that has failed',
    found('job', 'migrate-1', { status: { conditions: [{ type: 'Failed', status: 'True' }] } }),
  ],
])('%s is made anew although the state knows it: nobody would wait for it', (_, one) => {
  expect(removed(remember(one), one)).toEqual([[one.object.metadata!.name, 'it is not ready']]);
});

test('what is well stays, because a restart costs time', () => {
  const all = [
    found('stateful_set', 'kafka', ready),
    found('deployment', 'producer', ready),
    found('job', 'migrate-1', { status: { succeeded: 1 } }),
    found('secret', 'producer'),
  ];
  expect(removed(remember(...all), ...all)).toEqual([]);
});

test('what holds data is never removed: it is taken into the state', () => {
  const all = [found('namespace', 'streaming'), found('persistent_volume_claim', 'airflow-logs')];
  const shared = synthesise('k8s', { k8s: { context: 'a-cluster' } });
  expect(leftovers(shared, undefined, all)).toMatchObject({
    remove: [],
    adopt: [
      { address: 'kubernetes_namespace_v1.namespace', id: 'streaming' },
      { address: 'kubernetes_persistent_volume_claim_v1.airflow-logs', id: 'streaming/airflow-logs' },
    ],
  });
  expect(leftovers(shared, remember(...all), all).adopt).toEqual([]);
  // A claim that is not declared any more keeps its data, and no name that anybody wants.
  expect(leftovers(shared, undefined, [found('persistent_volume_claim', 'old')])).toMatchObject({
    remove: [],
    adopt: [],
  });
});

test("Helm's record of a release that it did not finish is forgotten, or the release could never be changed again", () => {
  const revision = (version: number, status: string): Revision => ({
    secret: `sh.helm.release.v1.airflow.v${version}`,
    release: 'airflow',
    status,
  });
  const forgotten = (state: object | undefined, ...all: Revision[]) =>
    leftovers(stack, state, [], all).forget.map((one) => one.revision.secret.at(-1));
  const known = { resources: [{ type: 'helm_release', instances: [{ attributes: { name: 'airflow' } }] }] };
  expect(forgotten(undefined, revision(1, 'pending-install'))).toEqual(['1']);
  expect(forgotten(undefined, revision(1, 'deployed'))).toEqual(['1']);
  expect(forgotten(known, revision(1, 'deployed'), revision(2, 'pending-upgrade'))).toEqual(['2']);
  expect(forgotten(known, revision(1, 'superseded'), revision(2, 'deployed'))).toEqual([]);
  expect(forgotten(undefined, { ...revision(1, 'deployed'), release: 'of-somebody-else' })).toEqual([]);
});
