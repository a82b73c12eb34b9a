import type { V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { isRolledOut, verdictOfJob, verdictOfPod } from './rollout';

type Container = NonNullable<NonNullable<V1Pod['status']>['containerStatuses']>[number];

const pod = (container: Partial<Container>, rest: Partial<V1Pod['status']> = {}): V1Pod => ({
  status: {
    phase: 'Running',
    containerStatuses: [{ name: 'x', image: 'x', imageID: '', ready: false, restartCount: 0, ...container }],
    ...rest,
  },
});

test('a pod that answers is ready, one that starts is not given up', () => {
  expect(verdictOfPod(pod({ ready: true })).state).toBe('ready');
  expect(verdictOfPod(pod({})).state).toBe('starting');
  expect(verdictOfPod(pod({ restartCount: 2, lastState: { terminated: { exitCode: 1 } } })).state).toBe('starting');
});

test.each<[string, V1Pod, RegExp]>([
  [
    'an image that cannot be had',
    pod({ state: { waiting: { reason: 'ErrImageNeverPull', message: 'image x is not present' } } }),
    /cannot start: ErrImageNeverPull: image x is not present/,
  ],
  [
    'a program that ends again and again',
    pod({ restartCount: 3, lastState: { terminated: { exitCode: 3 } } }),
    /restarted 3 times, last exit code 3$/,
  ],
  [
    'a program that needs more memory',
    pod({ restartCount: 3, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }),
    /137, because it needed more than its limit of memory/,
  ],
  ['a pod that was evicted', pod({}, { phase: 'Failed', message: 'The node was low on memory' }), /low on memory/],
])('%s is a failure at once', (_, seen, why) => {
  expect(verdictOfPod(seen)).toEqual({ state: 'failed', why: expect.stringMatching(why) });
});

test('a pod that no node takes says why', () => {
  const conditions = [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes: Insufficient cpu' }];
  expect(verdictOfPod({ status: { phase: 'Pending', conditions } })).toEqual({
    state: 'starting',
    on: '0/1 nodes: Insufficient cpu',
  });
});

test('the pods of the version before do not make a set ready', () => {
  const set = (updatedReplicas: number, observedGeneration = 2) =>
    isRolledOut({
      metadata: { generation: 2 },
      spec: { replicas: 3, selector: {}, template: {}, serviceName: 'x' },
      status: { replicas: 3, readyReplicas: 3, updatedReplicas, observedGeneration },
    });
  expect([set(3), set(2), set(3, 1)]).toEqual([true, false, false]);
});

test('a job has failed when its last try has, not before', () => {
  expect(verdictOfJob({ status: { failed: 2 } }).state).toBe('starting');
  expect(verdictOfJob({ status: { failed: 1, succeeded: 1 } }).state).toBe('done');
  const conditions = [{ type: 'Failed', status: 'True', message: 'Job has reached the specified backoff limit' }];
  expect(verdictOfJob({ status: { failed: 4, conditions } })).toEqual({
    state: 'failed',
    why: 'failed: Job has reached the specified backoff limit',
  });
});
