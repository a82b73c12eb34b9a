import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { outside } from '../stacks/components';
import { ROOT, resolveSettings, servicesOf, type SettingsInput } from '../stacks/settings';
import { declared } from './recorder';
import { type Json, synthesise } from './synth';
import { dockerContainers, dockerViews, kubernetesViews } from './views';

const passwordFiles = { admin: 'passwords/admin' };

/** Everything that can be somebody else's is. */
const elsewhere = {
  components: {
    kafka: { external: { bootstrapServers: 'broker-1.example:9093,10.1.2.3:9092' } },
    schemaRegistry: { external: { url: 'https://registry.example/' } },
    cassandra: {
      external: { contactPoints: 'db-service.databases.svc:9042', datacenter: 'dc-north', passwordFiles },
    },
  },
} as const satisfies SettingsInput;

/** The same on networks of this engine, as another project's Compose file makes them. */
const onThisEngine = {
  components: {
    kafka: { external: { bootstrapServers: 'kafka:29092', outside: 'localhost:9092', dockerNetwork: 'theirs' } },
    schemaRegistry: { external: { url: 'http://registry:8081', dockerNetwork: 'theirs' } },
    cassandra: {
      external: { contactPoints: 'cassandra:9042', datacenter: 'dc1', passwordFiles, dockerNetwork: 'databases' },
    },
  },
} as const satisfies SettingsInput;

const local = synthesise('local', elsewhere);
const k8s = synthesise('k8s', elsewhere);
const replaced = ['zookeeper', 'kafka', 'schema-registry', 'cassandra'];
const clients = ['migrate', 'stream', 'spark-worker'];
const networksOf = (stack: typeof local, name: string): string[] =>
  dockerContainers(stack)
    .find(([n]) => n === name)![1]
    .networks_advanced.map((n: Json) => n.name);

describe('what somebody else runs', () => {
  test('is not deployed, and neither is the ZooKeeper of a Kafka that is gone', () => {
    const names = declared(elsewhere).map((w) => w.name);
    expect(names.filter((name) => replaced.includes(name))).toEqual([]);
    expect([...dockerViews(local).keys()].sort()).toEqual([...names].sort());
    expect([...kubernetesViews(k8s).keys()].sort()).toEqual([...names].sort());
    expect(servicesOf(resolveSettings(elsewhere)).filter((name) => replaced.includes(name))).toEqual([]);
  });

  test.each([
    ['local', dockerViews(local)],
    ['k8s', kubernetesViews(k8s)],
  ])('is where every program looks, on both platforms (%s)', (_, views) => {
    expect(views.get('migrate')!.env).toMatchObject({
      KAFKA_BOOTSTRAP_SERVERS: 'broker-1.example:9093,10.1.2.3:9092',
      KAFKA_REPLICATION_FACTOR: '3',
      SCHEMA_REGISTRY_URL: 'https://registry.example',
      CASSANDRA_CONTACT_POINTS: 'db-service.databases.svc:9042',
      CASSANDRA_DATACENTER: 'dc-north',
      CASSANDRA_REPLICATION_FACTOR: '3',
    });
    for (const view of views.values()) {
      const told = JSON.stringify([view.env, view.process, view.config]);
      for (const ours of ['kafka:29092', 'schema-registry:8081', 'cassandra:9042']) expect(told).not.toContain(ours);
    }
  });

  test('keeps its own logins: only in a Cassandra of ours is the well-known one used and closed', () => {
    expect(dockerViews(local).get('migrate')!.env['CASSANDRA_FIRST_LOGIN']).toBe('not ours');
    expect(dockerViews(synthesise('local')).get('migrate')!.env).not.toHaveProperty('CASSANDRA_FIRST_LOGIN');
  });

  test('is no file of the user in a synthesised stack: plan and state know neither its name nor what is in it', () => {
    expect(JSON.stringify([local, k8s])).not.toContain('passwords/admin');
  });
});

describe('the way to it', () => {
  test('on Docker leads through the network with a way out, for its clients only', () => {
    for (const name of [...clients, 'producer', 'control-center'])
      expect([name, networksOf(local, name)]).toEqual([
        name,
        expect.arrayContaining(['${docker_network.internet.id}']),
      ]);
    for (const name of ['random-user', 'airflow-scheduler', 'spark-master'])
      expect([name, networksOf(local, name)]).toEqual([
        name,
        expect.not.arrayContaining(['${docker_network.internet.id}']),
      ]);
  });

  test('on this engine is the network that it is on, and no way out', () => {
    const stack = synthesise('local', onThisEngine);
    expect(stack['data'].docker_network).toEqual({
      kafka: { name: 'theirs' },
      'schema-registry': { name: 'theirs' },
      cassandra: { name: 'databases' },
    });
    const of = (name: string) =>
      networksOf(stack, name).filter((n) => n.startsWith('${data.') || n.includes('internet'));
    expect(of('spark-worker').sort()).toEqual([
      '${data.docker_network.cassandra.id}',
      '${data.docker_network.kafka.id}',
    ]);
    expect(of('random-user')).toEqual([]);
    expect(networksOf(stack, 'control-center')).toContain('${docker_network.edge.id}');
  });

  test('on a cluster is opened per port: to the address, to the namespace of a service, for a name to any address', () => {
    const { egress } = k8s.resource['kubernetes_network_policy_v1']!['spark-worker'].spec;
    const tcp = (port: string) => [{ port, protocol: 'TCP' }];
    expect(egress).toEqual(
      expect.arrayContaining([
        { to: [{ ip_block: { cidr: '0.0.0.0/0' } }], ports: tcp('9093') },
        { to: [{ ip_block: { cidr: '10.1.2.3/32' } }], ports: tcp('9092') },
        {
          to: [{ namespace_selector: { match_labels: { 'kubernetes.io/metadata.name': 'databases' } } }],
          ports: tcp('9042'),
        },
      ]),
    );
    const migrate = k8s.resource['kubernetes_network_policy_v1']!['migrate'].spec.egress;
    expect(migrate).toEqual(expect.arrayContaining([{ to: [{ ip_block: { cidr: '0.0.0.0/0' } }], ports: tcp('443') }]));
    expect(JSON.stringify(k8s.resource['kubernetes_network_policy_v1']!['random-user'])).not.toContain('ip_block');
  });
});

describe('one of them alone', () => {
  test('leaves the others ours: our registry keeps its schemas in their Kafka', () => {
    const stack = synthesise('local', { components: { kafka: elsewhere.components.kafka } });
    const registry = dockerViews(stack).get('schema-registry')!;
    expect(registry.config['schema-registry.properties']).toContain(
      'kafkastore.bootstrap.servers=PLAINTEXT://broker-1.example:9093,PLAINTEXT://10.1.2.3:9092\n',
    );
    expect(registry.config['schema-registry.properties']).toContain('kafkastore.topic.replication.factor=3\n');
    expect(dockerViews(stack).get('migrate')!.env['CASSANDRA_CONTACT_POINTS']).toBe('cassandra:9042');
  });
});

test('commands on this machine look where the settings say, and ask for no port of what is not deployed', () => {
  const { components, ports } = resolveSettings({ ...onThisEngine, portOffset: 100 });
  expect(outside(components)).toEqual({
    brokers: ['localhost:9092'],
    registryUrl: 'http://registry:8081',
    cassandra: { contactPoints: ['cassandra:9042'], datacenter: 'dc1' },
  });
  expect(Object.keys(ports).sort()).toEqual(['airflow', 'controlCenter', 'sparkDriver', 'sparkMaster']);
  expect(outside(resolveSettings({}).components)).toEqual({});
});

test.each<[string, object, RegExp]>([
  ['no address', { kafka: { external: {} } }, /"components\.kafka\.external\.bootstrapServers" is undefined/],
  [
    'an address without a port',
    { kafka: { external: { bootstrapServers: 'kafka.example' } } },
    /"kafka\.example"; must be host:port, of several servers with commas between/,
  ],
  ['a port that is none', { kafka: { external: { bootstrapServers: 'kafka.example:99999' } } }, /must be host:port/],
  [
    'the loopback address, where a container finds itself',
    { kafka: { external: { bootstrapServers: 'localhost:9092' } } },
    /finds itself: give a name or address that containers can reach, and this one as "outside"/,
  ],
  ['a registry on the loopback address', { schemaRegistry: { external: { url: 'http://127.0.0.1:8081' } } }, /itself/],
  ['a registry without http', { schemaRegistry: { external: { url: 'registry:8081' } } }, /must be a URL/],
  [
    'a Cassandra without a password',
    { cassandra: { external: { contactPoints: 'a:9042', datacenter: 'dc1' } } },
    /passwordFiles/,
  ],
  ['a misspelt key', { kafka: { external: { bootstrapServer: 'a:1' } } }, /did you mean "bootstrapServers"/],
  ['a component that cannot be replaced', { spark: {} }, /unknown key "components\.spark"/],
])('%s is refused before anything is created', (_, components, message) => {
  expect(() => resolveSettings({ components })).toThrow(message);
});

test('a limit or an image for what somebody else runs is refused: it would change nothing', () => {
  const input = { ...elsewhere, memoryMiB: { zookeeper: 512 }, images: { cassandra: 'vendor' } };
  expect(() => resolveSettings(input)).toThrow(
    /"memoryMiB\.zookeeper" is set, but "components" says[^]*"images\.cassandra" is set/,
  );
});

test('the page about it shows settings that are right', () => {
  const page = readFileSync(join(ROOT, 'docs/outgrow-one-machine.md'), 'utf8');
  const examples = [...page.matchAll(/```json\n([^]*?)```/g)].map(([, text]) => JSON.parse(text!) as object);
  expect(examples.length).toBeGreaterThan(1);
  for (const example of examples) expect(() => resolveSettings(example)).not.toThrow();
});
