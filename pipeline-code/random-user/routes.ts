import type { FastifyInstance } from 'fastify';
import { v4 } from 'uuid';
import { z } from 'zod';

import { userApiMaxResults, userApiVersion } from '../contract';
import { page } from './users';

export const faults = ['429', '500', 'slow', 'empty', 'short', 'malformed'] as const;

const SLOW_MS = 30_000;

// randomuser.me takes anything: what it does not understand counts as 1.
const numberOr1 = (highest: number) => z.coerce.number().int().min(1).max(highest).catch(1);

const querySchema = z.object({
  results: numberOr1(userApiMaxResults),
  page: numberOr1(10_000),
  seed: z.string().min(1).optional(),
  nat: z.string().optional(),
  fault: z.enum(faults).optional(),
});

/** `GET /api/1.4/` as randomuser.me answers it; `fault=` makes it answer as it does on a bad day. */
export function addRoutes(server: FastifyInstance): void {
  server.get(`/api/${userApiVersion}`, async (request, reply) => {
    const query = querySchema.safeParse(request.query);
    if (!query.success) {
      return reply.code(400).send({ error: `fault is one of ${faults.join(', ')}` });
    }
    const { results, page: number, seed = v4().replaceAll('-', '').slice(0, 16), nat, fault } = query.data;
    const answer = page(seed, number, results, nat?.toUpperCase().split(','));
    switch (fault) {
      case '429':
        return reply.code(429).header('retry-after', '1').send({ error: 'Too many requests' });
      case '500':
        return reply.code(500).send({ error: 'Uh oh, something has gone wrong' });
      case 'slow':
        await new Promise((resolve) => setTimeout(resolve, SLOW_MS).unref());
        return answer;
      case 'empty':
        return { ...answer, results: [] };
      case 'short':
        return { ...answer, results: answer.results.slice(0, Math.floor(results / 2)) };
      case 'malformed':
        return { ...answer, results: answer.results.map(({ name: _name, ...rest }) => rest) };
      default:
        return answer;
    }
  });
}
