import { isAtLeast, isNewEnough } from './go';

test('an old Go is not used, or the build would fail after minutes', () => {
  expect(isNewEnough('go version go1.26.8 linux/amd64', '1.26.6')).toBe(true);
  expect(isNewEnough('go version go1.27 linux/amd64', '1.26.6')).toBe(true);
  expect(isNewEnough('go version go1.26.5 linux/amd64', '1.26.6')).toBe(false);
  expect(isNewEnough('go version go1.9 linux/amd64', '1.26')).toBe(false);
  expect(isNewEnough('gccgo 12', '1.26')).toBe(false);
});

test('versions are compared as numbers, or 1.10 would be older than 1.5', () => {
  expect(isAtLeast('1.10.0', '1.5')).toBe(true);
  expect(isAtLeast('1.5', '1.5.0')).toBe(true);
  expect(isAtLeast('2.0.0', '1.12.6')).toBe(true);
  expect(isAtLeast('1.4.9', '1.5')).toBe(false);
});
