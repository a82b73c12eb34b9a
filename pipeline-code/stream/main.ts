import { createKafka } from '../common/kafka';
import { createLogger, describeError } from '../common/logger';
import { createServer, listen } from '../common/server';
import { closeOnSignal } from '../common/shutdown';
import { parseConfig } from './config';
import { Supervisor } from './supervisor';

async function main(): Promise<void> {
  const config = parseConfig();
  const logger = createLogger('stream', config.logLevel);
  const kafka = createKafka({
    clientId: 'stream',
    brokers: config.brokers,
    // The supervisor says once that Kafka is away; kafkajs would say it for every attempt.
    logger: logger.child({}, { level: 'error' }),
    // The supervisor has its own patience, and must notice that Kafka is away.
    retry: { initialRetryTime: 100, retries: 2 },
  });
  const supervisor = new Supervisor(config, kafka, logger);
  const server = createServer(logger, () => supervisor.unhealthy());
  server.get('/status', async () => supervisor.status());
  closeOnSignal(
    logger,
    () => supervisor.stop(),
    () => server.close(),
  );
  await listen(server, config.port);
  await supervisor.start();
}

main().catch((error: unknown) => {
  createLogger('stream').fatal(describeError(error));
  process.exit(1);
});
