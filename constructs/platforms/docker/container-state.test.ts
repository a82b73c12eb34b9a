import type { ContainerInspectInfo } from 'dockerode';
import { verdict } from './container-state';

const container = (state: { Status: string; [fact: string]: unknown }, restarts = 0, workload = 'stream') =>
  ({
    State: { Restarting: state.Status === 'restarting', ...state },
    RestartCount: restarts,
    Config: { Labels: { 'io.streaming-platform.workload': workload } },
  }) as unknown as ContainerInspectInfo;

test.each([
  ['still starting', container({ Status: 'running', Health: { Status: 'starting' } }), { state: 'starting' }],
  ['healthy', container({ Status: 'running', Health: { Status: 'healthy' } }), { state: 'ready' }],
  ['ended', container({ Status: 'exited', ExitCode: 137 }), { state: 'failed', why: 'ended with exit code 137' }],
  ['back once after a kill', container({ Status: 'running' }, 1), { state: 'starting' }],
  [
    'restarted again and again',
    container({ Status: 'running', ExitCode: 1 }, 3),
    { state: 'failed', why: expect.stringContaining('restarted 3 times, last exit code 1') },
  ],
  ['between two lives', container({ Status: 'restarting', Health: { Status: 'unhealthy' } }, 1), { state: 'starting' }],
  ['a broker that finds its old session', container({ Status: 'running' }, 5, 'kafka'), { state: 'starting' }],
  [
    'a broker that never comes up',
    container({ Status: 'running', ExitCode: 1 }, 6, 'kafka'),
    { state: 'failed', why: expect.stringContaining('restarted 6 times') },
  ],
  [
    'unhealthy',
    container({ Status: 'running', Health: { Status: 'unhealthy', Log: [{ Output: 'no answer\n' }] } }),
    { state: 'failed', why: 'is unhealthy: no answer' },
  ],
])('a deployment learns at once that a container is %s', (_, seen, expected) => {
  expect(verdict(seen)).toEqual(expected);
});
