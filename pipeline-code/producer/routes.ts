import { createHash, timingSafeEqual } from 'node:crypto';

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { maxUsersPerRun } from '../contract';
import { OtherUsersError, type Runs } from './runs';

const paramsSchema = z.object({ run_id: z.string().min(1).max(250) });
const querySchema = z.object({
  users: z.coerce.number().int().min(1).max(maxUsersPerRun),
  attempt: z.coerce.number().int().min(1).default(1),
});

export interface RouteOptions {
  readonly runs: Runs;
  readonly token: string;
  /** Why runs cannot be taken yet. */
  readonly unavailable: () => string | undefined;
}

/** `PUT /runs/{run_id}?users=N` makes sure that a run exists and returns its state; `GET /runs/{run_id}` only looks. */
export function addRoutes(server: FastifyInstance, { runs, token, unavailable }: RouteOptions): void {
  // A PUT has no body that matters; clients that send an empty form or empty JSON are as good as others.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume();
    done(null);
  });

  const hasToken = tokenCheck(token);
  server.addHook('onRequest', async (request, reply) => {
    if (request.url === '/health') {
      return;
    }
    if (!hasToken(request.headers.authorization)) {
      return reply.code(401).header('www-authenticate', 'Bearer').send({ error: 'a bearer token is needed' });
    }
    const reason = unavailable();
    if (reason !== undefined) {
      return reply.code(503).header('retry-after', '1').send({ error: reason });
    }
  });

  server.put('/runs/:run_id', async (request, reply) => {
    const params = paramsSchema.safeParse(request.params);
    const query = querySchema.safeParse(request.query);
    if (!params.success) {
      return reply.code(400).send({ error: 'a run id has 1 to 250 characters' });
    }
    if (!query.success) {
      return reply.code(400).send({ error: badQuery(request.query as Record<string, unknown>) });
    }
    try {
      return await runs.ensure(params.data.run_id, query.data.users, query.data.attempt);
    } catch (error) {
      if (error instanceof OtherUsersError) {
        return reply.code(409).send({ error: error.message });
      }
      throw error;
    }
  });

  server.get('/runs/:run_id', async (request, reply) => {
    const { run_id } = request.params as { run_id: string };
    return runs.get(run_id) ?? reply.code(404).send({ error: `there is no run '${run_id}'` });
  });
}

function badQuery({ users, attempt }: Record<string, unknown>): string {
  const got = (value: unknown) => (value === undefined ? 'it is missing' : `it is '${String(value)}'`);
  return querySchema.shape.users.safeParse(users).success
    ? `attempt must be a whole number from 1; ${got(attempt)}`
    : `users must be a whole number from 1 to ${maxUsersPerRun}; ${got(users)}`;
}

/** Compares in a time that does not depend on how much of the token is right. */
function tokenCheck(token: string): (authorization: string | undefined) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(`Bearer ${token}`);
  return (authorization) => timingSafeEqual(digest(authorization ?? ''), expected);
}
