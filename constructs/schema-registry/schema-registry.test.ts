import { RootConstruct } from 'constructs';
import { Recorder } from '../../test/recorder';
import { anEndpoint } from '../../test/workload';
import { schemaRegistryProperties } from './config';
import { SchemaRegistry, type SchemaRegistryProps } from './schema-registry';

const kafka = {
  connection: { bootstrap: anEndpoint('kafka', 29092), protocol: 'PLAINTEXT' as const, replicationFactor: 1 },
};

function deploy(props: Partial<SchemaRegistryProps> = {}) {
  const platform = new Recorder();
  const registry = new SchemaRegistry(new RootConstruct(), 'SchemaRegistry', {
    platform,
    kafka,
    memoryMiB: 600,
    ...props,
  });
  return { registry, workload: platform.named('schema-registry') };
}

test('by default: our image, keeps its schemas in Kafka and nothing of its own', () => {
  const { registry, workload } = deploy();
  expect(registry.url).toBe('http://schema-registry:8081');
  expect(workload).toMatchObject({
    image: { kind: 'service', name: 'schema-registry' },
    ports: { http: { number: 8081 } },
    uses: [kafka.connection.bootstrap],
  });
  expect(workload.env!['SCHEMA_REGISTRY_HEAP_OPTS']).toContain('-Xmx360m');
  expect(workload.volumes).toBeUndefined();
});

test('memory, port and image can be chosen', () => {
  const { workload } = deploy({ memoryMiB: 1000, publish: 8181, image: 'vendor' });
  expect(workload).toMatchObject({
    image: { kind: 'vendor', reference: expect.stringContaining('cp-schema-registry') },
    ports: { http: { number: 8081, publish: 8181 } },
  });
  expect(workload.env!['SCHEMA_REGISTRY_HEAP_OPTS']).toContain('-Xmx600m');
});

test.each([
  ['an incompatible schema is refused', 'schema.compatibility.level=backward'],
  ['schemas are kept in Kafka', 'kafkastore.bootstrap.servers=PLAINTEXT://kafka:29092'],
  ['they are kept with one broker', 'kafkastore.topic.replication.factor=1'],
  ['other containers reach it', 'listeners=http://0.0.0.0:8081'],
])('%s', (_, line) => {
  expect(
    schemaRegistryProperties({ address: 'kafka:29092', protocol: 'PLAINTEXT', replicationFactor: 1 }).split('\n'),
  ).toContain(line);
});
