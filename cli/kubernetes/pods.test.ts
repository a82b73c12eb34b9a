import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { lineOf } from './logs';
import { newestPods, podOf } from './pods';
import { podStatus } from './services';

interface Made {
  readonly workload?: string;
  readonly owner?: string;
  readonly minute?: number;
  readonly phase?: string;
  readonly ending?: boolean;
  readonly once?: boolean;
  readonly container?: Partial<V1ContainerStatus>;
}

const started = new Date('2026-01-01T00:00:00Z');
const running = { ready: true, started: true, restartCount: 0, state: { running: { startedAt: started } } };

/** A pod as the API hands it out, with what these tests are about. */
function pod(name: string, made: Made = {}): V1Pod {
  const { workload = name, owner = 'ReplicaSet', minute = 0, phase = 'Running', ending, once, container } = made;
  return {
    metadata: {
      name,
      uid: `${name}-${minute}`,
      labels: { 'app.kubernetes.io/name': workload },
      creationTimestamp: new Date(2026, 0, 1, 0, minute),
      deletionTimestamp: ending ? new Date() : undefined,
      ownerReferences: [{ kind: owner, name: workload, apiVersion: 'apps/v1', uid: '1' }],
    },
    spec: {
      restartPolicy: once ? 'Never' : 'Always',
      containers: [{ name: workload, resources: { limits: { memory: '768Mi' } } }],
    },
    status: { phase, containerStatuses: [{ name: workload, image: '', imageID: '', ...running, ...container }] },
  };
}

describe('the pods that count', () => {
  it('are the newest of each place: neither the one that ends nor the tries that failed', () => {
    const all = [
      pod('producer-b', { workload: 'producer', minute: 5 }),
      pod('producer-a', { workload: 'producer', minute: 6, ending: true }),
      pod('migrate-1', { workload: 'migrate', owner: 'Job', phase: 'Failed', once: true }),
      pod('migrate-2', { workload: 'migrate', owner: 'Job', minute: 1, phase: 'Succeeded', once: true }),
    ];
    expect(newestPods(all).map(({ metadata }) => metadata!.name)).toEqual(['migrate-2', 'producer-b']);
  });

  it('are all members of a service that tells its replicas apart', () => {
    const member = (at: number) => pod(`kafka-${at}`, { workload: 'kafka', owner: 'StatefulSet' });
    expect(newestPods([member(2), member(0), member(1)]).map(({ metadata }) => metadata!.name)).toEqual([
      'kafka-0',
      'kafka-1',
      'kafka-2',
    ]);
  });

  it('take connections when they are ready, or else when they run', () => {
    const one = pod('kafka-0', { workload: 'kafka', container: { ready: false } });
    const two = pod('kafka-1', { workload: 'kafka' });
    expect(podOf([one, two], 'kafka')).toBe(two);
    expect(podOf([one], 'kafka')).toBe(one);
    expect(podOf([pod('kafka-0', { workload: 'kafka', ending: true })], 'kafka')).toBeUndefined();
    expect(podOf([one], 'cassandra')).toBeUndefined();
  });
});

describe('the state of a service', () => {
  const terminated = (exitCode: number, reason?: string) => ({ terminated: { exitCode, reason } });
  const waiting = (reason: string) => ({ ready: false, started: false, state: { waiting: { reason } } });

  it.each<[string, Made, string]>([
    ['one that is ready', {}, 'healthy'],
    ['one that has not started yet', { container: { ready: false, started: false } }, 'starting'],
    ['one that does not answer any more', { container: { ready: false } }, 'unhealthy'],
    ['one whose image comes', { phase: 'Pending', container: waiting('ContainerCreating') }, 'starting'],
    ['one whose image cannot be had', { phase: 'Pending', container: waiting('ErrImagePull') }, 'failed'],
    ['one that ends again and again', { container: { restartCount: 2, ...waiting('CrashLoopBackOff') } }, 'restarting'],
    ['one that is replaced', { ending: true }, 'restarting'],
    ['a job that works', { once: true }, 'starting'],
    ['a job that has done its work', { once: true, phase: 'Succeeded', container: { state: terminated(0) } }, 'done'],
    ['a job that has failed', { once: true, phase: 'Failed', container: { state: terminated(1) } }, 'failed'],
  ])('%s', (_, made, state) => {
    expect(podStatus(pod('kafka', made), 'kafka', Date.now()).state).toBe(state);
  });

  it('comes with its age, its limit and how it has ended before', () => {
    const restarted = pod('kafka', { container: { restartCount: 1, lastState: terminated(137, 'OOMKilled') } });
    expect(podStatus(restarted, 'kafka', Number(started) + 90_000)).toMatchObject({
      name: 'kafka',
      job: false,
      restarts: 1,
      uptimeSeconds: 90,
      memoryLimitMiB: 768,
    });
  });
});

it('a line of a log keeps its spaces, and its time sorts as text', () => {
  expect(lineOf('kafka', '2026-01-01T00:00:01.5Z  two  spaces\r')).toEqual({
    service: 'kafka',
    time: '2026-01-01T00:00:01.500000000Z',
    text: ' two  spaces',
  });
});
