import { resolve } from 'node:path';
import { synthesise } from '../../../test/synth';
import { contextProblem } from './client';
import { type Facts, judge, type Node, pulledImages, wantedBy } from './preflight-checks';

const wanted = wantedBy(synthesise('k8s', { k8s: { context: 'a-cluster' } }))!;
const images = wanted.pods.map((pod) => `docker.io/${pod.image}`);
const node: Node = { name: 'one', usable: true, free: { cpu: 16, memory: 32 * 2 ** 30 }, images };
const good: Facts = {
  version: 'v1.37.2',
  denied: [],
  begun: true,
  storageClasses: [{ name: 'local', isDefault: true }],
  nodes: [node],
};
const todos = (facts: Partial<Facts>, asked = wanted) =>
  judge(asked, { ...good, ...facts }).filter((row) => row.todo !== undefined);

test('what the stack asks for is read from the stack itself', () => {
  expect(wanted).toMatchObject({ context: 'a-cluster', namespace: 'streaming', deployment: 'streaming' });
  expect(wanted.pods.map((pod) => pod.workload)).toContain('kafka');
  expect(wanted.storageClasses).toEqual([undefined]);
  expect(wantedBy(synthesise('local'))).toBeUndefined();
});

test.each<[string, object, string]>([
  ['an Ingress', { ingress: { host: 'streaming.example' } }, 'ingresses'],
  ['a chart', { charts: ['airflow'] }, 'secrets'],
])('%s needs its rights, too', (_, k8s, resource) => {
  const { rights } = wantedBy(synthesise('k8s', { k8s: { context: 'a-cluster', ...k8s } }))!;
  const namespace = 'streaming';
  expect(rights).toContainEqual(expect.objectContaining({ verb: 'create', resource, namespace }));
});

test('a cluster that has everything is taken', () => {
  expect(todos({})).toEqual([]);
});

test('each missing right is named, on the cluster or in the namespace', () => {
  const denied = wanted.rights.filter(
    ({ verb, resource }) => verb === 'create' && /^(namespaces|jobs)$/.test(resource),
  );
  expect(todos({ denied })[0]!.result).toBe('missing: create jobs.batch, create namespaces (cluster)');
});

test.each<[string, Partial<Facts>, RegExp, RegExp]>([
  [
    'no default storage class',
    { storageClasses: [{ name: 'slow', isDefault: false }] },
    /no class is the default; there are: slow/,
    /k8s\.storageClass/,
  ],
  [
    'a namespace of somebody else',
    { namespace: { labels: { 'app.kubernetes.io/part-of': 'shop' }, ending: false } },
    /not made by this deployment/,
    /k8s\.namespace/,
  ],
  [
    'a namespace that another checkout has made under the same name',
    {
      begun: false,
      namespace: {
        labels: { 'app.kubernetes.io/part-of': 'streaming-platform', 'app.kubernetes.io/instance': 'streaming' },
        ending: false,
      },
    },
    /another checkout made it/,
    /set "name".*streaming down --platform k8s/,
  ],
  [
    'a namespace that is going away',
    {
      namespace: {
        labels: { 'app.kubernetes.io/part-of': 'streaming-platform', 'app.kubernetes.io/instance': 'streaming' },
        ending: true,
      },
    },
    /being deleted/,
    /wait/,
  ],
  [
    'a node that is full',
    { nodes: [{ ...node, free: { cpu: 16, memory: 2 ** 30 } }] },
    /GiB are asked for.*1\.0 GiB/,
    /smaller profile/,
  ],
  ['no node that takes pods', { nodes: [{ ...node, usable: false }] }, /0 of 1 nodes: 0\.0 cores/, /add a node/],
  [
    'an image that is not there',
    { nodes: [{ ...node, images: images.filter((image) => !image.includes('/kafka:')) }] },
    /streaming-platform\/kafka:[0-9a-f]{12} is not on node one/,
    /^npx streaming cluster load$/,
  ],
])('%s is found before anything is created', (_, facts, result, todo) => {
  const [row] = todos(facts);
  expect(row!.result).toMatch(result);
  expect(row!.todo).toMatch(todo);
});

test('many small nodes are no home for a large pod', () => {
  const small = { ...node, free: { cpu: 0.4, memory: 2 ** 30 } };
  const rows = todos({ nodes: Array.from({ length: 40 }, (_, i) => ({ ...small, name: `n${i}` })) });
  expect(rows.map((row) => row.check)).toEqual(expect.arrayContaining(['room for cassandra', 'room for stream']));
  expect(rows.map((row) => row.check)).not.toContain('room');
});

test('a class that is named must exist', () => {
  const asked = wantedBy(synthesise('k8s', { k8s: { context: 'c', storageClass: 'fast' } }))!;
  expect(todos({}, asked)[0]!.result).toBe('there is no class "fast"; there are: local');
});

test('who may not look at nodes is not refused for it', () => {
  expect(todos({ nodes: undefined, storageClasses: undefined })).toEqual([]);
});

test('no cluster is taken by accident: the contexts that there are stand in the message', () => {
  expect(contextProblem('kind', ['kind', 'production'], '~/.kube/config')).toBeUndefined();
  expect(contextProblem(undefined, ['kind', 'production'], '~/.kube/config')).toMatch(
    /k8s\.context is not set\. Contexts in ~\/\.kube\/config: kind, production\.[^]*STREAMING_K8S_CONTEXT=kind/,
  );
  expect(contextProblem('prod', ['production'], 'f')).toMatch(/no context "prod".*production/);
  expect(contextProblem('prod', [], 'f')).toMatch(/none[^]*cluster:up/);
});

describe('images that the nodes pull', () => {
  const registry = 'registry.example:5000/team';
  const pulling = wantedBy(
    synthesise('k8s', { k8s: { context: 'a-cluster' }, images: { registry, pullSecretFile: 'login.json' } }),
  )!;

  test('are those of the registry, and its login is a file', () => {
    expect(pulledImages(wanted)).toEqual([]);
    expect(pulledImages(pulling).every((image) => image.startsWith(`${registry}/streaming-platform/`))).toBe(true);
    expect(resolve('/repository/cdktf.out/stacks/k8s', pulling.pullSecretFile!)).toMatch(/\/login\.json$/);
    expect(wanted.pullSecretFile).toBeUndefined();
  });

  test('are looked for before anything is created', () => {
    const [kafka] = pulledImages(pulling).filter((image) => image.includes('/kafka:'));
    expect(todos({ registry: { missing: [kafka!] } }, pulling)).toEqual([
      { check: 'registry', result: `${kafka} is not there`, todo: 'npx streaming images push' },
    ]);
    expect(todos({ registry: { missing: [] } }, pulling)).toEqual([]);
  });

  test('are left to the nodes where this machine cannot ask', () => {
    const rows = judge(pulling, { ...good, registry: { notAsked: 'connection refused' } });
    expect(rows.at(-1)).toEqual({
      check: 'registry',
      result: 'images were not looked for: connection refused',
    });
  });
});
