import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';

import type { Topic } from './cluster';
import type { Facts } from './facts';
import type { Message } from './messages';
import { NotFound, type Outcome } from './outcome';
import { createConsole } from './server';

const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(2)>'`;

const topic: Topic = {
  name: HOSTILE,
  internal: false,
  partitions: [{ id: 0, leader: 1, replicas: [1], inSync: [1], low: 0n, high: 9_007_199_254_740_993n }],
  replication: 1,
  records: 9_007_199_254_740_993n,
  underReplicated: 0,
  settings: [{ name: HOSTILE, value: HOSTILE, own: true }],
  problem: HOSTILE,
};

const text = { kind: 'text', text: HOSTILE, bytes: 9, cut: false } as const;
const message: Message = {
  partition: 0,
  offset: '7',
  timestamp: Date.now(),
  key: text,
  value: { kind: 'bytes', hex: '00ff', bytes: 2, cut: false, reason: HOSTILE },
  headers: [{ name: HOSTILE, value: text }],
  deadLetter: { reason: HOSTILE, topic: HOSTILE, partition: HOSTILE, offset: HOSTILE },
};

const ok = <T,>(value: T): Outcome<T> => ({ ok: true, value });
const down = {
  ok: false,
  problem: { service: 'Kafka', address: 'kafka:29092', reason: 'connection refused' },
} as const;

const hostile: Facts = {
  overview: async () => ({
    kafka: ok({
      id: HOSTILE,
      brokers: [{ id: 1, host: HOSTILE, port: 1, controller: true }],
      topics: [topic],
      groups: [],
    }),
    registry: { ok: false, problem: { service: 'Schema Registry', address: HOSTILE, reason: HOSTILE } },
  }),
  topics: async () => ok([topic]),
  topic: async () => ok({ topic, messages: [message, { ...message, offset: '8', value: text }], remark: HOSTILE }),
  groups: async () =>
    ok([
      {
        id: HOSTILE,
        internal: false,
        state: HOSTILE,
        problem: HOSTILE,
        lag: 1n,
        members: [{ id: HOSTILE, client: HOSTILE, host: HOSTILE, assigned: [{ topic: HOSTILE, partitions: [0] }] }],
        partitions: [
          { topic: HOSTILE, partition: 0, committed: 1n, high: 2n, lag: 1n, note: HOSTILE, member: HOSTILE },
        ],
      },
    ]),
  subjects: async () =>
    ok({
      compatibility: HOSTILE,
      subjects: [{ name: HOSTILE, versions: [1], latestId: 1, type: HOSTILE, compatibility: HOSTILE }],
    }),
  subject: async () =>
    ok({
      name: HOSTILE,
      compatibility: HOSTILE,
      versions: [{ version: 1, id: 1, type: HOSTILE, schema: HOSTILE, references: [HOSTILE] }],
    }),
};

const empty: Facts = {
  overview: async () => ({
    kafka: ok({ id: 'c', brokers: [], topics: [], groups: [] }),
    registry: ok({ compatibility: 'BACKWARD', subjects: [] }),
  }),
  topics: async () => ok([]),
  topic: async () => ok({ topic: { ...topic, name: 't', problem: undefined } as never, messages: [] }),
  groups: async () => ok([]),
  subjects: async () => ok({ compatibility: 'BACKWARD', subjects: [] }),
  subject: async () => Promise.reject(new NotFound('there is no subject x')),
};

const PAGES = ['/', '/topics', '/topics/x', '/groups', '/subjects', '/subjects/x'];

function open(facts: Facts): FastifyInstance {
  return createConsole(facts, { style: 'body{}', logger: pino({ level: 'silent' }, { write: () => undefined }) });
}

async function get(facts: Facts, url: string, headers = {}): Promise<{ status: number; body: string; csp: string }> {
  const response = await open(facts).inject({ url, headers });
  return {
    status: response.statusCode,
    body: response.body,
    csp: String(response.headers['content-security-policy']),
  };
}

test.each(PAGES)('%s: what a stranger wrote into Kafka cannot become part of the page', async (url) => {
  const { status, body } = await get(hostile, url);
  expect(status).toBe(200);
  expect(body).toContain('&lt;script>alert(1)');
  expect(body).not.toMatch(/<script>alert|<img src=x|<script(?! src="\/console\.js")/);
  // A quote that ends an attribute would be as good as a tag.
  expect(body).not.toContain('"">');
});

test('the browser is told to run and load nothing but the console itself', async () => {
  const { csp } = await get(empty, '/');
  expect(csp).toContain("default-src 'none'");
  expect(csp).toContain("script-src 'self'");
  expect(csp).not.toContain('unsafe');
});

test('a page asks nobody else for anything', async () => {
  for (const url of PAGES) expect((await get(hostile, url)).body).not.toMatch(/(src|href)="(https?:)?\/\//);
});

test('a new platform says that there is nothing yet, rather than showing empty tables', async () => {
  expect((await get(empty, '/topics')).body).toContain('No topics yet');
  expect((await get(empty, '/groups')).body).toContain('No consumer groups yet');
  expect((await get(empty, '/subjects')).body).toContain('No subjects yet');
  expect((await get(empty, '/topics/t')).body).toContain('No messages in this topic');
});

test('Kafka down: the page says so and why, and the program serves on', async () => {
  const facts: Facts = { ...empty, topics: async () => down };
  const page = await get(facts, '/topics');
  expect(page.status).toBe(503);
  expect(page.body).toContain('Kafka does not answer');
  expect(page.body).toContain('connection refused');
  expect((await get(facts, '/topics', { 'x-refresh': '1' })).status).toBe(200);
  const json = await get(facts, '/api/topics');
  expect([json.status, JSON.parse(json.body)]).toEqual([503, { problem: down.problem }]);
  expect((await get(facts, '/health')).body).toBe('{"status":"ok"}');
});

test('offsets reach a script without being rounded', async () => {
  expect(JSON.parse((await get(hostile, '/api/topics')).body)[0].records).toBe('9007199254740993');
});

test('what does not exist is a 404 that says what is missing', async () => {
  const page = await get(empty, '/subjects/x');
  expect(page.status).toBe(404);
  expect(page.body).toContain('There is no subject x');
  expect(JSON.parse((await get(empty, '/api/subjects/x')).body)).toEqual({ error: 'There is no subject x.' });
  expect((await get(empty, '/nothing')).status).toBe(404);
});

test('a fault of the console shows no stack trace', async () => {
  const facts: Facts = { ...empty, groups: () => Promise.reject(new Error('secret at /app/main.js:1')) };
  const page = await get(facts, '/groups');
  expect(page.status).toBe(500);
  expect(page.body).not.toContain('secret');
  expect(page.body).not.toContain('main.js');
});
