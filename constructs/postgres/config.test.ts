import { postgresqlConf } from './config';

const valueOf = (conf: string, key: string) => new RegExp(`^${key} = '?(.*?)'?$`, 'm').exec(conf)?.[1];

test.each([
  { memoryMiB: 256, shared_buffers: '32MB', effective_cache_size: '128MB' },
  { memoryMiB: 512, shared_buffers: '64MB', effective_cache_size: '256MB' },
  { memoryMiB: 64, shared_buffers: '16MB', effective_cache_size: '64MB' },
])('Postgres with $memoryMiB MiB is not killed for taking more than its limit', ({ memoryMiB, ...expected }) => {
  const conf = postgresqlConf({ memoryMiB });
  for (const [key, value] of Object.entries(expected)) expect(valueOf(conf, key)).toBe(value);
});

test('Airflow reaches Postgres from its own containers', () => {
  expect(valueOf(postgresqlConf({ memoryMiB: 256 }), 'listen_addresses')).toBe('*');
});

test('passwords are never stored or sent in a form that can be replayed', () => {
  expect(valueOf(postgresqlConf({ memoryMiB: 256 }), 'password_encryption')).toBe('scram-sha-256');
});
