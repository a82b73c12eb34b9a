import { serviceLines } from './progress';
import type { Timeline } from './watch';

describe('the list of services', () => {
  const kafka: Timeline = {
    workload: 'kafka',
    id: '1',
    once: false,
    kept: false,
    restarts: 0,
    memoryMiB: 1,
    judgement: { state: 'starting' },
    createdAt: 0,
  };

  it('shows how long a service has been starting, and how long it took', () => {
    const lines = serviceLines(
      [kafka, { ...kafka, workload: 'zookeeper', judgement: { state: 'ready' }, readyAt: 4200 }],
      12_000,
    );
    expect(lines).toEqual([
      expect.stringMatching(/kafka {6}is starting {2}12 s$/),
      expect.stringMatching(/zookeeper {2}is healthy after 4\.2 s$/),
    ]);
  });
});
