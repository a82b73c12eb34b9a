import { execFileSync } from 'node:child_process';
import { RootConstruct } from 'constructs';
import { Recorder } from '../../test/recorder';
import { anEndpoint } from '../../test/workload';
import { renderText, type Self } from '../workload';
import { DATA_FOLDER, serverProperties, startMember } from './config';
import { Kafka, type KafkaProps } from './kafka';

function deploy(props: Partial<KafkaProps> = {}) {
  const platform = new Recorder();
  const zookeeper = { client: anEndpoint('zookeeper', 2181), connect: 'zookeeper:2181' };
  const kafka = new Kafka(new RootConstruct(), 'Kafka', { platform, zookeeper, memoryMiB: 768, ...props });
  return { kafka, workload: platform.named('kafka') };
}

test('by default: our image, half of the memory as heap, data on a volume, nothing published', () => {
  const { kafka, workload } = deploy();
  expect(kafka.connection).toEqual({
    bootstrap: expect.objectContaining({ address: 'kafka:29092' }),
    protocol: 'PLAINTEXT',
    replicationFactor: 1,
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

describe('several brokers', () => {
  test('are started as one of them each, and reach each other', () => {
    const { kafka, workload } = deploy({ replicas: 3, publish: 9192 });
    expect(workload).toMatchObject({ replicas: 3, joins: [{ mesh: 'kafka-brokers' }] });
    expect(kafka.connection.replicationFactor).toBe(3);
  });

  test.each([
    [0, 'kafka-0.kafka', 'INTERNAL://kafka-0.kafka:29092,EXTERNAL://localhost:9192'],
    [2, 'kafka-2.kafka', 'INTERNAL://kafka-2.kafka:29092,EXTERNAL://localhost:9194'],
  ])('broker %i has an id, a name and a port of its own', (index, host, listeners) => {
    const { command } = deploy({ replicas: 3, publish: 9192 }).workload;
    const where = (fact: Self) => ({ host, index: String(index), published: 'localhost:9192', url: '' })[fact.self];
    const [bash, ...args] = command.map((part) => renderText(part, where));
    expect(args[1]).toBe(startMember);
    args[1] = startMember.replace('exec kafka-server-start', 'printf "%s\\n"');
    const said = execFileSync(bash!, args, { encoding: 'utf8' }).trim().split('\n');
    expect(said).toEqual([
      '/run/config/server.properties',
      ...['--override', `broker.id=${index}`],
      ...['--override', `advertised.listeners=${listeners}`],
    ]);
  });

  test.each([
    [2, 2, 1],
    [3, 3, 2],
    [5, 3, 2],
  ])('%i of them keep %i copies, and acknowledge a record when %i have it', (brokers, copies, written) => {
    const lines = serverProperties('zookeeper:2181', brokers).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        `default.replication.factor=${copies}`,
        `offsets.topic.replication.factor=${copies}`,
        `transaction.state.log.replication.factor=${copies}`,
        `transaction.state.log.min.isr=${written}`,
        `min.insync.replicas=${written}`,
        'unclean.leader.election.enable=false',
      ]),
    );
    expect(lines.filter((line) => line.startsWith('broker.id'))).toEqual([]);
  });
});
