export const PORT = 5432;
export const DATA_FOLDER = '/var/lib/postgresql/data';
export const SOCKET_FOLDER = '/var/run/postgresql';
/** User and database of Airflow, the only client. */
export const OWNER = 'airflow';

export interface PostgresOptions {
  readonly memoryMiB: number;
}

/** `postgresql.conf` for a small metadata database that nothing replicates. */
export function postgresqlConf({ memoryMiB }: PostgresOptions): string {
  const settings = {
    listen_addresses: '*',
    unix_socket_directories: SOCKET_FOLDER,
    // Airflow holds about twenty; each costs memory of its own, which the limit of the container counts.
    max_connections: 60,
    shared_buffers: `${Math.max(16, Math.floor(memoryMiB / 8))}MB`,
    effective_cache_size: `${Math.max(64, Math.floor(memoryMiB / 2))}MB`,
    // Compiling a query takes longer than any of Airflow's queries.
    jit: 'off',
    // Without replicas and archive the write-ahead log need not serve them.
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_wal_size: '256MB',
    password_encryption: 'scram-sha-256',
    log_timezone: 'UTC',
    timezone: 'UTC',
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key} = ${typeof value === 'number' ? value : `'${value}'`}\n`)
    .join('');
}
