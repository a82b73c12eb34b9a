import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { JSX } from 'preact';
import { render } from 'preact-render-to-string';

import type { Logger } from '../common/logger';
import { createServer } from '../common/server';
import type { Facts } from './facts';
import { icon } from './icon';
import { NotFound, type Outcome } from './outcome';
import { GroupsPage } from './pages/groups';
import { MessagePage } from './pages/layout';
import { OverviewPage } from './pages/overview';
import { SubjectPage, SubjectsPage } from './pages/subjects';
import { TopicPage } from './pages/topic';
import { TopicsPage } from './pages/topics';
import { refreshScript } from './refresh';

export interface ConsoleOptions {
  readonly style: string;
  readonly logger: Logger;
}

// Everything shown comes from others: should an escape ever be missed, the browser still runs nothing but our one file.
const SECURITY_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

export function createConsole(facts: Facts, { style, logger }: ConsoleOptions): FastifyInstance {
  const server = createServer(logger);
  // Open pages ask every few seconds: only what goes wrong is worth a line.
  const quiet = { logLevel: 'warn' } as const;

  server.addHook('onRequest', async (_request, reply) => {
    void reply.headers(SECURITY_HEADERS).header('cache-control', 'no-store');
  });

  const page = (path: string, answer: (request: FastifyRequest) => Promise<Page>): void => {
    server.get(path, quiet, async (request, reply) => {
      const { body, ok } = await answer(request);
      // The page itself asks again and reads what it gets: to it, a service that is down is no error.
      return html(reply, ok || request.headers['x-refresh'] !== undefined ? 200 : 503, body);
    });
  };
  const json = (path: string, answer: (request: FastifyRequest) => Promise<Outcome<unknown>>): void => {
    server.get(path, quiet, async (request, reply) => {
      const outcome = await answer(request);
      return outcome.ok ? sendJson(reply, 200, outcome.value) : sendJson(reply, 503, { problem: outcome.problem });
    });
  };

  page('/', async () => ({ ok: true, body: <OverviewPage overview={await facts.overview()} /> }));
  page('/topics', async () => {
    const topics = await facts.topics();
    return { ok: topics.ok, body: <TopicsPage topics={topics} /> };
  });
  page('/topics/:name', async (request) => {
    const name = nameIn(request);
    const found = await facts.topic(name);
    return { ok: found.ok, body: <TopicPage name={name} page={found} now={Date.now()} /> };
  });
  page('/groups', async () => {
    const groups = await facts.groups();
    return { ok: groups.ok, body: <GroupsPage groups={groups} /> };
  });
  page('/subjects', async () => {
    const found = await facts.subjects();
    return { ok: found.ok, body: <SubjectsPage page={found} /> };
  });
  page('/subjects/:name', async (request) => {
    const name = nameIn(request);
    const found = await facts.subject(name);
    return { ok: found.ok, body: <SubjectPage name={name} page={found} /> };
  });

  // The overview reports health, so it succeeds whatever it has to report.
  json('/api/overview', async () => ({ ok: true, value: await facts.overview() }));
  json('/api/topics', () => facts.topics());
  json('/api/topics/:name', (request) => facts.topic(nameIn(request)));
  json('/api/groups', () => facts.groups());
  json('/api/subjects', () => facts.subjects());
  json('/api/subjects/:name', (request) => facts.subject(nameIn(request)));

  const file = (path: string, type: string, content: string): void => {
    server.get(path, quiet, (_request, reply) => reply.type(type).header('cache-control', 'no-cache').send(content));
  };
  file('/console.css', 'text/css; charset=utf-8', style);
  file('/console.js', 'text/javascript; charset=utf-8', refreshScript);
  file('/icon.svg', 'image/svg+xml', icon);

  server.setNotFoundHandler((request, reply) => fail(request, reply, 404, 'Not found', 'There is no such page here.'));
  server.setErrorHandler((error, request, reply) => {
    if (error instanceof NotFound) {
      return fail(request, reply, 404, 'Not found', `${sentence(error.message)}.`);
    }
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    if (status < 500) {
      return fail(request, reply, status, 'Not understood', 'This request is not one that the console knows.');
    }
    request.log.error({ err: error }, 'a page failed');
    return fail(request, reply, 500, 'This page failed', 'The fault is in the console; its log says more.');
  });
  return server;
}

interface Page {
  readonly body: JSX.Element;
  /** Whether the service that the page is about could be asked. */
  readonly ok: boolean;
}

function nameIn(request: FastifyRequest): string {
  return (request.params as { name: string }).name;
}

function html(reply: FastifyReply, status: number, body: JSX.Element): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .send(`<!doctype html>${render(body)}`);
}

/** Offsets are 64 bits wide: they go out as text, as JavaScript's numbers would round them. */
function sendJson(reply: FastifyReply, status: number, value: unknown): FastifyReply {
  const text = JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));
  return reply.code(status).type('application/json; charset=utf-8').send(text);
}

function fail(request: FastifyRequest, reply: FastifyReply, status: number, title: string, text: string): FastifyReply {
  return request.url.startsWith('/api/')
    ? sendJson(reply, status, { error: text })
    : html(reply, status, <MessagePage title={title} text={text} />);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
