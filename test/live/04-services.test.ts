import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { deployment } from './support/checkout';
import { container, exec, until } from './support/engine';
import { expectOrphanEndsUnnoticed } from './support/postgres';
import { kafka, registryUrl, secret, sparkMasterUrl, withCassandra } from './support/platform';
import { topics, usersColumns, usersSubject } from '../../pipeline-code/contract';

/** A service's configuration is proven by asking the running product, not by reading our own text back. */
describe('the running services', () => {
  it('defect 15: Kafka runs with the settings that it was given', async () => {
    const admin = kafka().admin();
    await admin.connect();
    try {
      const { brokers } = await admin.describeCluster();
      expect(brokers).toHaveLength(1);
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: 4, name: String(brokers[0]!.nodeId), configNames: [] }],
      });
      const effective = Object.fromEntries(resources[0]!.configEntries.map((e) => [e.configName, e.configValue]));
      expect(effective).toMatchObject({
        'auto.create.topics.enable': 'false',
        'zookeeper.session.timeout.ms': '6000',
        'log.dirs': '/var/lib/kafka/data',
        'offsets.topic.replication.factor': '1',
        'group.initial.rebalance.delay.ms': '0',
      });
    } finally {
      await admin.disconnect();
    }
  });

  it('defect 15: Cassandra runs with the settings that it was given', async () => {
    const rows = await withCassandra('admin', (c) => c.execute('SELECT name, value FROM system_views.settings'));
    const effective = Object.fromEntries(rows.rows.map((r) => [r['name'] as string, r['value'] as string]));
    expect(effective['authenticator_class_name'] ?? effective['authenticator']).toMatch(/PasswordAuthenticator/);
    expect(effective['authorizer_class_name'] ?? effective['authorizer']).toMatch(/CassandraAuthorizer/);
    expect(effective['commitlog_segment_size']).toBe('16MiB');
  });

  it('defect 15: Postgres runs with the settings that it was given', async () => {
    const { output } = await exec('postgres', [
      'psql',
      '-U',
      'airflow',
      '-d',
      'airflow',
      '-Atc',
      'SHOW shared_buffers; SHOW jit; SHOW password_encryption',
    ]);
    expect(output.trim().split('\n')).toEqual(['32MB', 'off', 'scram-sha-256']);
  });

  it('Postgres goes on when a process that somebody ran in its container ends', async () => {
    await expectOrphanEndsUnnoticed(exec);
  });

  it('defect 19: Cassandra lets nobody in without a password, nor with the one that everybody knows', async () => {
    await expect(withCassandra(undefined, (c) => c.execute('SELECT now() FROM system.local'))).rejects.toThrow();
    await expect(withCassandra({ username: 'cassandra', password: 'cassandra' }, async () => 'in')).rejects.toThrow();
    await expect(withCassandra({ username: 'reader', password: 'wrong' }, async () => 'in')).rejects.toThrow();
    await expect(withCassandra('reader', async () => 'in')).resolves.toBe('in');
  });

  it('defect 19: each role in Cassandra may do what its program does, and no more', async () => {
    await expect(
      withCassandra('reader', (c) => c.execute('SELECT id FROM spark_streams.created_users LIMIT 1')),
    ).resolves.toBeDefined();
    await expect(withCassandra('reader', (c) => c.execute('TRUNCATE spark_streams.created_users'))).rejects.toThrow(
      /permission/i,
    );
    await expect(withCassandra('stream', (c) => c.execute('DROP TABLE spark_streams.created_users'))).rejects.toThrow(
      /permission/i,
    );
    await expect(withCassandra('stream', (c) => c.execute("CREATE ROLE intruder WITH PASSWORD = 'x'"))).rejects.toThrow(
      /privileges/i,
    );
  });

  it('defect 19: Postgres asks for the password', async () => {
    const login = (password: string) =>
      exec('postgres', [
        'bash',
        '-c',
        `PGPASSWORD='${password}' psql -h 127.0.0.1 -U airflow -d airflow -Atc 'SELECT 1'`,
      ]);
    expect((await login('airflow')).code).not.toBe(0);
    expect((await login(secret('postgres-password'))).code).toBe(0);
  });

  it('defect 8: the table has the columns of the contract', async () => {
    const { rows } = await withCassandra('admin', (c) =>
      c.execute(
        "SELECT column_name, type FROM system_schema.columns WHERE keyspace_name = 'spark_streams' AND table_name = 'created_users'",
      ),
    );
    expect(Object.fromEntries(rows.map((r) => [r['column_name'] as string, r['type'] as string]))).toEqual(
      usersColumns,
    );
  });

  it('defect 10: the schema of the contract is registered, and an incompatible one is refused', async () => {
    const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' };
    const subjects = (await (await fetch(`${registryUrl}/subjects`)).json()) as string[];
    expect(subjects).toContain(usersSubject);
    const config = (await (await fetch(`${registryUrl}/config/${usersSubject}`)).json()) as {
      compatibilityLevel: string;
    };
    expect(config.compatibilityLevel).toBe('BACKWARD');
    const schema = JSON.stringify({
      type: 'record',
      name: 'User',
      namespace: 'streaming_platform',
      fields: [{ name: 'shoe_size', type: 'int' }],
    });
    const refused = await fetch(`${registryUrl}/subjects/${usersSubject}/versions`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ schema }),
    });
    expect(refused.status).toBe(409);
  });

  it('the topics are those of the contract, and nobody can make others by a misspelt name', async () => {
    const admin = kafka().admin();
    await admin.connect();
    try {
      expect(await admin.listTopics()).toEqual(expect.arrayContaining(Object.values(topics)));
      const producer = kafka().producer({ allowAutoTopicCreation: true, retry: { retries: 0 } });
      await producer.connect();
      await expect(producer.send({ topic: 'users_craeted', messages: [{ value: 'x' }] })).rejects.toThrow();
      await producer.disconnect();
      expect(await admin.listTopics()).not.toContain('users_craeted');
    } finally {
      await admin.disconnect();
    }
  });

  it('defect 4: the job runs on the deployed worker', async () => {
    const state = await until('an application with cores on the worker', 60, async () => {
      const json = (await (await fetch(`${sparkMasterUrl}/json/`)).json()) as {
        aliveworkers: number;
        coresused: number;
        activeapps: { name: string; state: string }[];
      };
      return json.activeapps.length > 0 && json.coresused > 0 && json;
    });
    expect(state.aliveworkers).toBe(1);
    expect(state.activeapps).toHaveLength(1);
    expect(state.activeapps[0]!.state).toBe('RUNNING');
  });

  it('defect 5: every jar that the job needs is in the image', async () => {
    const { output } = await exec('spark-worker', ['bash', '-c', 'ls /opt/spark/jars']);
    for (const jar of [
      'spark-sql-kafka-0-10_2.12',
      'spark-avro_2.12',
      'spark-cassandra-connector_2.12',
      'spark-connect_2.12',
    ]) {
      expect(output).toContain(jar);
    }
    // One Scala version: the wrong suffix is a NoSuchMethodError in the middle of a batch.
    expect(output).not.toMatch(/_2\.1[013]-/);
  });

  it('Spark Connect refuses a call without the token that its supervisor has made', async () => {
    const { NetworkSettings: network } = await (await container('stream')).inspect();
    const address = `${network.Networks[`${deployment.name}-spark`]!.IPAddress}:15002`;
    const call = (metadata: Metadata): Promise<number> =>
      new Promise((done) => {
        const client = new Client(address, credentials.createInsecure());
        const asIs = (bytes: Buffer): Buffer => bytes;
        const path = '/spark.connect.SparkConnectService/AnalyzePlan';
        client.makeUnaryRequest(path, asIs, asIs, Buffer.alloc(0), metadata, (error) => {
          client.close();
          done(error?.code ?? status.OK);
        });
      });
    const wrong = new Metadata();
    wrong.set('authorization', 'Bearer wrong');
    const right = new Metadata();
    const { output: token } = await exec('stream', ['bash', '-c', 'cat $(find /tmp -name token)']);
    right.set('authorization', `Bearer ${token.trim()}`);
    expect(await call(new Metadata())).toBe(status.UNAUTHENTICATED);
    expect(await call(wrong)).toBe(status.UNAUTHENTICATED);
    // An empty request is refused for what it asks, not for who asks.
    expect(await call(right)).not.toBe(status.UNAUTHENTICATED);
  });

  it('defect 13: no container has what would install something when it starts', async () => {
    for (const workload of ['airflow-scheduler', 'stream', 'producer', 'spark-worker', 'cassandra']) {
      const { output } = await exec(workload, [
        'bash',
        '-c',
        'for t in pip pip3 npm mvn curl wget; do command -v $t; done; true',
      ]);
      expect([workload, output.trim()]).toEqual([workload, '']);
    }
  });
});
