import { RootConstruct } from 'constructs';
import { Recorder } from '../../test/recorder';
import { DATA_FOLDER } from './config';
import { Postgres, type PostgresProps } from './postgres';

function deploy(props: Partial<PostgresProps> = {}) {
  const platform = new Recorder();
  const postgres = new Postgres(new RootConstruct(), 'Postgres', { platform, memoryMiB: 256, ...props });
  return { postgres, workload: platform.named('postgres') };
}

test('by default: our image, data on a volume, password from a file, never published', () => {
  const { postgres, workload } = deploy();
  expect(postgres.sql.address).toBe('postgres:5432');
  expect(workload).toMatchObject({
    image: { kind: 'service', name: 'postgres' },
    env: { POSTGRES_PASSWORD_FILE: '/run/secrets/postgres-password' },
    secrets: [{ secret: 'postgres-password' }],
    ports: { sql: { number: 5432 } },
    volumes: { data: { path: DATA_FOLDER, storageGiB: 2 } },
    stop: { graceSeconds: 30 },
  });
});

test('memory, storage and image can be chosen', () => {
  expect(deploy({ memoryMiB: 512, storageGiB: 5, image: 'vendor' }).workload).toMatchObject({
    image: { kind: 'vendor', reference: expect.stringMatching(/^postgres:15/) },
    volumes: { data: { storageGiB: 5 } },
    memoryMiB: 512,
  });
});
