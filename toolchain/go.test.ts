import { isNewEnough } from './go';

test('an old Go is not used, or the build would fail after minutes', () => {
  expect(isNewEnough('go version go1.26.8 linux/amd64')).toBe(true);
  expect(isNewEnough('go version go1.27 linux/amd64')).toBe(true);
  expect(isNewEnough('go version go1.25.5 linux/amd64')).toBe(false);
  expect(isNewEnough('go version go1.9 linux/amd64')).toBe(false);
  expect(isNewEnough('gccgo 12')).toBe(false);
});
