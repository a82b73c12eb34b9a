import { formatter, momentOf, patternOf } from './format';
import { comparable, Frames, type LogLine } from './frames';
import { last, merge, Reorder } from './merge';
import { sinceOf } from './docker';

function frame(text: string, stream = 1): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

describe('what the engine sends', () => {
  it('becomes lines, wherever the network cuts it', () => {
    const bytes = Buffer.concat([frame('2026-01-01T00:00:01.5Z one\n'), frame('2026-01-01T00:00:02.5Z zwei: ü\n', 2)]);
    const frames = new Frames('kafka');
    const lines = [...bytes].flatMap((byte) => frames.push(Buffer.from([byte])));
    expect(lines).toEqual([
      { service: 'kafka', time: '2026-01-01T00:00:01.500000000Z', text: 'one' },
      { service: 'kafka', time: '2026-01-01T00:00:02.500000000Z', text: 'zwei: ü' },
    ]);
  });

  it('joins the pieces of a long line, each of which has a time of its own', () => {
    const frames = new Frames('stream');
    const lines = [frame('2026-01-01T00:00:01.1Z abc'), frame('2026-01-01T00:00:01.2Z def\n')].flatMap((f) =>
      frames.push(f),
    );
    expect(lines.map(({ text }) => text)).toEqual(['abcdef']);
  });

  it('keeps empty lines and carriage returns in their place', () => {
    expect(new Frames('a').push(frame('2026-01-01T00:00:01.1Z \r\n')).map(({ text }) => text)).toEqual(['']);
  });
});

const line = (service: string, second: string): LogLine => ({
  service,
  time: comparable(`2026-01-01T00:00:${second}Z`),
  text: second,
});

async function* from(lines: LogLine[]): AsyncGenerator<LogLine> {
  yield* lines;
}

it('logs are merged by time, and a service without a word does not stop the others', async () => {
  const merged: string[] = [];
  const sources = [from([line('a', '01'), line('a', '04.1')]), from([]), from([line('b', '02'), line('b', '04.05')])];
  for await (const one of merge(sources)) merged.push(one.text);
  expect(merged).toEqual(['01', '02', '04.05', '04.1']);
});

it('the last lines are the last of all services together', async () => {
  const many = Array.from({ length: 5000 }, (_, n) => line('a', `${10 + (n % 10)}.${n}`));
  expect((await last(from(many), 2)).map(({ text }) => text)).toEqual(many.slice(-2).map(({ text }) => text));
  expect(await last(from(many), 0)).toEqual([]);
});

it('a line that comes a little late still gets to its place', () => {
  const reorder = new Reorder(100);
  reorder.add(line('a', '02'), 0);
  reorder.add(line('b', '01'), 50);
  expect(reorder.take(90)).toEqual([]);
  expect(reorder.take(100).map(({ text }) => text)).toEqual(['01', '02']);
  expect(reorder.take(1000)).toEqual([]);
});

it('following goes on exactly where the engine stopped, to the nanosecond', () => {
  expect(sinceOf('2026-01-01T00:00:01.000000123Z')).toBe('1767225601.000000123');
});

test.each([
  ['90s', 910_000],
  ['2m', 880_000],
  ['1970-01-01T00:00:05Z', 5000],
  ['yesterday', undefined],
  ['-5m', undefined],
])('--since %s', (text, expected) => {
  expect(momentOf(text, 1_000_000)).toBe(expected);
});

it('a pattern counts capitals only where it has some', () => {
  expect(patternOf('error')!.test('ERROR')).toBe(true);
  expect(patternOf('Error')!.test('ERROR')).toBe(false);
  expect(patternOf('\\Serror')!.test('xERROR')).toBe(true);
  expect(patternOf('(')).toBeUndefined();
});

it('names have one width, and the date is shown only where it is not today', () => {
  const format = formatter(['kafka', 'zookeeper'], undefined, '2026-01-01');
  expect(format({ ...line('kafka', '01.123456789'), text: 'up' })).toBe('00:00:01.123 kafka     | up');
  expect(formatter(['a'], undefined, '2026-01-02')(line('a', '01'))).toMatch(/^2026-01-01 00:00:01\.000 a \| /);
});
