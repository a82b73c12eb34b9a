import { cores, mebibytes } from './quantities';

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
