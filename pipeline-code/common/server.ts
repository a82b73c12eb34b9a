import fastify, { LogController, type FastifyInstance } from 'fastify';

import type { Logger } from './logger';

/** An HTTP server with `GET /health`: 200 `{"status":"ok"}`, or 503 with what `unhealthy` says. */
export function createServer(logger: Logger, unhealthy: () => string | undefined = () => undefined): FastifyInstance {
  const server = fastify({
    loggerInstance: logger as never,
    // A line for each health check would bury everything else.
    logController: new LogController({ disableRequestLogging: ({ url }) => url === '/health' }),
    // A run's name may be long.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1000 },
    forceCloseConnections: true,
  });
  server.get('/health', async (_request, reply) => {
    const reason = unhealthy();
    return reason === undefined ? { status: 'ok' } : reply.code(503).send({ status: 'unavailable', reason });
  });
  return server as unknown as FastifyInstance;
}

/** Listens on every address of the container. */
export async function listen(server: FastifyInstance, port: number): Promise<void> {
  await server.listen({ port, host: '0.0.0.0', listenTextResolver: (address) => `listening at ${address}` });
}
