import { RootConstruct } from 'constructs';
import { Recorder } from '../../test/recorder';
import { anEndpoint } from '../../test/workload';
import { controlCenterProperties } from './config';
import { ControlCenter, type ControlCenterProps } from './control-center';

const kafka = {
  connection: { bootstrap: anEndpoint('kafka', 29092), protocol: 'PLAINTEXT' as const, replicationFactor: 1 },
};
const schemaRegistry = { http: anEndpoint('schema-registry', 8081), url: 'http://schema-registry:8081' };

function deploy(props: Partial<ControlCenterProps> = {}) {
  const platform = new Recorder();
  new ControlCenter(new RootConstruct(), 'ControlCenter', {
    platform,
    kafka,
    schemaRegistry,
    memoryMiB: 192,
    ...props,
  });
  return platform.named('control-center');
}

test('by default: our console, which is told where Kafka and the registry are', () => {
  expect(deploy()).toMatchObject({
    image: { kind: 'program', program: 'console' },
    env: { PORT: '9021', KAFKA_BOOTSTRAP_SERVERS: 'kafka:29092', SCHEMA_REGISTRY_URL: 'http://schema-registry:8081' },
    ports: { http: { number: 9021 } },
    uses: [kafka.connection.bootstrap, schemaRegistry.http],
  });
});

test('defect 10: Confluent’s own takes its place on the same port, and shows the same Kafka and registry', () => {
  expect(deploy({ image: 'vendor', memoryMiB: 4000, publish: 9121 })).toMatchObject({
    image: { kind: 'vendor', reference: expect.stringContaining('control-center') },
    env: { CONTROL_CENTER_HEAP_OPTS: '-Xmx2400m' },
    config: { 'control-center.properties': controlCenterProperties('kafka:29092', 'http://schema-registry:8081', 1) },
    ports: { http: { number: 9021, publish: 9121 } },
    uses: [kafka.connection.bootstrap, schemaRegistry.http],
  });
});

test.each([
  ['it shows this Kafka', 'bootstrap.servers=kafka:29092'],
  ['it shows this registry', 'confluent.controlcenter.schema.registry.url=http://schema-registry:8081'],
  ['it starts with one broker', 'confluent.controlcenter.internal.topics.replication=1'],
  ['it writes where it may', 'confluent.controlcenter.data.dir=/tmp/control-center'],
])('Confluent’s own: %s', (_, line) => {
  expect(controlCenterProperties('kafka:29092', 'http://schema-registry:8081', 1).split('\n')).toContain(line);
});
