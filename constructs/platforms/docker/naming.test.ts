import { goDuration } from './naming';

test.each([
  [5, '5s'],
  [60, '1m0s'],
  [90, '1m30s'],
  [300, '5m0s'],
  [3600, '1h0m0s'],
  [3725, '1h2m5s'],
])('%d seconds are spelled as the engine spells them, so that no plan shows a difference', (seconds, spelled) => {
  expect(goDuration(seconds)).toBe(spelled);
});
