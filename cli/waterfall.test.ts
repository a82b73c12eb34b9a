import type { Timeline } from './watch';
import { waterfall } from './waterfall';

const base = 1_700_000_000_000;
const service = (workload: string, times: Partial<Timeline>): Timeline => ({
  workload,
  id: workload,
  once: false,
  kept: false,
  restarts: 0,
  memoryMiB: 256,
  judgement: { state: 'ready' },
  createdAt: base,
  ...times,
});

describe('the start-up waterfall', () => {
  const { head, rows, kept } = waterfall(
    [
      service('zookeeper', { listeningAt: base + 2000, readyAt: base + 5000, usedAt: base + 7500 }),
      service('init', { once: true, judgement: { state: 'done' }, createdAt: base + 5000, readyAt: base + 10_000 }),
      service('stuck', { judgement: { state: 'starting' }, createdAt: base + 9000 }),
      service('postgres', { kept: true, createdAt: base - 100_000 }),
    ],
    base,
  );

  it('shows when each service was created, listened, was healthy and was first used', () => {
    expect(rows[0]!.slice(0, 6)).toEqual(['zookeeper', '0.0', '2.0', '5.0', '7.5', '5.0 s']);
  });

  it('draws all services on the same scale, so that the critical path is seen', () => {
    expect(rows.map((row) => row[6])).toEqual([
      '--------=============         +',
      '                    ====================',
      '                                    ----',
    ]);
    expect(head[6]).toHaveLength(40);
    expect(head[6]).toMatch(/^0 s +10 s$/);
  });

  it('does not claim a time that was not seen', () => {
    expect(rows[2]!.slice(1, 6)).toEqual(['9.0', '-', '-', '-', '-']);
  });

  it('leaves out what the deployment did not touch, and names it', () => {
    expect(rows).toHaveLength(3);
    expect(kept).toEqual(['postgres']);
  });
});
