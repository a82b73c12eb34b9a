import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  addresses,
  baseEnvironment,
  kafkaEnvironment,
  readEnvironment,
  registryEnvironment,
  serverEnvironment,
} from './config';
import { createLogger, describeError } from './logger';
import { retry, retryUntil } from './retry';
import { readSecret } from './secrets';
import { createServer } from './server';

describe('the environment', () => {
  const shape = { ...baseEnvironment, ...kafkaEnvironment, ...registryEnvironment, ...serverEnvironment };

  it('names every variable that is missing or wrong, so that one look is enough (DEFECTS 15)', () => {
    expect(() => readEnvironment(shape, { SCHEMA_REGISTRY_URL: 'registry', PORT: '99999' })).toThrow(
      /KAFKA_BOOTSTRAP_SERVERS is not set; SCHEMA_REGISTRY_URL is 'registry': .*; PORT is '99999': /,
    );
  });

  it('has defaults for what is the same everywhere', () => {
    const environment = { KAFKA_BOOTSTRAP_SERVERS: 'kafka:29092', SCHEMA_REGISTRY_URL: 'http://schema-registry:8081' };
    expect(readEnvironment(shape, environment)).toEqual({
      ...environment,
      LOG_LEVEL: 'info',
      PORT: 8080,
      SECRETS_DIR: '/run/secrets',
    });
  });

  it('takes several brokers', () => {
    expect(addresses('a:1, b:2,')).toEqual(['a:1', 'b:2']);
  });
});

describe('a secret', () => {
  const directory = mkdtempSync(join(tmpdir(), 'secrets-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('loses the newline of an editor, which would make every log-in fail', () => {
    writeFileSync(join(directory, 'producer-token'), 's3cret\n');
    expect(readSecret('producer-token', directory)).toBe('s3cret');
  });

  it('that is missing or empty is named, instead of an empty password being used', () => {
    writeFileSync(join(directory, 'cassandra-stream-password'), '\n');
    expect(() => readSecret('cassandra-stream-password', directory)).toThrow(/'cassandra-stream-password' .* is empty/);
    expect(() => readSecret('cassandra-admin-password', directory)).toThrow(/'cassandra-admin-password' .*ENOENT/);
  });
});

describe('retry', () => {
  const failing = (times: number) => {
    let calls = 0;
    return {
      work: async () => (++calls <= times ? Promise.reject(new Error(`no ${calls}`)) : calls),
      calls: () => calls,
    };
  };

  it('comes through when the other side comes back', async () => {
    expect(await retry({ attempts: 4, initialDelayMs: 1 }, failing(3).work)).toBe(4);
  });

  it('ends, instead of looping for ever (DEFECTS 12)', async () => {
    const { work, calls } = failing(100);
    await expect(retry({ attempts: 3, initialDelayMs: 1 }, work)).rejects.toThrow('no 3');
    expect(calls()).toBe(3);
  });

  it('pauses longer each time (DEFECTS 12)', async () => {
    const delays: number[] = [];
    const onRetry = (_error: Error, delay: number) => void delays.push(delay);
    await retry({ attempts: 7, initialDelayMs: 4, maxDelayMs: 1000, onRetry }, failing(6).work);
    expect(Math.max(...delays.slice(3))).toBeGreaterThan(delays[0]!);
  });

  it('does not try again what cannot get better', async () => {
    const { work, calls } = failing(100);
    await expect(retry({ attempts: 5, initialDelayMs: 1, when: () => false }, work)).rejects.toThrow('no 1');
    expect(calls()).toBe(1);
  });

  it('keeps a deadline', async () => {
    const started = Date.now();
    await expect(retryUntil(started + 100, failing(1e9).work, { initialDelayMs: 5 })).rejects.toThrow(/^no /);
    expect(Date.now() - started).toBeLessThan(3000);
  });
});

describe('the health check', () => {
  it('says why a program is not ready (DEFECTS 17)', async () => {
    let reason: string | undefined = 'reading the topic of runs';
    const server = createServer(createLogger('test', 'fatal'), () => reason);
    const before = await server.inject('/health');
    reason = undefined;
    const after = await server.inject('/health');
    expect([before.statusCode, before.json()]).toEqual([
      503,
      { status: 'unavailable', reason: 'reading the topic of runs' },
    ]);
    expect([after.statusCode, after.json()]).toEqual([200, { status: 'ok' }]);
    await server.close();
  });
});

describe('an error', () => {
  it('is described with what caused it', async () => {
    const error = await fetch('http://127.0.0.1:1').catch((reason: unknown) => reason);
    expect(describeError(error)).toMatch(/fetch failed: .+/);
  });
});
