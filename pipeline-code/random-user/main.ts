import { baseEnvironment, readEnvironment, serverEnvironment } from '../common/config';
import { createLogger } from '../common/logger';
import { createServer, listen } from '../common/server';
import { closeOnSignal } from '../common/shutdown';
import { addRoutes } from './routes';

const config = readEnvironment({ ...baseEnvironment, ...serverEnvironment });
const logger = createLogger('random-user', config.LOG_LEVEL);
const server = createServer(logger);
addRoutes(server);
closeOnSignal(logger, () => server.close());
void listen(server, config.PORT);
