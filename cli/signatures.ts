/** What is known of a failure. */
export interface Facts {
  readonly workload: string;
  readonly exitCode?: number;
  /** The kernel has killed a process of the container for its memory. */
  readonly oomKilled?: boolean;
  readonly log: string;
}

/** A failure that was seen before: how to know it again, why it happens and what to do. */
export interface Signature {
  readonly id: string;
  readonly title: string;
  /** Who fails with it. @default - anybody */
  readonly service?: RegExp;
  readonly matches: RegExp | ((facts: Facts) => boolean);
  /** `{service}` stands for the name of the service that failed. */
  readonly cause: string;
  readonly advice: string;
  /** A restart changes nothing: nobody needs to wait for the next one. */
  readonly lasting: boolean;
  /** A line that was really said, or that a program of this project says; a test knows the failure by it. */
  readonly seen: string;
}

/** The first that fits counts, so the more special ones come first. The page docs/troubleshooting.md is made from it. */
export const signatures: readonly Signature[] = [
  {
    id: 'out-of-memory',
    title: 'killed for its memory',
    matches: ({ oomKilled }) => oomKilled === true,
    cause: 'The kernel has killed {service}, because it needed more memory than its limit.',
    advice:
      'Give it more, for example { "memoryMiB": { "{service}": 2048 } } in settings.json or { "profile": "standard" }, and run "npm start" again.',
    lasting: true,
    seen: 'exited, exit code 137, OOMKilled: true',
  },
  {
    id: 'java-heap',
    title: 'Java heap too small',
    matches:
      /java\.lang\.OutOfMemoryError: (Java heap space|GC overhead limit exceeded|Metaspace)|Initial heap size set to a larger value/,
    cause: 'The heap of {service}, which is calculated from its memory limit, is too small for what it does.',
    advice:
      'Give it more memory, for example { "memoryMiB": { "{service}": 2048 } } in settings.json or { "profile": "standard" }, and run "npm start" again.',
    lasting: true,
    seen: 'Terminating due to java.lang.OutOfMemoryError: Java heap space',
  },
  {
    id: 'limit-below-use',
    title: 'memory limit below what is in use',
    matches: /unable to set memory limit to \d+ \(current usage: \d+/,
    cause: 'The new memory limit of {service} is less than it uses at this moment, so the kernel refuses it.',
    advice:
      'Set more than "npx streaming status" shows in use, for example { "memoryMiB": { "{service}": 512 } } in settings.json, and run "npm start" again.',
    lasting: true,
    seen: 'runc did not terminate successfully: exit status 1: unable to set memory limit to 100663296 (current usage: 213204992, peak usage: 261496832)',
  },
  {
    id: 'too-many-processes',
    title: 'no more threads or processes',
    matches: /unable to create native thread|pthread_create failed \(EAGAIN\)|Resource temporarily unavailable.*fork/,
    cause: 'The machine or the engine does not allow {service} to start another thread.',
    advice:
      'Look at "ulimit -u" and at the limit of the engine ("systemctl show docker -p TasksMax"), raise it, and run "npm start" again.',
    lasting: true,
    seen: '[warning][os,thread] Failed to start thread "Unknown thread" - pthread_create failed (EAGAIN) for attributes: stacksize: 1024k, guardsize: 0k, detached.',
  },
  {
    id: 'disk-full',
    title: 'disk full',
    matches: /No space left on device|no space left on device|Insufficient disk space to write|Disk quota exceeded/,
    cause: 'The disk that holds the volumes of the engine (usually under /var/lib/docker) is full.',
    advice:
      'See what takes the space with "df -h" and "docker system df", remove what is not needed ("docker builder prune" is safe for this deployment), and run "npm start" again.',
    lasting: true,
    seen: '2026-11-23 18:32:52.729 UTC [19] FATAL:  could not write to file "pg_wal/xlogtemp.19": No space left on device',
  },
  {
    id: 'cluster-id',
    title: 'Kafka belongs to another cluster',
    service: /^kafka$/,
    matches: /InconsistentClusterIdException|Invalid cluster\.id in: /,
    cause:
      'The volume of Kafka and the volume of ZooKeeper are not of the same deployment: one of them was removed, restored or made anew without the other.',
    advice:
      'Put the missing volume back if there is a copy. Else the topics cannot be saved: "npm run down" and "npm start" make both anew.',
    lasting: true,
    seen: 'java.lang.RuntimeException: Invalid cluster.id in: /var/lib/kafka/data/meta.properties. Expected D9JjNpamRbaJATCFou4uZw, but read AAAAAAAAAAAAAAAAAAAAAA',
  },
  {
    id: 'postgres-password',
    title: 'Postgres refuses the password',
    matches: /password authentication failed for user/,
    cause:
      'The database was made with another password than the one in .deployments now: the folder of the secrets was removed or copied from elsewhere, while the volume stayed.',
    advice:
      'Put the folder .deployments/<name>/secrets back. If it is lost, "npm run down" and "npm start" make database and password anew; Airflow forgets its runs then.',
    lasting: true,
    seen: 'psycopg2.OperationalError: connection to server at "127.0.0.1", port 5432 failed: FATAL:  password authentication failed for user "airflow"',
  },
  {
    id: 'cassandra-password',
    title: 'Cassandra refuses the password',
    matches: /Cassandra refuses the role|Provided username \S+ and\/or password are incorrect/,
    cause:
      'Cassandra was set up with another password than the one in .deployments now: the folder of the secrets was removed or copied from elsewhere, while the volume stayed.',
    advice:
      'Put the folder .deployments/<name>/secrets back. If it is lost, "npm run down" and "npm start" make table and passwords anew; the rows are lost then.',
    lasting: true,
    seen: "migrate failed: Cassandra refuses the role 'admin' with the password in 'cassandra-admin-password', and its first-boot login is closed; put the password that this Cassandra knows back into that secret",
  },
  {
    id: 'schema-refused',
    title: 'schema refused',
    service: /^migrate$/,
    matches: /the schema of '[^']+' is not \w+ compatible/,
    cause:
      'The contract has changed in a way that readers of the records before could not follow. Nothing was changed in the registry or in Cassandra.',
    advice:
      'The lines above name the field. Give a new field a default, keep the type of an existing one, or use a new topic; then run "npm start" again.',
    lasting: true,
    seen: "migrate failed: the schema of 'users_created-value' is not BACKWARD compatible with its version 1:",
  },
  {
    id: 'migration-edited',
    title: 'a migration was edited',
    service: /^migrate$/,
    matches: /is not the one that was applied to this Cassandra|is not the contract's/,
    cause: 'The table in Cassandra is not what the migrations of this checkout make.',
    advice: 'Restore the migration that the line names and add a new one instead; then run "npm start" again.',
    lasting: true,
    seen: 'migrate failed: migration 1 (created_users) is not the one that was applied to this Cassandra; a released migration is never edited: restore it and add a new one',
  },
  {
    id: 'volume-permission',
    title: 'no right to write to its volume',
    matches:
      /AccessDeniedException: \/var\/lib|Failed to load \/var\/lib\/kafka\/data during broker startup|\/var\/lib\/\S+'?: Permission denied|Permission denied.*\/var\/lib\/|directory \S*\/var\/lib\/\S* is not writable/,
    cause:
      'The files on the volume of {service} belong to another user: they were restored or copied as root, or come from another image.',
    advice:
      'The line names the folder. Give it the user of the service ("docker inspect -f {{.Config.User}}" shows it), for example with "docker run --rm -u 0 -v VOLUME:/data IMAGE chown -R USER /data", and run "npm start" again.',
    lasting: true,
    seen: 'Exception (org.apache.cassandra.io.FSWriteError) encountered during startup: java.nio.file.AccessDeniedException: /var/lib/cassandra/commitlog',
  },
  {
    id: 'port-taken',
    title: 'port taken',
    matches: /port is already allocated|bind: address already in use/,
    cause: 'Another program or another container has taken a port of this deployment in the meantime.',
    advice:
      'The line names the port. End the other program, or move all ports of this deployment with { "portOffset": 100 } in settings.json, and run "npm start" again.',
    lasting: true,
    seen: 'Bind for 127.0.0.1:9391 failed: port is already allocated',
  },
  {
    id: 'subnet-clash',
    title: 'address range taken',
    matches: /Pool overlaps with other one on this address space/,
    cause: 'Another Docker network of this machine uses addresses of the range that this deployment takes.',
    advice:
      'Choose another range, for example { "subnetRange": "10.214.0.0/21" } in settings.json ("docker network inspect" shows what is taken), and run "npm start" again.',
    lasting: true,
    seen: 'Error response from daemon: Pool overlaps with other one on this address space',
  },
  {
    id: 'missing-image',
    title: 'image missing',
    matches:
      /Unable to find image 'streaming-platform\/|No such image: streaming-platform\/|unable to find or pull image streaming-platform\//i,
    cause:
      'An image of this project was removed from the engine ("docker image prune -a" does that) after it was built.',
    advice: 'Run "npm start" (or "npm run images"): it builds what is missing.',
    lasting: true,
    seen: "Unable to find image 'streaming-platform/kafka:gone' locally",
  },
  {
    id: 'not-in-the-state',
    title: 'objects on the cluster that the state does not know',
    service: /^Terraform$/,
    matches:
      /(namespaces|statefulsets\.apps|deployments\.apps|jobs\.batch|services|configmaps|secrets) "[^"]+" already exists/,
    cause:
      'The namespace holds objects that the state does not remember: an older state was put back, or the state is kept elsewhere and a deployment was killed before it could write down what it had made.',
    advice:
      'Run "npx streaming down --platform k8s", which removes the namespace with its data, and deploy again. To keep the data, remove only the object that the line names with kubectl.',
    lasting: true,
    seen: 'Error: statefulsets.apps "kafka" already exists',
  },
  {
    id: 'missing-program',
    title: 'the image does not fit',
    matches: /exec: "[^"]+": (stat [^:]+: no such file or directory|executable file not found)|exec format error/,
    cause:
      'The image of {service} does not hold the program that is to run, or was built for another kind of processor.',
    advice:
      'Run "npm run images" and "npm start". If images of your own are used, look at the line: it names the program.',
    lasting: true,
    seen: 'OCI runtime create failed: runc create failed: unable to start container process: exec: "/nothing": stat /nothing: no such file or directory: unknown',
  },
  {
    id: 'missing-folder',
    title: 'a folder of the checkout is gone',
    matches: /bind source path does not exist/,
    cause:
      'The checkout was moved or removed after the deployment, so a folder that {service} reads (the DAGs) is not there.',
    advice: 'Put the checkout back to the path that the line names, or run "npm start" in the new place.',
    lasting: true,
    seen: 'invalid mount config for type "bind": bind source path does not exist: /tmp/not-there',
  },
  {
    id: 'engine-gone',
    title: 'the engine is gone',
    matches: /Cannot connect to the Docker daemon|connect (ENOENT|ECONNREFUSED) \S*docker\.sock/,
    cause: 'The Docker engine has ended or was restarted.',
    advice: 'Run "npm start": it starts the engine, or says what is missing, and goes on from here.',
    lasting: true,
    seen: 'Cannot connect to the Docker daemon at unix:///tmp/none.sock. Is the docker daemon running?',
  },
  {
    id: 'clock',
    title: 'the clock is wrong',
    matches: /ImmatureSignatureError|The token is not yet valid|Signature has expired.*iat/,
    cause: 'The clock of the machine has jumped: tokens that were issued a moment ago lie in the future.',
    advice:
      'Set the clock ("timedatectl set-ntp true"; under WSL "sudo hwclock -s"), then "npm run stop" and "npm start".',
    lasting: false,
    seen: 'jwt.exceptions.ImmatureSignatureError: The token is not yet valid (iat)',
  },
  {
    id: 'old-session',
    title: 'Kafka finds its own old session',
    service: /^kafka$/,
    matches: /NodeExistsException|KeeperErrorCode = NodeExists/,
    cause: 'A broker that was killed comes back before ZooKeeper has given up its session.',
    advice:
      'It starts by itself after some seconds. If it does not, two brokers use the same ZooKeeper: look at "docker ps".',
    lasting: false,
    seen: 'org.apache.zookeeper.KeeperException$NodeExistsException: KeeperErrorCode = NodeExists',
  },
  {
    id: 'zookeeper-session',
    title: 'Kafka does not reach ZooKeeper',
    service: /^kafka$/,
    matches: /ZooKeeperClientTimeoutException|Unable to open socket to zookeeper|ZooKeeperClientExpiredException/,
    cause: 'ZooKeeper does not run, or does not answer in time.',
    advice: 'Look at "npx streaming logs zookeeper": what stops ZooKeeper stops Kafka.',
    lasting: false,
    seen: 'kafka.zookeeper.ZooKeeperClientTimeoutException: Timed out waiting for connection while in state: CONNECTING',
  },
  {
    id: 'unknown-topic',
    title: 'a topic is missing',
    matches: /This server does not host this topic-partition|UNKNOWN_TOPIC_OR_PARTITION/,
    cause: 'A topic of the contract is not there: somebody has removed it, or the volume of Kafka was made anew.',
    advice:
      'Run "docker start -a NAME-migrate" with the name of the deployment: it makes what is missing. The records that were in the topic are gone.',
    lasting: false,
    seen: 'KafkaJSProtocolError: This server does not host this topic-partition',
  },
  {
    id: 'records-lost',
    title: 'records are gone that were never stored',
    service: /^stream$/,
    matches: /data may have been lost|failOnDataLoss|offset was changed from/i,
    cause:
      'Kafka no longer holds records that the stream has not stored: their retention has passed, or the topic was made anew.',
    advice:
      'The stream stops rather than hide a loss. To accept it, remove the volume NAME-stream-checkpoints together with the container of the stream and run "npm start": rows that are stored already are written once more.',
    lasting: false,
    seen: 'Some data may have been lost because they are not available in Kafka any more; either the data was aged out by Kafka or the topic may have been deleted before all the data in the topic was processed. If you don\'t want your streaming query to fail on such cases, set the source option "failOnDataLoss" to "false".',
  },
];

/** What a failure looks like, if it is known. */
export function diagnose(facts: Facts): Signature | undefined {
  // Terraform draws boxes around its errors and breaks their lines.
  const joined = facts.log.replace(/^\s*[│╷╵]\s?/gm, '').replace(/\s*\n\s*/g, ' ');
  return signatures.find(
    ({ service, matches }) =>
      (service === undefined || service.test(facts.workload)) &&
      (typeof matches === 'function' ? matches(facts) : matches.test(facts.log) || matches.test(joined)),
  );
}

export function causeOf({ cause }: Signature, workload: string): string {
  return cause.replaceAll('{service}', workload);
}

export function adviceOf({ advice }: Signature, workload: string): string {
  return advice.replaceAll('{service}', workload);
}

/** The line of a log that a signature was known by. */
export function tellingLine({ matches }: Signature, lines: readonly string[]): string | undefined {
  return typeof matches === 'function' ? undefined : lines.find((line) => matches.test(line));
}
