import { RootConstruct } from 'constructs';
import { Recorder } from '../../test/recorder';
import { anEndpoint } from '../../test/workload';
import { executorMemoryMiB, masterEnv, ports, RECOVERY_FOLDER, workerEnv } from './config';
import { Spark, type SparkProps } from './spark';

const kafka = {
  connection: { bootstrap: anEndpoint('kafka', 29092), protocol: 'PLAINTEXT' as const, replicationFactor: 1 },
};
const cassandra = {
  cql: anEndpoint('cassandra', 9042),
  datacenter: 'datacenter1',
  replicationFactor: 1,
  adminPassword: { secret: 'cassandra-admin-password' },
  streamPassword: { secret: 'cassandra-stream-password' },
  hasFirstLogin: true,
  streamProfile: { secret: 'cassandra-stream-profile' },
  readerPassword: { secret: 'cassandra-reader-password' },
};

function deploy(props: Partial<SparkProps> = {}) {
  const platform = new Recorder();
  const required = { platform, kafka, cassandra, masterMemoryMiB: 384, workerMemoryMiB: 1280 };
  const spark = new Spark(new RootConstruct(), 'Spark', { ...required, ...props });
  return { spark, master: platform.named('spark-master'), worker: platform.named('spark-worker') };
}

test('by default: a master with its state on a volume, a worker that runs two tasks at a time', () => {
  const { spark, master, worker } = deploy();
  expect(spark).toMatchObject({ masterUrl: 'spark://spark-master:7077', executorCores: 2, executorMemoryMiB: 640 });
  expect(master).toMatchObject({ volumes: { recovery: { path: RECOVERY_FOLDER } }, joins: [spark.mesh] });
  expect(master.ports!['ui']!.publish).toBeUndefined();
  expect(worker).toMatchObject({ joins: [spark.mesh], after: [expect.objectContaining({ workload: 'spark-master' })] });
});

test('memory, cores and port can be chosen', () => {
  const { spark, master, worker } = deploy({ workerMemoryMiB: 3072, workerCores: 4, publish: 9190 });
  expect(spark).toMatchObject({ executorCores: 4, executorMemoryMiB: executorMemoryMiB(3072) });
  expect(worker.command.join(' ')).toContain(`--cores 4 --memory ${executorMemoryMiB(3072)}m`);
  expect(master.ports!['ui']).toEqual({ number: ports.masterUi, publish: 9190 });
});

test('every worker runs an executor', () => {
  const { spark, worker } = deploy({ workers: 4 });
  expect([spark.executors, worker.replicas]).toEqual([4, 4]);
});

test('executors reach what they read and write, with the one credential they need', () => {
  const { worker } = deploy();
  expect(worker.uses).toEqual([kafka.connection.bootstrap, cassandra.cql]);
  expect(worker.secrets).toEqual([cassandra.streamProfile]);
});

test.each([
  [
    'a restarted master still knows the running application',
    masterEnv()['SPARK_DAEMON_JAVA_OPTS'],
    'recoveryMode=FILESYSTEM',
  ],
  ['its memory of it is on the volume', masterEnv()['SPARK_DAEMON_JAVA_OPTS'], `recoveryDirectory=${RECOVERY_FOLDER}`],
  ['the work folder does not fill up', workerEnv()['SPARK_WORKER_OPTS'], 'spark.worker.cleanup.enabled=true'],
])('%s', (_, value, part) => {
  expect(value).toContain(part);
});

test('the ports that are declared to the networks do not clash in one container', () => {
  const { executorSpare, executor, worker, workerUi } = ports;
  expect(new Set([executorSpare, executor, worker, workerUi]).size).toBe(4);
  const { driver, driverBlockManager, driverUi } = ports;
  expect(new Set([driver, driverBlockManager, driverUi]).size).toBe(3);
});
