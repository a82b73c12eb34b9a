import { engineSpelling, importCommand, localCluster } from './load-images';

test('a context is taken for a local cluster only by the name that its tool gives', () => {
  expect(localCluster('streaming-cluster')).toEqual({ kind: 'own', container: 'streaming-cluster' });
  expect(localCluster('second', ['second'])).toEqual({ kind: 'own', container: 'second' });
  expect(localCluster('kind-dev')).toEqual({ kind: 'kind', cluster: 'dev' });
  expect(localCluster('k3d-a-b')).toEqual({ kind: 'k3d', cluster: 'a-b' });
  expect(localCluster('minikube')).toEqual({ kind: 'minikube', cluster: 'minikube' });
  for (const context of ['production', 'kind-', 'my-kind-dev', 'minikube-2'])
    expect(localCluster(context)).toBeUndefined();
});

test('images go to the cluster of the context, or another one of the same tool would get them', () => {
  expect(importCommand({ kind: 'kind', cluster: 'dev' }, ['a:1', 'b:2']).join(' ')).toBe(
    'kind load docker-image --name dev a:1 b:2',
  );
  expect(importCommand({ kind: 'k3d', cluster: 'dev' }, ['a:1']).join(' ')).toBe('k3d image import --cluster dev a:1');
  expect(importCommand({ kind: 'minikube', cluster: 'minikube' }, ['a:1']).join(' ')).toBe(
    'minikube image load --profile minikube a:1',
  );
});

test('what the node has is recognised, or every image would be loaded every time', () => {
  expect(engineSpelling('docker.io/streaming-platform/kafka:1')).toBe('streaming-platform/kafka:1');
  expect(engineSpelling('docker.io/library/redis:7')).toBe('redis:7');
  expect(engineSpelling('example.org/team/app:1')).toBe('example.org/team/app:1');
});
