export const CQL_PORT = 9042;
export const DATA_FOLDER = '/var/lib/cassandra';

/** An OPTIONS frame of CQL protocol 4; the answer is SUPPORTED (opcode 06). It needs no login. */
export const cqlOptions = { request: '040000000500000000', answer: /^8400000006/, bytes: 9 };

export interface CassandraOptions {
  readonly heapMiB: number;
}

/** The files that Cassandra reads from its configuration folder. */
export function cassandraFiles(options: CassandraOptions): Record<string, string> {
  return {
    'cassandra.yaml': cassandraYaml(),
    'jvm-server.options': jvmServerOptions(options),
    'jvm17-server.options': jvm17Options(),
    'logback.xml': logback,
  };
}

/** One node that its clients reach from anywhere and that talks to no other node. */
export function cassandraYaml(): string {
  return `cluster_name: streaming
num_tokens: 16
allocate_tokens_for_local_replication_factor: 1
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters:
      - seeds: "127.0.0.1:7000"
# Gossip stays inside the container: the address of the container may change, and with it the identity of the node.
listen_address: 127.0.0.1
storage_port: 7000
start_native_transport: true
native_transport_port: ${CQL_PORT}
rpc_address: 0.0.0.0
broadcast_rpc_address: 127.0.0.1
authenticator: PasswordAuthenticator
authorizer: CassandraAuthorizer
role_manager: CassandraRoleManager
data_file_directories:
  - ${DATA_FOLDER}/data
commitlog_directory: ${DATA_FOLDER}/commitlog
hints_directory: ${DATA_FOLDER}/hints
saved_caches_directory: ${DATA_FOLDER}/saved_caches
cdc_raw_directory: ${DATA_FOLDER}/cdc_raw
commitlog_sync: periodic
commitlog_sync_period: 10000ms
# Sized for a single table; the defaults reserve gigabytes.
commitlog_segment_size: 16MiB
commitlog_total_space: 256MiB
disk_failure_policy: stop
commit_failure_policy: stop
concurrent_reads: 16
concurrent_writes: 16
memtable_heap_space: 64MiB
memtable_offheap_space: 64MiB
memtable_allocation_type: heap_buffers
key_cache_size: 16MiB
file_cache_size: 32MiB
concurrent_compactors: 1
auto_snapshot: false
`;
}

export function jvmServerOptions({ heapMiB }: CassandraOptions): string {
  return lines(
    `-Xms${heapMiB}m`,
    `-Xmx${heapMiB}m`,
    '-Xss256k',
    '-XX:+ExitOnOutOfMemoryError',
    '-XX:+PerfDisableSharedMem',
    '-Djava.net.preferIPv4Stack=true',
    '-Djava.io.tmpdir=/tmp',
    '-Djna.tmpdir=/tmp',
    // One node: nobody to gossip with and no ring to agree on.
    '-Dcassandra.ring_delay_ms=0',
    '-Dcassandra.skip_wait_for_gossip_to_settle=0',
    // The default superuser is made 10 s after the start otherwise; `migrate` replaces it.
    '-Dcassandra.superuser_setup_delay_ms=0',
  );
}

/** What Cassandra 5.0 needs of a Java 17 module system (its own conf/jvm17-server.options). */
export function jvm17Options(): string {
  return lines(
    '-XX:+UseG1GC',
    '-XX:MaxGCPauseMillis=300',
    '-XX:ParallelGCThreads=2',
    '-XX:ConcGCThreads=1',
    ...moduleAccess,
  );
}

const moduleAccess = [
  ...[
    'java.base/jdk.internal.misc',
    'java.management.rmi/com.sun.jmx.remote.internal.rmi',
    'java.rmi/sun.rmi.registry',
    'java.rmi/sun.rmi.server',
    'java.sql/java.sql',
    'java.base/java.lang.ref',
    'jdk.unsupported/sun.misc',
  ].map((target) => `--add-exports=${target}=ALL-UNNAMED`),
  ...[
    'java.base/java.lang.module',
    'java.base/jdk.internal.loader',
    'java.base/jdk.internal.ref',
    'java.base/jdk.internal.reflect',
    'java.base/jdk.internal.math',
    'java.base/jdk.internal.module',
    'java.base/jdk.internal.util.jar',
    'jdk.management/com.sun.management.internal',
    'java.base/sun.nio.ch',
    'java.base/java.io',
    'java.base/java.lang',
    'java.base/java.lang.reflect',
    'java.base/java.nio',
    'java.base/java.util',
    'java.base/java.util.concurrent',
    'java.base/java.util.concurrent.atomic',
  ].map((target) => `--add-opens=${target}=ALL-UNNAMED`),
];

const logback = `<configuration>
  <appender name="stdout" class="ch.qos.logback.core.ConsoleAppender">
    <encoder>
      <pattern>%-5level [%thread] %date{ISO8601} %F:%L - %msg%n</pattern>
    </encoder>
  </appender>
  <root level="INFO">
    <appender-ref ref="stdout"/>
  </root>
</configuration>
`;

function lines(...values: string[]): string {
  return values.map((v) => `${v}\n`).join('');
}
