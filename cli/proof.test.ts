import { latencyOf } from './proof';

describe('latency', () => {
  const row = (milliseconds: number) => ({ values: {}, producedAt: 1000, readAt: 1000 + milliseconds });

  it('is the time that half of the rows needed, and that of the slowest', () => {
    expect(latencyOf([row(900), row(100), row(300), row(200)])).toEqual({ p50: 200, max: 900 });
  });
});
