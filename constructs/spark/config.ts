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

/** The serial collector has no thread pools, and a restarted peer has another address: names are asked again soon. */
const DAEMON_OPTIONS = '-XX:+UseSerialGC -Dsun.net.inetaddr.ttl=5';

/** Memory of a worker container beside its executors' heap: the worker's own JVM and each executor's off-heap memory. */
const WORKER_OVERHEAD_MIB = 640;

/** Heap of the one executor that fits a worker container. */
export function executorMemoryMiB(workerMemoryMiB: number): number {
  return workerMemoryMiB - WORKER_OVERHEAD_MIB;
}

/** glibc keeps an arena per core and thread otherwise, which a memory limit counts. */
const common = { SPARK_PUBLIC_DNS: 'localhost', MALLOC_ARENA_MAX: '2' };

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
