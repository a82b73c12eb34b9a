import pico from '@picocss/pico/css/pico.min.css';

import { createKafka } from '../common/kafka';
import { createLogger } from '../common/logger';
import { listen } from '../common/server';
import { closeOnSignal } from '../common/shutdown';
import { readConfig } from './config';
import own from './console.css';
import { createFacts } from './facts';
import { registryReader } from './registry';
import { createConsole } from './server';

const config = readConfig();
const logger = createLogger('console', config.logLevel);
const kafka = createKafka({
  clientId: 'console',
  brokers: config.kafka,
  // What kafkajs has to say about a broker that is down stands on the page; the log would repeat it at every refresh.
  logger: logger.child({}, { level: 'fatal' }),
  retry: { initialRetryTime: 100, maxRetryTime: 300, retries: 2 },
});
const facts = createFacts(
  { kafka, address: config.kafka.join(', ') },
  { reader: registryReader(config.registry), address: config.registry },
);
const server = createConsole(facts, { style: `${pico}\n${own}`, logger });
closeOnSignal(logger, () => server.close());

listen(server, config.port).catch((error: unknown) => {
  logger.fatal({ err: error }, `cannot listen on port ${config.port}`);
  process.exit(1);
});
