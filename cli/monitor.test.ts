import type { ContainerInspectInfo } from 'dockerode';
import { judge } from './monitor';

interface Facts {
  readonly status: string;
  readonly once?: boolean;
  readonly exitCode?: number;
  readonly restarts?: number;
  readonly health?: string;
  readonly outOfMemory?: boolean;
  readonly startedAt?: string;
}

function container({ status, once, exitCode = 0, restarts = 0, health, outOfMemory, startedAt = 'now' }: Facts) {
  return {
    RestartCount: restarts,
    State: {
      Status: status,
      ExitCode: exitCode,
      OOMKilled: outOfMemory ?? false,
      StartedAt: startedAt,
      ...(health === undefined ? {} : { Health: { Status: health, Log: [{ Output: 'refused\n' }] } }),
    },
    Config: { Labels: {} },
    HostConfig: { RestartPolicy: { Name: once ? 'no' : 'unless-stopped' }, Memory: 256 * 2 ** 20 },
  } as unknown as ContainerInspectInfo;
}

const then = { startedAt: 'then', restarts: 3 };

describe('a container that the deployment has made', () => {
  it.each<[string, Facts, string | RegExp]>([
    ['waits for its turn', { status: 'created' }, 'created'],
    ['starts', { status: 'running', health: 'starting' }, 'starting'],
    ['is ready when its health command says so', { status: 'running', health: 'healthy' }, 'ready'],
    ['has ended although it should run', { status: 'exited', exitCode: 137 }, /^ended with exit code 137$/],
    ['is restarted again and again', { status: 'restarting', restarts: 3, exitCode: 1 }, /restarted 3 times/],
    ['may be restarted once by an old session', { status: 'running', restarts: 1, health: 'starting' }, 'starting'],
    ['is unhealthy', { status: 'running', health: 'unhealthy' }, /^is unhealthy: refused$/],
    ['was killed for its memory', { status: 'exited', exitCode: 137, outOfMemory: true }, /limit of 256 MiB/],
    ['is a job at work', { status: 'running', once: true }, 'starting'],
    ['is a job that has done its work', { status: 'exited', once: true }, 'done'],
    ['is a job that failed', { status: 'exited', once: true, exitCode: 2 }, /^ended with exit code 2$/],
  ])('%s', (_, facts, expected) => {
    const judged = judge(container(facts));
    if (typeof expected === 'string') expect(judged).toEqual({ state: expected });
    else expect(judged).toEqual({ state: 'failed', why: expect.stringMatching(expected) });
  });
});

describe('a container that was there before', () => {
  const meanwhile = (facts: Facts) => judge(container({ startedAt: 'then', ...facts }), then);
  const afterwards = (facts: Facts) => judge(container({ startedAt: 'then', ...facts }), then, true);

  it('may end, because the deployment replaces it', () => {
    expect(meanwhile({ status: 'exited', exitCode: 143 })).toEqual({ state: 'stopped' });
  });

  it('may crash on, because the deployment may be what mends it', () => {
    expect(meanwhile({ status: 'running', health: 'unhealthy' })).toEqual({ state: 'starting' });
    expect(meanwhile({ status: 'restarting', restarts: 6, startedAt: 'now' })).toEqual({ state: 'starting' });
  });

  it('fails when it still crashes afterwards', () => {
    expect(afterwards({ status: 'restarting', restarts: 6, startedAt: 'now' })).toMatchObject({ state: 'failed' });
    expect(afterwards({ status: 'exited', exitCode: 1 })).toMatchObject({ state: 'failed' });
  });

  it('is not blamed for the restarts of last week', () => {
    expect(afterwards({ status: 'running', health: 'starting', restarts: 4 })).toEqual({ state: 'starting' });
  });

  it('may be unhealthy for a while after a restart of the machine', () => {
    expect(afterwards({ status: 'running', health: 'unhealthy' })).toEqual({ state: 'starting' });
  });

  it('is no failure of today if it is a job that failed before', () => {
    expect(meanwhile({ status: 'exited', once: true, exitCode: 1 })).toEqual({ state: 'stopped' });
  });
});

describe('a container that was stopped and that this command has started again', () => {
  const again = { startedAt: 'then', restarts: 2, startedAgain: 1 };

  it('does not fail for how it was stopped', () => {
    expect(judge(container({ status: 'exited', exitCode: 143, startedAt: 'then' }), again)).toEqual({
      state: 'stopped',
    });
  });

  it('may be unhealthy for a while on a busy machine', () => {
    expect(judge(container({ status: 'running', health: 'unhealthy' }), again)).toEqual({ state: 'starting' });
  });

  it('is judged like a new one when it ends', () => {
    expect(judge(container({ status: 'running', health: 'starting' }), again)).toEqual({ state: 'starting' });
    expect(judge(container({ status: 'exited', exitCode: 1 }), again)).toMatchObject({ state: 'failed' });
    expect(judge(container({ status: 'restarting', restarts: 3, exitCode: 1 }), again)).toMatchObject({
      state: 'failed',
    });
  });
});
