import { absoluteTime, byteSize, count, duration, hexDump, isoTime, relativeTime, settingMeaning } from './format';

test('numbers are grouped, also those beyond a double', () => {
  expect(count(1_234_567)).toBe('1,234,567');
  expect(count(9_007_199_254_740_993n)).toBe('9,007,199,254,740,993');
});

test('sizes and durations read as a person says them', () => {
  expect([byteSize(1), byteSize(1536), byteSize(5 * 1024 ** 3)]).toEqual(['1 byte', '1.5 KiB', '5 GiB']);
  expect([duration(604_800_000), duration(90_000), duration(5)]).toEqual(['7 days', '1.5 minutes', '5 ms']);
});

test('a time says how long ago, and exactly when', () => {
  const then = Date.UTC(2026, 10, 23, 14, 0, 0);
  expect(relativeTime(then, then + 61_000)).toBe('1 minute ago');
  expect(relativeTime(then, then)).toBe('just now');
  expect(relativeTime(then + 7_200_000, then)).toBe('in 2 hours');
  expect(absoluteTime(then)).toBe('2026-11-23 14:00:00.000 UTC');
});

test('a producer that writes nonsense as time does not break the page', () => {
  for (const time of [-1, Number.NaN, Number.MAX_VALUE, 9e15]) expect(isoTime(time)).toBeUndefined();
  expect(absoluteTime(-1)).toBe('no time');
});

test('settings are explained where the number alone is hard to read', () => {
  expect(settingMeaning('retention.ms', '604800000')).toBe('7 days');
  expect(settingMeaning('retention.bytes', '-1')).toBe('no limit');
  expect(settingMeaning('flush.ms', '9223372036854775807')).toBe('never');
  expect(settingMeaning('max.message.bytes', '1048588')).toBe('1 MiB');
  expect(settingMeaning('cleanup.policy', 'compact')).toBeUndefined();
  expect(settingMeaning('local.retention.ms', '-2')).toBeUndefined();
});

test('bytes are laid out sixteen a line beside their text', () => {
  expect(hexDump('48656c6c6f00ff')).toBe('0000  48 65 6c 6c 6f 00 ff                             |Hello..|');
  expect(hexDump('00'.repeat(17)).split('\n')).toHaveLength(2);
});
