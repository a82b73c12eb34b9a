import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeSettings, loadSettings, memoryProfiles, publishedPorts, resolveSettings } from './settings';

test.each<[string, unknown, RegExp[]]>([
  ['a name with capitals', { name: 'Demo' }, [/"name"/, /"Demo"/, /lower-case letters/]],
  ['an offset between the steps', { portOffset: 50 }, [/"portOffset"/, /50/, /multiple of 100/]],
  [
    'an offset that puts a page on a port that no browser opens',
    { portOffset: 2000 },
    [/"portOffset"/, /2000/, /10080/],
  ],
  ['an offset that leaves the ports', { portOffset: 3200 }, [/"portOffset"/, /3200/, /3100/]],
  ['a profile that is not there', { profile: 'huge' }, [/"profile"/, /"huge"/, /"small"\|"standard"/]],
  ['no users', { usersPerRun: 0 }, [/"usersPerRun"/, /is 0/, />=1/]],
  ['text for a number', { usersPerRun: 'many' }, [/"usersPerRun"/, /"many"/, /number/]],
  ['a source that is not there', { userSource: 'file' }, [/"userSource"/, /"file"/, /"live"\|"twin"\|"auto"/]],
  ['too little memory', { memoryMiB: { kafka: 1 } }, [/"memoryMiB\.kafka"/, /is 1/, />=64/]],
  ['memory for nobody', { memoryMiB: { kafak: 512 } }, [/kafak/, /allowed: zookeeper, kafka/]],
  [
    'an image choice that is not there',
    { images: { kafka: 'theirs' } },
    [/"images\.kafka"/, /"theirs"/, /"ours"\|"vendor"/],
  ],
  [
    'an image for a service without a vendor’s',
    { images: { spark: 'vendor' } },
    [/spark/, /allowed: zookeeper, kafka/],
  ],
  [
    'a range that is too small',
    { subnetRange: '10.0.0.0/24' },
    [/"subnetRange"/, /10\.0\.0\.0\/24/, /between \/16 and \/22/],
  ],
  [
    'a namespace that a cluster refuses',
    { kubernetesNamespace: 'My_Space' },
    [/"kubernetesNamespace"/, /"My_Space"/, /DNS label/],
  ],
  ['a misspelt key', { portOfset: 100 }, [/"portOfset"/, /allowed: name, portOffset/]],
])('defect 15: %s is refused with key, value and what is allowed', (_, input, patterns) => {
  for (const pattern of patterns) expect(() => resolveSettings(input, 'settings.json')).toThrow(pattern);
  expect(() => resolveSettings(input, 'settings.json')).toThrow(/^settings\.json: /);
});

test('all mistakes are shown at once', () => {
  expect(() => resolveSettings({ profile: 'huge', usersPerRun: 0 })).toThrow(/profile[\s\S]*usersPerRun/);
});

test('deployments with different offsets never ask for the same port or the same addresses', () => {
  // All but the one that no browser could use.
  const offsets = Array.from({ length: 32 }, (_, i) => i * 100).filter((offset) => offset !== 2000);
  const all = offsets.map((portOffset) => resolveSettings({ portOffset }));
  const ports = all.flatMap((s) => Object.values(s.ports));
  expect(new Set(ports).size).toBe(offsets.length * Object.keys(publishedPorts).length);
  expect(new Set(all.map((s) => s.subnetRange)).size).toBe(offsets.length);
  expect(Math.max(...ports)).toBeLessThan(32768);
});

test('a profile is the start, memory per service wins', () => {
  const { memory } = resolveSettings({ profile: 'standard', memoryMiB: { kafka: 2048 } });
  expect(memory).toEqual({ ...memoryProfiles.standard, kafka: 2048 });
});

describe('where settings come from', () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'settings-'))));
  afterEach(() => rmSync(root, { recursive: true }));
  const write = (text: string) => writeFileSync(join(root, 'settings.json'), text);

  test('nothing need be set', () => {
    expect(loadSettings({}, root)).toEqual(resolveSettings({}));
  });

  test('the environment wins over the file', () => {
    write('{ "name": "from-file", "portOffset": 100 }');
    expect(loadSettings({ STREAMING_NAME: 'from-environment' }, root)).toMatchObject({
      name: 'from-environment',
      portOffset: 100,
    });
    expect(loadSettings({ STREAMING_PORT_OFFSET: '200' }, root).portOffset).toBe(200);
  });

  test.each([
    ['{ "name": ', /cannot be read as JSON/],
    ['["name"]', /must hold a JSON object/],
    ['{ "name": "X" }', /settings\.json: "name" is "X"/],
  ])('a file with %s is named', (text, message) => {
    write(text);
    expect(() => loadSettings({}, root)).toThrow(message);
  });

  test('a file that was asked for must be there', () => {
    expect(() => loadSettings({ STREAMING_SETTINGS: join(root, 'other.json') }, root)).toThrow(/other\.json/);
  });
});

test('every setting is described, for the README’s table', () => {
  for (const setting of describeSettings())
    expect([setting.key, setting.description.length > 20]).toEqual([setting.key, true]);
});
