import { normalised, plain, withDefaults } from './live/support/output-text';

/** What keeps the documents true: two runs of one command must look alike, two different answers must not. */
describe('documented output', () => {
  it.each([
    ['numbers and percentages', '14 services, 3 % used', '9 services, 61 % used'],
    ['times', 'set-up 0.2 s, deploy 1 min 12 s', 'set-up 14 s, deploy 59 s'],
    ['sizes', 'kafka  301.5 MiB of 768 MiB', 'kafka  1.1 GiB of 768 MiB'],
    ['moments', '2026-11-23T17:35:07.123Z ready at 17:35:07', '2027-01-02 03:04:05+00:00 ready at 03:04'],
    ['ids', 'run 6f1d0a5e-3c0b-5a6e-9c1e-2f6f7d5b8a41', 'run 00000000-3c0b-5a6e-9c1e-2f6f7d5b8a42'],
    [
      'runs',
      'run manual__2026-11-23T14:00:00.123456+00:00_abCd1234',
      'run manual__2026-11-24T01:10:20.1+00:00_ZZZZ9999',
    ],
    ['hashes', 'base:e55ca5e11f49', 'base:c66384564479'],
    ['versions', 'Docker 20.10.24', 'Docker 27.1'],
    ['columns', 'kafka   healthy\n\nspark  healthy ', 'kafka healthy\nspark    healthy'],
    ['bars', 'kafka  1.0  2.0   ---===   +', 'kafka  1.0  2.0  -=='],
  ])('may differ in its %s', (_what, one, other) => expect(normalised(one)).toBe(normalised(other)));

  it.each([
    ['a word', 'kafka healthy', 'kafka unhealthy'],
    ['a line more', 'kafka\ncassandra', 'kafka'],
    ['the order', 'kafka\ncassandra', 'cassandra\nkafka'],
    ['a number that is missing', 'restarts 3', 'restarts'],
    ['the kind of unit', '3 s', '3 MiB'],
    ['a name with a number in it', 'sha256 x86-64', 'sha1 x86-64'],
    ['an option', 'npm run down -- --yes', 'npm run down'],
  ])('may not differ in %s', (_what, one, other) => expect(normalised(one)).not.toBe(normalised(other)));

  it('is read as it stands on the screen in the end', () => {
    expect(plain('\n\x1b[1mfirst\x1b[0m\r\n10 %\r20 %\n')).toBe('first\n20 %\n');
  });

  it('shows the name and the ports of a default deployment, with its columns in place', () => {
    const mine = { name: 'streaming-test', portOffset: 2400 };
    const say = (line: string) => withDefaults(line, mine);
    expect(say('│ streaming-test-kafka │ x │')).toBe('│ streaming-kafka      │ x │');
    expect(say('streaming-test-kafka  localhost:11492  up')).toBe('streaming-kafka       localhost:9092   up');
    expect(say('see http://localhost:11421.')).toBe('see http://localhost:9021.');
    expect(withDefaults('rev-kafka        up', { name: 'rev', portOffset: 0 })).toBe('streaming-kafka  up');
  });
});
