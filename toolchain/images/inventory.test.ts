import { listed, prunable } from './inventory';

const needed = new Map<string, string[]>([
  ['streaming-platform/base:00000000000a', []],
  ['streaming-platform/kafka:00000000000b', ['streaming-platform/base:00000000000a']],
]);
const image = (Id: string, ...RepoTags: string[]) => ({ Id, RepoTags, Size: 1000 });

const found = listed(needed, {
  images: [
    image('1', 'streaming-platform/base:00000000000a'),
    image('2', 'streaming-platform/kafka:00000000000c'),
    image('3', 'streaming-platform/stream:00000000000d'),
    image('4', 'streaming-platform/carrier:00000000000e'),
    image('5', 'streaming-platform/debian:bookworm-minbase'),
    image('6', 'postgres:15', 'streaming-platform/two-names:00000000000f'),
  ],
  containers: [{ ImageID: '3', Names: ['/other-stream'] }],
});

test('only what nobody needs may go: not what a stopped container of any deployment is made from, not what this checkout needs', () => {
  expect(prunable(found).map(({ reference }) => reference)).toEqual([
    'streaming-platform/kafka:00000000000c',
    'streaming-platform/two-names:00000000000f',
  ]);
});

test('an image of somebody else is not ours, whatever other name it has', () => {
  expect(found.map(({ reference }) => reference)).not.toContain('postgres:15');
});

test('what is missing is listed, with what it will be built on', () => {
  expect(found.find(({ name }) => name === 'kafka')).toEqual({
    name: 'kafka',
    reference: 'streaming-platform/kafka:00000000000b',
    needed: true,
    present: false,
    bytes: null,
    builtOn: ['base'],
    usedBy: [],
  });
});

test('who uses an image is named', () => {
  expect(found.find(({ name }) => name === 'stream')?.usedBy).toEqual(['other-stream']);
});
