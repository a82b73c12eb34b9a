import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RootConstruct } from 'constructs';
import { Recorder } from '../../test/recorder';
import { DATA_FOLDER, startMember, zookeeperProperties } from './config';
import { Zookeeper, type ZookeeperProps } from './zookeeper';

function deploy(props: Partial<ZookeeperProps> = {}) {
  const platform = new Recorder();
  const zookeeper = new Zookeeper(new RootConstruct(), 'Zookeeper', { platform, memoryMiB: 256, ...props });
  return { zookeeper, workload: platform.named('zookeeper') };
}

test('by default: our image, half of the memory as heap, data on a volume, nothing published', () => {
  const { zookeeper, workload } = deploy();
  expect(zookeeper.client.address).toBe('zookeeper:2181');
  expect(workload).toMatchObject({
    image: { kind: 'service', name: 'zookeeper' },
    env: { KAFKA_HEAP_OPTS: '-Xmx128m' },
    ports: { client: { number: 2181 } },
    volumes: { data: { path: DATA_FOLDER, storageGiB: 1 } },
    memoryMiB: 256,
  });
});

test('memory, storage and image can be chosen', () => {
  expect(deploy({ memoryMiB: 512, storageGiB: 4, image: 'vendor' }).workload).toMatchObject({
    image: { kind: 'vendor', reference: expect.stringContaining('cp-zookeeper') },
    env: { KAFKA_HEAP_OPTS: '-Xmx256m' },
    volumes: { data: { storageGiB: 4 } },
    memoryMiB: 512,
  });
});

test.each([
  ['the disk does not fill up with old snapshots', 'autopurge.purgeInterval=24'],
  ['the admin server, which asks nobody for a password, is off', 'admin.enableServer=false'],
  ['the health check gets its answer', '4lw.commands.whitelist=ruok,srvr'],
  ['the data is where the volume is', `dataDir=${DATA_FOLDER}`],
])('%s', (_, line) => {
  expect(zookeeperProperties().split('\n')).toContain(line);
});

describe('a quorum', () => {
  test('is started as one of the servers each, who reach each other', () => {
    const { zookeeper, workload } = deploy({ replicas: 3 });
    expect(zookeeper.connect).toBe('zookeeper-0.zookeeper:2181,zookeeper-1.zookeeper:2181,zookeeper-2.zookeeper:2181');
    expect(workload).toMatchObject({
      replicas: 3,
      command: ['bash', '-c', startMember, { parts: [{ self: 'index' }] }],
      ports: { client: { number: 2181 }, quorum: { number: 2888 }, election: { number: 3888 } },
      joins: [{ mesh: 'zookeeper-quorum' }],
    });
  });

  test.each([
    [3, ['zookeeper-0.zookeeper', 'zookeeper-1.zookeeper', 'zookeeper-2.zookeeper']],
    [5, [0, 1, 2, 3, 4].map((i) => `zookeeper-${i}.zookeeper`)],
  ] as const)('every one of %i servers knows all of them, by ids from 1', (replicas, hosts) => {
    const lines = deploy({ replicas }).workload.config!['zookeeper.properties']!.split('\n');
    expect(lines.filter((line) => line.startsWith('server.'))).toEqual(
      hosts.map((host, i) => `server.${i + 1}=${host}:2888:3888`),
    );
    expect(lines).toEqual(expect.arrayContaining(['initLimit=10', 'syncLimit=5', 'quorumListenOnAllIPs=true']));
  });

  test('the third server writes 3 where ZooKeeper looks for its id', () => {
    const folder = mkdtempSync(join(tmpdir(), 'zookeeper-'));
    const script = startMember.replace(DATA_FOLDER, folder).replace('exec zookeeper-server-start', 'true');
    execFileSync('bash', ['-c', script, '2']);
    expect(readFileSync(join(folder, 'myid'), 'utf8')).toBe('3\n');
    rmSync(folder, { recursive: true });
  });

  test('a single server has nobody to find', () => {
    expect(zookeeperProperties()).not.toMatch(/^server\.|Limit/m);
    expect(deploy().workload.joins).toBeUndefined();
  });
});
