import { RootConstruct } from 'constructs';
import { Recorder } from '../../test/recorder';
import { anEndpoint } from '../../test/workload';
import { renderText, type Self } from '../workload';
import { DATA_FOLDER, serverProperties } from './config';
import { Kafka, type KafkaProps } from './kafka';

function deploy(props: Partial<KafkaProps> = {}) {
  const platform = new Recorder();
  const zookeeper = { client: anEndpoint('zookeeper', 2181) };
  const kafka = new Kafka(new RootConstruct(), 'Kafka', { platform, zookeeper, memoryMiB: 768, ...props });
  return { kafka, workload: platform.named('kafka') };
}

test('by default: our image, half of the memory as heap, data on a volume, nothing published', () => {
  const { kafka, workload } = deploy();
  expect(kafka.connection).toEqual({
    bootstrap: expect.objectContaining({ address: 'kafka:29092' }),
    protocol: 'PLAINTEXT',
  });
  expect(workload).toMatchObject({
    image: { kind: 'service', name: 'kafka' },
    env: { KAFKA_HEAP_OPTS: '-Xmx384m' },
    ports: { internal: { number: 29092 }, external: { number: 9092 } },
    volumes: { data: { path: DATA_FOLDER, storageGiB: 8 } },
    uses: [expect.objectContaining({ workload: 'zookeeper' })],
  });
  expect(workload.ports!['external']!.publish).toBeUndefined();
});

test('memory, storage, port and image can be chosen', () => {
  expect(deploy({ memoryMiB: 2048, storageGiB: 100, publish: 9192, image: 'vendor' }).workload).toMatchObject({
    image: { kind: 'vendor', reference: expect.stringContaining('cp-kafka') },
    env: { KAFKA_HEAP_OPTS: '-Xmx1024m' },
    ports: { external: { number: 9092, publish: 9192 } },
    volumes: { data: { storageGiB: 100 } },
  });
});

test('each client is sent to the address that it can reach', () => {
  const where = (fact: Self) => (fact.self === 'host' ? 'kafka' : 'localhost:9192');
  const command = deploy()
    .workload.command.map((part) => renderText(part, where))
    .join(' ');
  expect(command).toContain('advertised.listeners=INTERNAL://kafka:29092,EXTERNAL://localhost:9192');
});

test.each([
  ['a misspelt topic is an error', 'auto.create.topics.enable=false'],
  ['a killed broker is back before its old session ends', 'zookeeper.session.timeout.ms=6000'],
  ['consumer groups work with one broker', 'offsets.topic.replication.factor=1'],
  ['transactions work with one broker', 'transaction.state.log.min.isr=1'],
  ['the log is where the volume is', `log.dirs=${DATA_FOLDER}`],
  ['the quorum is the one that was given', 'zookeeper.connect=zookeeper:2181'],
])('%s', (_, line) => {
  expect(serverProperties('zookeeper:2181').split('\n')).toContain(line);
});
