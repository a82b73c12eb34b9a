import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { parseConfig } from './config';
import { parseProgress } from './connect';
import { limited, sparkProperties } from './connect-server';
import { lag } from './progress';
import { SchemaVersions } from './schemas';

const environment = {
  KAFKA_BOOTSTRAP_SERVERS: 'kafka:29092',
  SCHEMA_REGISTRY_URL: 'http://schema-registry:8081/',
  CASSANDRA_CONTACT_POINTS: 'cassandra:9042',
  CASSANDRA_DATACENTER: 'datacenter1',
  SPARK_MASTER: 'spark://spark-master:7077',
  SPARK_MASTER_PAGE: 'http://spark-master:8080',
  SPARK_DRIVER_HOST: 'stream',
  CHECKPOINT_DIR: '/var/lib/spark/checkpoints',
};

describe('parseConfig', () => {
  it('names every variable that is missing or wrong at once', () => {
    const { SPARK_DRIVER_HOST: _host, ...rest } = environment;
    expect(() => parseConfig({ ...rest, SPARK_MASTER: 'localhost' })).toThrow(/SPARK_MASTER.*SPARK_DRIVER_HOST/);
  });
});

describe('sparkProperties', () => {
  const properties = sparkProperties(parseConfig(environment));

  it('fixes every port that executors come back to, so that networks can be closed around them', () => {
    expect(properties).toMatchObject({
      'spark.driver.host': 'stream',
      'spark.driver.bindAddress': '0.0.0.0',
      'spark.driver.port': '7080',
      'spark.driver.blockManager.port': '7081',
      'spark.blockManager.port': '7079',
    });
  });

  it('guards the Connect server and shows no secret (DEFECTS 19)', () => {
    expect(properties['spark.connect.grpc.interceptor.classes']).toMatch(/TokenInterceptor$/);
    expect(JSON.stringify(properties)).not.toMatch(/password|token["=]/);
    expect(properties['spark.cassandra.connection.config.profile.path']).toBe(
      'file:///run/secrets/cassandra-stream-profile',
    );
  });
});

describe('parseProgress', () => {
  it('finds the offsets of the last batch, from which lag is published', () => {
    const progress = parseProgress(
      JSON.stringify({
        batchId: 7,
        timestamp: '2026-01-01T00:00:00.000Z',
        durationMs: { addBatch: 40 },
        sources: [{ numInputRows: 3, endOffset: { users_created: { 0: 12, 1: 4 } } }],
      }),
    );
    expect(progress).toMatchObject({ batchId: 7, numInputRows: 3, endOffset: { users_created: { 0: 12, 1: 4 } } });
  });

  it('stands a query that has not read anything yet', () => {
    expect(parseProgress('{"batchId":0,"timestamp":"t","sources":[{"endOffset":null}]}').endOffset).toEqual({});
  });
});

describe('lag', () => {
  it('counts partitions that were never read, so that they are not forgotten', () => {
    expect(lag({ 0: 10, 1: 5 }, { 0: 7 })).toBe(8);
  });
});

describe('limited', () => {
  it('cuts a flood of stack traces and says how much was cut', () => {
    let now = 0;
    const lines: string[] = [];
    const write = limited(
      (line) => lines.push(line),
      () => now,
    );
    for (let i = 0; i < 100; i += 1) {
      write(`line ${i}`);
    }
    expect(lines).toHaveLength(60);
    now = 10_000;
    write('\tat org.apache.spark.Frame');
    write('later');
    expect(lines.slice(60)).toEqual(['... 40 more lines left out', 'later']);
  });
});

describe('SchemaVersions', () => {
  let registry: Server;
  let ids: number[] | undefined;
  let versions: SchemaVersions;

  beforeEach(async () => {
    ids = [3];
    registry = createServer((request, response) => {
      const version = /versions\/(\d+)$/.exec(request.url ?? '')?.[1];
      const answer = version ? { id: ids?.[Number(version) - 1], schema: '{}' } : ids?.map((_, index) => index + 1);
      response.writeHead(ids ? 200 : 404).end(JSON.stringify(answer ?? {}));
    });
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
    versions = new SchemaVersions(`http://127.0.0.1:${(registry.address() as AddressInfo).port}`);
  });
  afterEach(() => {
    registry.closeAllConnections();
    registry.close();
  });

  it('notices a new version, so that its records are read', async () => {
    expect(await versions.refresh()).toBe(true);
    expect(await versions.refresh()).toBe(false);
    ids = [3, 9];
    expect(await versions.refresh()).toBe(true);
    expect(versions.schemas.known.map((schema) => schema.id)).toEqual([3, 9]);
  });

  it('asks about an id before it is called garbage, and takes the verdict back when the id is registered', async () => {
    await versions.refresh();
    expect(await versions.decide(9)).toBe('rejected');
    expect(versions.schemas.rejected).toEqual([9]);
    ids = [3, 9];
    expect(await versions.decide(9)).toBe('known');
    expect(versions.schemas.rejected).toEqual([]);
  });

  it('says who has to act when nothing was registered yet', async () => {
    ids = undefined;
    await expect(versions.refresh()).rejects.toThrow(/migrate registers it/);
  });
});
