import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RootConstruct } from 'constructs';
import { Recorder } from '../../test/recorder';
import { Cassandra, type CassandraProps } from './cassandra';
import { cassandraFiles, cassandraYaml, DATA_FOLDER, jvmServerOptions, startMember } from './config';

function deploy(props: Partial<CassandraProps> = {}) {
  const platform = new Recorder();
  const cassandra = new Cassandra(new RootConstruct(), 'Cassandra', { platform, memoryMiB: 1536, ...props });
  return { cassandra, workload: platform.named('cassandra') };
}

test('by default: our image, half of the memory as heap, data on a volume, nothing published', () => {
  const { cassandra, workload } = deploy();
  expect(cassandra.cql.address).toBe('cassandra:9042');
  expect(workload).toMatchObject({
    image: { kind: 'service', name: 'cassandra' },
    config: cassandraFiles({ heapMiB: 768 }),
    ports: { cql: { number: 9042 } },
    volumes: { data: { path: DATA_FOLDER, storageGiB: 8 } },
  });
});

test('memory, storage, port and image can be chosen', () => {
  expect(deploy({ memoryMiB: 4096, storageGiB: 50, publish: 9142, image: 'vendor' }).workload).toMatchObject({
    image: { kind: 'vendor', reference: expect.stringMatching(/^cassandra:5/) },
    config: cassandraFiles({ heapMiB: 2048 }),
    ports: { cql: { publish: 9142 } },
    volumes: { data: { storageGiB: 50 } },
  });
});

test('each program has a password of its own', () => {
  const { adminPassword, streamPassword, readerPassword } = deploy().cassandra;
  expect(new Set([adminPassword, streamPassword, readerPassword].map((s) => s.secret)).size).toBe(3);
});

test.each([
  ['defect 19: nobody gets in without a password', 'authenticator: PasswordAuthenticator'],
  ['a role can do only what it was given', 'authorizer: CassandraAuthorizer'],
  ['other containers reach it', 'rpc_address: 0.0.0.0'],
  ['defect 18: the data is where the volume is', `  - ${DATA_FOLDER}/data`],
  ['the commit log is where the volume is', `commitlog_directory: ${DATA_FOLDER}/commitlog`],
])('%s', (_, line) => {
  expect(cassandraYaml().split('\n')).toContain(line);
});

test('the heap is what the limit of the container leaves room for', () => {
  expect(jvmServerOptions({ heapMiB: 768 })).toMatch(/^-Xmx768[mM]$/m);
});

test('defect 20: JMX is not open', () => {
  expect(Object.values(cassandraFiles({ heapMiB: 768 })).join('\n')).not.toMatch(
    /jmxremote\.port|cassandra\.jmx\.remote\.port/,
  );
});

describe('several nodes', () => {
  const hosts = ['cassandra-0.cassandra', 'cassandra-1.cassandra', 'cassandra-2.cassandra'];

  test('keep three copies of each row, and reach each other', () => {
    const { cassandra, workload } = deploy({ replicas: 3 });
    expect(cassandra.replicationFactor).toBe(3);
    expect(workload).toMatchObject({
      replicas: 3,
      command: ['bash', '-c', startMember, { parts: [{ self: 'index' }] }, ...hosts],
      ports: { cql: { number: 9042 }, gossip: { number: 7000 } },
      joins: [{ mesh: 'cassandra-ring' }],
    });
  });

  test.each([
    [
      'find the others by the first two, so that one of these may be away',
      `      - seeds: "${hosts[0]}:7000,${hosts[1]}:7000"`,
    ],
    ['share the ring so that each copy is on another node', 'allocate_tokens_for_local_replication_factor: 3'],
    ['are in one rack of the data centre that the keyspace names', 'endpoint_snitch: SimpleSnitch'],
  ])('%s', (_, line) => {
    expect(cassandraYaml(hosts).split('\n')).toContain(line);
  });

  test('talk to each other by the addresses that their platform gave them', () => {
    expect(cassandraYaml(hosts)).not.toMatch(/^(listen|broadcast_rpc)_address/m);
    expect(startMember).toContain('-Dcassandra.settings.broadcast_rpc_address=$(hostname -i)');
  });

  test('wait for their own name, or the first one does not find itself among the seeds and gives up', () => {
    const folder = mkdtempSync(join(tmpdir(), 'member-'));
    const program = (name: string, script: string) =>
      writeFileSync(join(folder, name), `#!/bin/bash\necho "${name} $*" >> ${folder}/order\n${script}\n`, {
        mode: 0o755,
      });
    program('getent', `[[ $(grep -c getent ${folder}/order) == 3 ]]`);
    program('sleep', '');
    program('hostname', 'echo 10.0.0.1');
    program('cassandra', '');
    const env = { PATH: `${folder}:/usr/bin:/bin` };
    execFileSync('bash', ['-c', startMember, '0', ...hosts], { env });
    const ask = `getent hosts ${hosts[0]}`;
    expect(readFileSync(join(folder, 'order'), 'utf8').trim().split('\n')).toEqual([
      ...[ask, 'sleep 1', ask, 'sleep 1', ask],
      'hostname -i',
      'cassandra -f',
    ]);
  });

  test('let people in while one of them is away', () => {
    expect(jvmServerOptions({ heapMiB: 768, hosts })).toMatch(/^-Dcassandra\.system_auth\.default_rf=3$/m);
    expect(jvmServerOptions({ heapMiB: 768, hosts })).not.toMatch(/ring_delay|gossip_to_settle|superuser_setup/);
  });
});
