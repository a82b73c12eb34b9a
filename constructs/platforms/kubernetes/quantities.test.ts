import { cores, mebibytes, quantity } from './quantities';

test.each([
  [cores(0.1), '100m'],
  [cores(0.25), '250m'],
  [cores(1), '1'],
  [cores(1.5), '1500m'],
  [mebibytes(64), '64Mi'],
  [mebibytes(1024), '1Gi'],
  [mebibytes(1536), '1536Mi'],
  [mebibytes(8 * 1024), '8Gi'],
])('%s is spelled as the API server spells it, so that no plan shows a difference', (spelled, expected) => {
  expect(spelled).toBe(expected);
});

test.each([
  ['1500m', 1.5],
  ['2', 2],
  ['24552684Ki', 24552684 * 1024],
  ['8Gi', 8 * 2 ** 30],
  ['100M', 1e8],
])('%s is read as the cluster means it', (text, amount) => {
  expect(quantity(text)).toBeCloseTo(amount);
});
