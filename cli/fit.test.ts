import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import golden from '../test/golden/local.tf.json';
import { memoryProfiles, resolveSettings } from '../stacks/settings';
import { folderNeeds, hostRoutes, memoryVerdict, neededMiB, overlaps, replicaNeeds, stateNeed, wouldUse } from './fit';

describe('memory', () => {
  const { small, standard } = memoryProfiles;

  it('is what was measured, in proportion to the limits', () => {
    expect(Math.round(neededMiB(small))).toBe(3537);
    expect(neededMiB({ ...small, kafka: small.kafka * 2 })).toBeCloseTo(3537 + 348);
    expect(neededMiB(standard)).toBeGreaterThan(neededMiB(small) * 1.5);
  });

  it('that does not suffice names the largest profile that does', () => {
    expect(memoryVerdict(standard, 'standard', 20_000)).toMatchObject({ verdict: 'fits' });
    expect(memoryVerdict(small, 'small', 6000)).toMatchObject({ verdict: 'tight' });
    const { verdict, mend } = memoryVerdict(standard, 'standard', 5000);
    expect([verdict, mend]).toEqual([
      'missing',
      expect.stringMatching(/largest profile that fits is "small" \(4\.0 GiB\)/),
    ]);
    expect(memoryVerdict(small, 'small', 2000).mend).toMatch(/^no profile fits: end other programs/);
  });
});

test('several of a kind are refused before anything is set up: an engine runs one of each', () => {
  expect(replicaNeeds(resolveSettings({ profile: 'standard' }))).toEqual([]);
  expect(replicaNeeds(resolveSettings({ profile: 'production', sparkWorkers: 1 }))).toEqual([
    expect.objectContaining({
      verdict: 'missing',
      needed: '3 of zookeeper, 3 of kafka, 3 of cassandra',
      mend: expect.stringMatching(/"small".*deploy k8s/),
    }),
  ]);
});

test('addresses that overlap are found, of networks and of routes', () => {
  expect(overlaps('10.213.0.0/21', '10.213.7.0/24')).toBe(true);
  expect(overlaps('10.213.0.0/21', '10.213.8.0/21')).toBe(false);
  expect(overlaps('10.0.0.0/8', '10.213.8.0/21')).toBe(true);
  const routes = [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU',
    'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0',
    'tun0\t0000D50A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0',
    'br-12\t0008D50A\t00000000\t0001\t0\t0\t0\tE0FFFFFF\t0',
    '',
  ].join('\n');
  expect(hostRoutes(routes)).toEqual([{ cidr: '10.213.0.0/16', device: 'tun0' }]);
});

test('every name that the stack gives is known, or a foreign object of that name would be found by Terraform only', () => {
  const { docker_container, docker_network, docker_volume } = golden.resource;
  for (const { name } of [docker_container, docker_network, docker_volume].flatMap((all) =>
    Object.values<{ name: string }>(all),
  ))
    expect([name, wouldUse('streaming', name)]).toEqual([name, true]);
  for (const name of [
    'streaming-test-kafka',
    'streaming-own',
    'streamingkafka',
    'other-kafka',
    'streaming-kafka-kafka',
  ])
    expect([name, wouldUse('streaming', name)]).toEqual([name, false]);
});

describe('a state file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'state-'));
  const file = join(folder, 'local.tfstate');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('may be missing', () => expect(stateNeed(file).verdict).toBe('fits'));

  it.each([
    ['cut off', '{ "version": 4, "serial": ', /cut off/],
    ['empty', '', /cut off/],
    ['of another version', '{ "version": 5 }', /format 5/],
    ['something else', '[1]', /no state/],
    ['null', 'null', /no state/],
  ])('that is %s is found before Terraform starts', (_, content, found) => {
    writeFileSync(file, content);
    expect(stateNeed(file)).toMatchObject({ verdict: 'missing', found: expect.stringMatching(found) });
    expect(stateNeed(file).mend).toContain(`mv ${file} ${file}.broken`);
    writeFileSync(`${file}.backup`, '{ "version": 4 }');
    expect(stateNeed(file).mend).toContain(`mv ${file}.backup ${file}`);
    rmSync(`${file}.backup`);
  });

  it('that a killed run has left cut off stops nobody: the next run mends it', () => {
    writeFileSync(file, '');
    writeFileSync(`${file}.run`, '{}');
    expect(stateNeed(file).verdict).toBe('fits');
    rmSync(`${file}.run`);
  });

  it('that is whole is left to Terraform', () => {
    writeFileSync(file, '{ "version": 4 }');
    expect(stateNeed(file).verdict).toBe('fits');
  });
});

test('a folder that cannot be made is found, with its nearest one that is there', () => {
  const [own, cache] = folderNeeds('/proc/nobody/can/write', join(tmpdir(), 'some', 'cache'));
  expect(own).toMatchObject({ verdict: 'missing', found: expect.stringContaining('/proc') });
  expect(cache).toMatchObject({ verdict: 'fits' });
});
