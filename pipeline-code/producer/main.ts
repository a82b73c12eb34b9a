import { createKafka } from '../common/kafka';
import { createLogger, describeError } from '../common/logger';
import { createRegistry } from '../common/registry';
import { retry } from '../common/retry';
import { createServer, listen } from '../common/server';
import { closeOnSignal } from '../common/shutdown';
import { readConfig } from './config';
import { kafkaRunStore, kafkaUsers, Sender } from './kafka';
import { addRoutes } from './routes';
import { Runs } from './runs';
import { Source } from './source';

async function main(): Promise<void> {
  const { brokers, registryUrl, port, logLevel, userSource, urls, token } = readConfig();
  const logger = createLogger('producer', logLevel);
  const kafka = createKafka({ clientId: 'producer', brokers, logger });
  const sender = new Sender(kafka, logger);
  const runs = new Runs({
    store: kafkaRunStore(kafka, sender, logger),
    source: new Source({ urls, logger }),
    userSource,
    send: kafkaUsers(sender, createRegistry(registryUrl, 'producer')),
    logger,
  });

  let unavailable: string | undefined = 'the runs of earlier processes are being read from Kafka';
  const server = createServer(logger, () => unavailable);
  addRoutes(server, { runs, token, unavailable: () => unavailable });
  closeOnSignal(
    logger,
    () => server.close(),
    () => runs.stop(),
    () => sender.close(),
  );
  await listen(server, port);

  await retry(
    {
      attempts: 30,
      maxDelayMs: 5000,
      onRetry: (error) => logger.warn({ reason: describeError(error) }, 'the runs cannot be read yet'),
    },
    async () => {
      await sender.connect();
      await runs.start();
    },
  );
  unavailable = undefined;
}

main().catch((error: unknown) => {
  createLogger('producer').fatal({ err: error }, describeError(error));
  process.exit(1);
});
