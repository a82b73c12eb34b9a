import { type ISocketFactory, Kafka, logLevel, type LogEntry, type RetryOptions } from 'kafkajs';

import type { Logger } from './logger';

// The default partitioner of kafkajs 2 is Java's; the warning about it has done its work.
process.env['KAFKAJS_NO_PARTITIONER_WARNING'] ??= '1';

export interface KafkaOptions {
  readonly clientId: string;
  readonly brokers: readonly string[];
  readonly logger: Logger;
  /** @default - connects to the address that each broker announces */
  readonly socketFactory?: ISocketFactory;
  /** @default - outlives the restart of a broker: about two minutes */
  readonly retry?: RetryOptions;
}

const OUTLIVE_A_RESTART: RetryOptions = { initialRetryTime: 200, maxRetryTime: 3000, retries: 40 };

/** A Kafka client that logs through pino. */
export function createKafka({
  clientId,
  brokers,
  logger,
  socketFactory,
  retry = OUTLIVE_A_RESTART,
}: KafkaOptions): Kafka {
  return new Kafka({
    clientId,
    brokers: [...brokers],
    retry,
    socketFactory,
    connectionTimeout: 3000,
    logLevel: logger.level === 'debug' || logger.level === 'trace' ? logLevel.DEBUG : logLevel.INFO,
    logCreator: () => {
      const child = logger.child({ library: 'kafkajs' });
      return (entry) => write(child, entry);
    },
  });
}

function write(logger: Logger, { level, namespace, log }: LogEntry): void {
  const { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...rest } = log;
  const text = namespace ? `${namespace}: ${message}` : message;
  // kafkajs calls "error" what it tries again by itself; only its callers know what has failed for good.
  if (level === logLevel.ERROR || level === logLevel.WARN) {
    logger.warn(rest, text);
  } else {
    // Its "info" are the joins and seeks of a consumer.
    logger.debug(rest, text);
  }
}
