export const CQL_PORT = 9042;
/** Nodes tell each other here who is there, and send each other rows. */
export const GOSSIP_PORT = 7000;
export const DATA_FOLDER = '/var/lib/cassandra';

/** An OPTIONS frame of CQL protocol 4; the answer is SUPPORTED (opcode 06). It needs no login. */
export const cqlOptions = { request: '040000000500000000', answer: /^8400000006/, bytes: 9 };

export interface CassandraOptions {
  readonly heapMiB: number;
  /** Names of all nodes. @default - one node, which talks to no other */
  readonly hosts?: readonly string[];
}

/** Copies of each row that so many nodes keep: with three of them a majority is there while any one node is not. */
export function replicationFactor(nodes: number): number {
  return Math.min(3, nodes);
}

/** One more than the first, so that a new node is let in while the first is away. */
const SEEDS = 2;

/** The files that Cassandra reads from its configuration folder. */
export function cassandraFiles(options: CassandraOptions): Record<string, string> {
  return {
    'cassandra.yaml': cassandraYaml(options.hosts),
    'jvm-server.options': jvmServerOptions(options),
    'jvm17-server.options': jvm17Options(),
    'logback.xml': logback,
  };
}

/** Nodes that their clients reach from anywhere, all in one rack. One alone talks to no other. */
export function cassandraYaml(hosts: readonly string[] = []): string {
  const isCluster = hosts.length > 1;
  const seeds = isCluster ? hosts.slice(0, SEEDS) : ['127.0.0.1'];
  return `cluster_name: streaming
num_tokens: 16
allocate_tokens_for_local_replication_factor: ${isCluster ? replicationFactor(hosts.length) : 1}
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters:
      - seeds: "${seeds.map((seed) => `${seed}:${GOSSIP_PORT}`).join(',')}"
${isCluster ? clusterAddresses : aloneAddresses}storage_port: ${GOSSIP_PORT}
start_native_transport: true
native_transport_port: ${CQL_PORT}
rpc_address: 0.0.0.0
${isCluster ? '' : 'broadcast_rpc_address: 127.0.0.1\n'}authenticator: PasswordAuthenticator
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

const aloneAddresses = `# Gossip stays inside the container: the address of the container may change, and with it the identity of the node.
listen_address: 127.0.0.1
`;

/** No listen_address: it is the address of the host's own name. What clients are told comes by the command line. */
const clusterAddresses = '# A node that comes back with another address is known by the id on its volume.\n';

/**
 * Starts one of several nodes. The shell gets `$0`, its index from 0, and the names of all nodes: the one before it is `$index`.
 *
 * It waits for its own name first: the first node of a new ring goes on alone only if it finds itself among the seeds, and a
 * name server may know a new pod some seconds late.
 *
 * A node that is not a member yet waits until the one before it is: two that join at once may claim the same part of the
 * ring, or are refused. One that has data is a member, and waits for nobody.
 */
export const startMember = [
  'until getent hosts ${@:$0+1:1} >/dev/null; do sleep 1; done',
  `until [[ $0 == 0 || -d ${DATA_FOLDER}/data/system ]] || (exec 3<>/dev/tcp/\${@:$0:1}/${CQL_PORT}) 2>/dev/null; do sleep 1; done`,
  'JVM_EXTRA_OPTS="-Dcassandra.config.allow_system_properties=true -Dcassandra.settings.broadcast_rpc_address=$(hostname -i)"',
  'export JVM_EXTRA_OPTS',
  'exec cassandra -f',
].join('; ');

export function jvmServerOptions({ heapMiB, hosts = [] }: CassandraOptions): string {
  return lines(
    `-Xms${heapMiB}m`,
    `-Xmx${heapMiB}m`,
    '-Xss256k',
    '-XX:+ExitOnOutOfMemoryError',
    '-XX:+PerfDisableSharedMem',
    '-Djava.net.preferIPv4Stack=true',
    '-Djava.io.tmpdir=/tmp',
    '-Djna.tmpdir=/tmp',
    ...(hosts.length > 1
      ? // Who may log in is known to a majority as well: the default is one copy in all.
        [`-Dcassandra.system_auth.default_rf=${replicationFactor(hosts.length)}`]
      : [
          // One node: nobody to gossip with and no ring to agree on.
          '-Dcassandra.ring_delay_ms=0',
          '-Dcassandra.skip_wait_for_gossip_to_settle=0',
          // The default superuser is made 10 s after the start otherwise; `migrate` replaces it.
          '-Dcassandra.superuser_setup_delay_ms=0',
        ]),
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
