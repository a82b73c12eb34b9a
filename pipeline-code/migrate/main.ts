import { createKafka } from '../common/kafka';
import { createLogger, describeError, type Logger } from '../common/logger';
import { retryUntil } from '../common/retry';
import { avroSchemaText, topicSettings, usersCompatibility, usersSubject } from '../contract';
import { readConfig } from './config';
import { migrations } from './migrations';
import type { Report } from './report';
import { logInAsAdmin, logInAsGiven, logInTo, migrateRole, RefusedError } from './roles';
import { migrateSubject } from './subject';
import { migrateTables } from './tables';
import { migrateTopics } from './topics';

type Config = ReturnType<typeof readConfig>;

/** How long a fresh Cassandra may refuse every log-in: it opens its port before its first role exists. */
const FIRST_ROLE_MS = 30_000;

async function main(): Promise<void> {
  const config = readConfig();
  const logger = createLogger('migrate', config.logLevel);
  let changes = 0;
  const report: Report = {
    changed: (what) => {
      changes += 1;
      logger.info(what);
    },
    noticed: (what) => logger.warn(what),
  };
  const deadline = Date.now() + config.deadlineSeconds * 1000;
  // The three services start at different speeds, and none of these steps needs another one.
  const steps = await Promise.allSettled([
    kafka(config, deadline, logger, report),
    registry(config, deadline, report),
    cassandra(config, deadline, report),
  ]);
  const failures = steps.flatMap((step) => (step.status === 'rejected' ? [step.reason as unknown] : []));
  if (failures.length > 0) {
    throw new Error(failures.map(describeError).join('\n'));
  }
  logger.info(changes === 0 ? 'everything is as it should be, nothing changed' : `done, ${changes} changes`);
}

async function kafka({ kafka: { brokers, ...config } }: Config, deadline: number, logger: Logger, report: Report) {
  await waitFor(`Kafka at ${brokers.join(',')}`, deadline, async () => {
    const quiet = logger.child({}, { level: 'silent' });
    const admin = createKafka({ clientId: 'migrate', brokers, logger: quiet, retry: { retries: 0 } }).admin();
    try {
      await admin.connect();
      await admin.describeCluster();
    } finally {
      await admin.disconnect();
    }
  });
  const client = createKafka({ clientId: 'migrate', brokers, logger });
  await migrateTopics(client, topicSettings(config.usersPartitions), config.replicationFactor, report);
}

async function registry({ registryUrl }: Config, deadline: number, report: Report) {
  await waitFor(`the Schema Registry at ${registryUrl}`, deadline, async () => {
    const response = await fetch(new URL('/subjects', registryUrl), { signal: AbortSignal.timeout(5000) });
    await response.arrayBuffer();
    if (!response.ok) {
      throw new Error(`HTTP ${response.status}`);
    }
  });
  const subject = { name: usersSubject, compatibility: usersCompatibility, schema: avroSchemaText };
  await migrateSubject(registryUrl, subject, report);
}

async function cassandra({ cassandra: { passwords, ...config } }: Config, deadline: number, report: Report) {
  const logIn = logInTo(config);
  let refusedSince: number | undefined;
  const admin = await waitFor(
    `Cassandra at ${config.contactPoints.join(',')}`,
    deadline,
    () =>
      (config.hasFirstLogin
        ? logInAsAdmin(logIn, passwords.admin, report)
        : logInAsGiven(logIn, passwords.admin)
      ).catch((error: unknown) => {
        refusedSince = error instanceof RefusedError ? (refusedSince ?? Date.now()) : undefined;
        throw error;
      }),
    () => refusedSince === undefined || Date.now() - refusedSince < FIRST_ROLE_MS,
  );
  try {
    await migrateTables(admin, config, migrations, report);
    await migrateRole(admin, logIn, 'stream', passwords.stream, report);
    await migrateRole(admin, logIn, 'reader', passwords.reader, report);
  } finally {
    await admin.shutdown();
  }
}

async function waitFor<T>(
  service: string,
  deadline: number,
  attempt: () => Promise<T>,
  worthWaiting: () => boolean = () => true,
): Promise<T> {
  const started = Date.now();
  try {
    return await retryUntil(deadline, attempt, { maxDelayMs: 1000, when: worthWaiting });
  } catch (error) {
    if (error instanceof RefusedError) {
      throw error;
    }
    const waited = Math.round((Date.now() - started) / 1000);
    throw new Error(`${service} did not answer within ${waited} s: ${describeError(error)}`, { cause: undefined });
  }
}

// A request that hangs does not keep Node alive, nor does its time-out: without this the program could end in the middle
// of its work, and with exit code 0.
setInterval(() => undefined, 1000);
process.exitCode = 1;

main().then(
  // A driver that keeps a socket open must not keep the deployment waiting.
  () => process.exit(0),
  (error: unknown) => {
    // Plain text: this is what somebody reads at the end of a failed deployment.
    process.stderr.write(`migrate failed: ${describeError(error)}\n`, () => process.exit(1));
  },
);
