import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  describeSettings,
  loadSettings,
  memoryProfiles,
  originsOfSettings,
  publishedPorts,
  resolveSettings,
  SettingsError,
  type SettingsInput,
} from './settings';

test.each<[string, unknown, RegExp[]]>([
  ['a name with capitals', { name: 'Demo' }, [/"name"/, /"Demo"/, /lower-case letters/]],
  ['an offset between the steps', { portOffset: 50 }, [/"portOffset"/, /50/, /multiple of 100/]],
  [
    'an offset that puts a page on a port that no browser opens',
    { portOffset: 2000 },
    [/"portOffset"/, /2000/, /10080/],
  ],
  ['an offset that leaves the ports', { portOffset: 3200 }, [/"portOffset"/, /3200/, /3100/]],
  ['a profile that is not there', { profile: 'huge' }, [/"profile"/, /"huge"/, /"small"\|"standard"\|"production"/]],
  ['no users', { usersPerRun: 0 }, [/"usersPerRun"/, /is 0/, />=1/]],
  ['text for a number', { usersPerRun: 'many' }, [/"usersPerRun"/, /"many"/, /number/]],
  ['a source that is not there', { userSource: 'file' }, [/"userSource"/, /"file"/, /"live"\|"twin"\|"auto"/]],
  ['too little memory', { memoryMiB: { kafka: 1 } }, [/"memoryMiB\.kafka"/, /is 1/, />=384/]],
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
    { k8s: { namespace: 'My_Space' } },
    [/"k8s\.namespace"/, /"My_Space"/, /DNS label/],
  ],
  ['a path from nowhere', { k8s: { kubeconfig: 'kube.yaml' } }, [/"k8s\.kubeconfig"/, /"kube\.yaml"/, /begins with/]],
  ['a misspelt key of a group', { k8s: { contxt: 'kind' } }, [/unknown key "k8s\.contxt"/, /did you mean "context"/]],
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

test.each([
  ['small', undefined, 1],
  ['production', undefined, 3],
  ['production', 8, 8],
] as const)('profile %s with sparkWorkers %s has %i Spark workers', (profile, sparkWorkers, count) => {
  const { replicas, sparkWorkers: effective } = resolveSettings({ profile, sparkWorkers });
  expect([effective, replicas['spark-worker']]).toEqual([count, count]);
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

  test('a variable changes one setting of a group and leaves the others', () => {
    write('{ "k8s": { "context": "from-file", "storageClass": "fast" } }');
    expect(loadSettings({ STREAMING_K8S_CONTEXT: 'from-environment' }, root).k8s).toEqual({
      context: 'from-environment',
      charts: [],
      kubeconfig: '~/.kube/config',
      namespace: 'streaming',
      requestedCpu: 0.4,
      storageClass: 'fast',
    });
    write('{ "k8s": "kind" }');
    expect(() => loadSettings({ STREAMING_K8S_CONTEXT: 'other' }, root)).toThrow(/"k8s" is "kind"/);
  });

  test.each([
    ['small', undefined, 0.4],
    ['production', undefined, 1],
    ['production', 0.15, 0.15],
  ] as const)('profile %s with requestedCpu %p asks for %d of the processor shares', (profile, requestedCpu, part) => {
    expect(resolveSettings({ profile, k8s: { requestedCpu } }).k8s.requestedCpu).toBe(part);
  });

  test('two deployments on one cluster have a namespace each, and none has a cluster by accident', () => {
    expect(loadSettings({ STREAMING_NAME: 'other' }, root).k8s).toEqual({
      charts: [],
      kubeconfig: '~/.kube/config',
      namespace: 'other',
      requestedCpu: 0.4,
    });
  });

  test.each([
    ['{ "name": ', /settings\.json:1:11: this is no JSON: a value is expected, the file ends too early/],
    ['["name"]', /must hold a JSON object/],
    ['{ "name": "X" }', /settings\.json:1:3: "name" is "X"/],
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

test('every value says where it comes from, or nobody finds what to change', () => {
  const root = mkdtempSync(join(tmpdir(), 'settings-'));
  writeFileSync(
    join(root, 'settings.json'),
    '{\n  "name": "mine",\n  "profile": "standard",\n  "memoryMiB": {\n    "kafka": 2000\n  }\n}\n',
  );
  const { file, origins } = originsOfSettings({ STREAMING_PORT_OFFSET: '300', STREAMING_PROFILE: '' }, root);
  const of = (key: string) => origins.find((origin) => origin.key === key);
  expect(file).toBe(join(root, 'settings.json'));
  expect(of('name')).toEqual({ key: 'name', value: 'mine', from: 'file', where: `${file}:2:3` });
  expect(of('portOffset')).toMatchObject({ value: 300, from: 'environment', where: 'STREAMING_PORT_OFFSET' });
  expect(of('profile')).toMatchObject({ value: 'standard', from: 'file' });
  expect(of('usersPerRun')).toEqual({ key: 'usersPerRun', value: 20, from: 'default' });
  expect(of('subnetRange')).toMatchObject({ value: '10.213.24.0/21', from: 'calculated', where: 'portOffset' });
  expect(of('memoryMiB.kafka')).toMatchObject({ value: 2000, from: 'file', where: `${file}:5:5` });
  expect(of('memoryMiB.stream')).toMatchObject({ value: 2048, from: 'profile', where: 'standard' });
  expect(of('ports.kafka')).toMatchObject({ value: 9392, from: 'calculated' });
  rmSync(root, { recursive: true });
});

describe('whatever the settings are', () => {
  const keys = describeSettings().map(({ key }) => key);
  const services = Object.keys(memoryProfiles.small);
  const value = fc.oneof(
    { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
    fc.integer({ min: 0, max: 35 }).map((n) => n * 100),
    fc.constantFrom('small', 'standard', 'twin', 'vendor', 'a-name', '10.213.0.0/21', 1e400, NaN, -0),
    fc.dictionary(fc.constantFrom(...services, 'nobody'), fc.integer({ min: -1, max: 70_000 })),
  );
  const input = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...keys) }, fc.string()), value, { maxKeys: 4 }),
  );

  test('they are either complete and can be deployed, or refused with the key that is wrong', () => {
    fc.assert(
      fc.property(input, (given) => {
        let settings;
        try {
          settings = resolveSettings(given);
        } catch (error) {
          expect(error).toBeInstanceOf(SettingsError);
          const named = [...(error as Error).message.matchAll(/"([^"]*)"/g)].map(([, key]) => key!);
          const own = Object.keys((given ?? {}) as object);
          expect(named.some((key) => key === '(the file)' || own.some((k) => key.startsWith(k.split('"')[0]!)))).toBe(
            true,
          );
          return;
        }
        const ports = Object.values(settings.ports);
        expect(new Set(ports).size).toBe(Object.keys(publishedPorts).length);
        for (const port of ports) expect(port > 1023 && port < 32768 && port !== 10080).toBe(true);
        expect(Object.keys(settings.memory)).toEqual(services);
        for (const [service, limit] of Object.entries(settings.memory))
          expect(limit).toBeGreaterThanOrEqual(memoryProfiles.small[service as keyof typeof settings.memory] / 2);
        expect(settings.subnetRange).toMatch(/^\d+\.\d+\.\d+\.\d+\/(1[6-9]|2[0-2])$/);
        for (const setting of Object.values(settings)) expect(setting).toBeDefined();
      }),
      { numRuns: 400 },
    );
  });

  const valid: fc.Arbitrary<SettingsInput> = fc.record(
    {
      name: fc.stringMatching(/^[a-z][a-z0-9-]{0,19}$/),
      portOffset: fc.constantFrom(0, 100, 1900, 3100),
      profile: fc.constantFrom('small', 'standard', 'production'),
      sparkWorkers: fc.constantFrom(1, 5),
      usersPerRun: fc.integer({ min: 1, max: 5000 }),
      userSource: fc.constantFrom('live', 'twin', 'auto'),
      memoryMiB: fc.constantFrom({}, { kafka: 1024 }, { cassandra: 4096, stream: 2048 }),
      images: fc.constantFrom({}, { kafka: 'vendor' as const }),
      subnetRange: fc.constantFrom('10.0.0.0/16', '172.20.8.0/21'),
    },
    { requiredKeys: [] },
  );

  test('valid ones come back as they were given, through the file and through the code', () => {
    const root = mkdtempSync(join(tmpdir(), 'settings-'));
    fc.assert(
      fc.property(valid, (given) => {
        expect(resolveSettings(given)).toMatchObject(given);
        writeFileSync(join(root, 'settings.json'), JSON.stringify(given));
        expect(loadSettings({}, root)).toEqual(resolveSettings(given));
      }),
      { numRuns: 100 },
    );
    rmSync(root, { recursive: true });
  });
});
