import { RootConstruct } from 'constructs';
import { Recorder } from '../../test/recorder';
import { DATA_FOLDER, zookeeperProperties } from './config';
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
