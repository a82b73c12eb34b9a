import { ExecutorWatchdog, Watchdog } from './watchdog';

const observe = (watchdog: Watchdog, seconds: number, lag: number | undefined, position: string | undefined) =>
  watchdog.observe({ now: seconds * 1000, submittedAt: 0, lag, position });

describe('Watchdog', () => {
  it('notices a query that is active for ever and stores nothing', () => {
    const watchdog = new Watchdog();
    observe(watchdog, 0, 5, 'a');
    observe(watchdog, 1, 5, 'a');
    expect(observe(watchdog, 30, 5, 'a')).toBeUndefined();
    expect(observe(watchdog, 32, 7, 'a')).toBe('7 records wait and no batch was finished for 32 s');
  });

  it('leaves an idle query alone, and does not count the idle time when records come', () => {
    const watchdog = new Watchdog();
    observe(watchdog, 0, 0, 'a');
    expect(observe(watchdog, 600, 0, 'a')).toBeUndefined();
    expect(observe(watchdog, 601, 3, 'a')).toBeUndefined();
    expect(observe(watchdog, 620, 3, 'a')).toBeUndefined();
    expect(observe(watchdog, 640, 3, 'a')).toBeDefined();
  });

  it('leaves a query alone that works through a backlog', () => {
    const watchdog = new Watchdog();
    for (let second = 0; second < 300; second += 10) {
      expect(observe(watchdog, second, 100_000, `batch ${second}`)).toBeUndefined();
    }
  });

  it('gives the first batch the time of a cold start, but not for ever', () => {
    const watchdog = new Watchdog();
    observe(watchdog, 0, 5, undefined);
    expect(observe(watchdog, 110, 5, undefined)).toBeUndefined();
    expect(observe(watchdog, 125, 5, undefined)).toBeDefined();
  });

  it('lets a query wait for Cassandra and then gives it the time to go on', () => {
    const watchdog = new Watchdog();
    observe(watchdog, 0, 5, 'a');
    observe(watchdog, 1, 5, 'a');
    expect(observe(watchdog, 40, 5, 'a')).toBeDefined();
    watchdog.excuse(40_000);
    expect(observe(watchdog, 60, 5, 'a')).toBeUndefined();
    expect(observe(watchdog, 71, 5, 'a')).toBeDefined();
  });

  it('blames nobody while Kafka does not answer', () => {
    const watchdog = new Watchdog();
    observe(watchdog, 0, 5, 'a');
    expect(observe(watchdog, 100, undefined, 'a')).toBeUndefined();
    expect(observe(watchdog, 101, 5, 'a')).toBeUndefined();
  });
});

describe('ExecutorWatchdog', () => {
  it('notices a driver that its master has forgotten, and no driver whose page does not answer', () => {
    const watchdog = new ExecutorWatchdog();
    expect(watchdog.observe(0, 0)).toBeUndefined();
    expect(watchdog.observe(30_000, undefined)).toBeUndefined();
    expect(watchdog.observe(31_000, 0)).toBeUndefined();
    expect(watchdog.observe(80_000, 0)).toBe('no executor for 49 s');
    expect(watchdog.observe(81_000, 1)).toBeUndefined();
  });
});
