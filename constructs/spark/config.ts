import { httpGet, type Text } from '../workload';

/** Ports of the cluster. Fixed, because every one of them is declared to the platform's networks. */
export const ports = {
  master: 7077,
  masterUi: 8080,
  worker: 7078,
  workerUi: 8081,
  /** Block manager of an executor; a second one while the executor before it is still ending. */
  executor: 7079,
  executorSpare: 7080,
  driver: 7080,
  driverBlockManager: 7081,
  driverUi: 4040,
} as const;

export const RECOVERY_FOLDER = '/var/lib/spark/recovery';
export const CHECKPOINT_FOLDER = '/var/lib/spark/checkpoints';
export const user = { uid: 185, gid: 185 } as const;

/**
 * The serial collector has no thread pools, and a restarted peer has another address: names are asked again soon. A worker
 * that is silent for 30 s is given up; the default of 60 s is also how long a restarted master waits for the old ones.
 */
const DAEMON_OPTIONS = '-XX:+UseSerialGC -Dsun.net.inetaddr.ttl=5 -Dspark.worker.timeout=30';

/** Memory of a worker container beside its executors' heap: the worker's own JVM and each executor's off-heap memory. */
const WORKER_OVERHEAD_MIB = 640;

/** Heap of the one executor that fits a worker container. */
export function executorMemoryMiB(workerMemoryMiB: number): number {
  return workerMemoryMiB - WORKER_OVERHEAD_MIB;
}

/** glibc keeps an arena per core and thread otherwise, which a memory limit counts. */
const common = { SPARK_PUBLIC_DNS: 'localhost', MALLOC_ARENA_MAX: '2' };

/** Succeeds when the master is in charge, and no longer getting to know those who were there before its own restart. */
export const masterIsAlive = (host: string) => httpGet(ports.masterUi, '/json/', /"status" : "ALIVE"/, host);

/** Succeeds when the master counts a worker among its own: what the worker believes of itself is not enough. */
export const masterHasWorker = (host: string) => httpGet(ports.masterUi, '/json/', /"aliveworkers" : [1-9]/, host);

/**
 * A command that begins when another one succeeds.
 *
 * A worker that comes up while the master recovers is taken for the one before it: both sides believe that it is
 * registered, and it gets no work for ever.
 */
export function startWhen(ready: readonly string[], command: readonly Text[]): readonly Text[] {
  const wait =
    'trap exit TERM; ready=("${@:1:$0}"); shift "$0"; until "${ready[@]}" 2>/dev/null; do sleep 1; done; exec "$@"';
  return ['bash', '-c', wait, String(ready.length), ...ready, ...command];
}

export function masterEnv(): Record<string, string> {
  return {
    ...common,
    SPARK_DAEMON_MEMORY: '192m',
    // Without recovery a restarted master does not know the running application, and its executors never come back.
    SPARK_DAEMON_JAVA_OPTS: `${DAEMON_OPTIONS} -Dspark.deploy.recoveryMode=FILESYSTEM -Dspark.deploy.recoveryDirectory=${RECOVERY_FOLDER}`,
  };
}

export function workerEnv(): Record<string, string> {
  return {
    ...common,
    SPARK_DAEMON_MEMORY: '160m',
    SPARK_DAEMON_JAVA_OPTS: DAEMON_OPTIONS,
    SPARK_WORKER_OPTS: '-Dspark.worker.cleanup.enabled=true -Dspark.worker.cleanup.appDataTtl=3600',
    SPARK_LOCAL_DIRS: '/tmp/spark',
  };
}
