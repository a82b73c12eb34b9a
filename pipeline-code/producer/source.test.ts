import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { createLogger } from '../common/logger';
import { page as twinPage } from '../random-user/users';
import { Source, type SourceOptions } from './source';

const logger = createLogger('test', 'silent');
const request = { seed: 'manual__2026-11-23T14:00:00+00:00', page: 2, results: 10 };
const good = twinPage(request.seed, request.page, request.results);

let server: Server;
let asked: string[];

/** A real HTTP server that gives these answers, the last one for ever. */
async function api(...answers: RequestListener[]): Promise<string> {
  asked = [];
  server = createServer((req, res) => {
    asked.push(req.url ?? '');
    const answer = answers[Math.min(asked.length, answers.length) - 1] as RequestListener;
    answer(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/1.4/`;
}

const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): RequestListener =>
  (_req, res) =>
    res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const hang: RequestListener = () => undefined;
const cut: RequestListener = (_req, res) =>
  res.writeHead(200, { 'content-length': '999' }).write('{"resu', () => res.destroy());
const html: RequestListener = (_req, res) => res.writeHead(200).end('<html>be back soon</html>');

/** Only an API that never answers gets a short time: a busy machine needs longer than that for a good answer. */
const patience = (answer: RequestListener, timeoutMs: number): Partial<SourceOptions> =>
  answer === hang ? { timeoutMs, probeTimeoutMs: timeoutMs } : {};

function source(live: string, options: Partial<SourceOptions> = {}): Source {
  const urls = { live, twin: 'http://127.0.0.1:1/' };
  return new Source({ urls, logger, attempts: 3, initialDelayMs: 1, ...options });
}

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('the random user API', () => {
  it('is asked for one page of the pinned version by the seed of the run', async () => {
    const users = await source(await api(json(good))).page('live', request);
    expect(users).toHaveLength(10);
    expect(asked).toEqual(['/api/1.4/?results=10&seed=manual__2026-11-23T14%3A00%3A00%2B00%3A00&page=2']);
  });

  const badDays: [string, RequestListener, RegExp][] = [
    ['empty results', json({ ...good, results: [] }), /0 users instead of 10/],
    ['short results', json({ ...good, results: good.results.slice(0, 4) }), /4 users instead of 10/],
    ['no answer in time', hang, /no answer within 200 ms/],
    ['429', json({ error: 'slow down' }, 429), /HTTP 429/],
    ['500', json({ error: 'Uh oh, something has gone wrong' }, 500), /HTTP 500/],
    ['503', json({}, 503), /HTTP 503/],
    [
      'a user without a name',
      json({ ...good, results: good.results.map(({ name: _, ...rest }) => rest) }),
      /malformed answer: .*name/,
    ],
    ['an error object', json({ error: 'Uh oh' }), /malformed answer: .*results/],
    ['a web page', html, /JSON/],
    ['an answer that breaks off', cut, /terminated|closed|socket/],
  ];

  it.each(badDays)('ends a run with a reason when it only has %s (DEFECTS 11, 12)', async (_name, answer, reason) => {
    const patient = patience(answer, 200);
    await expect(source(await api(answer), patient).page('live', request)).rejects.toThrow(reason);
    expect(asked).toHaveLength(3);
  });

  it.each(badDays)('is asked again after %s, and the run goes on (DEFECTS 11)', async (_name, answer) => {
    const patient = patience(answer, 2000);
    expect(await source(await api(answer, json(good)), patient).page('live', request)).toHaveLength(10);
    expect(asked).toHaveLength(2);
  });

  it('is not asked again when it refuses the request itself', async () => {
    await expect(source(await api(json({}, 404))).page('live', request)).rejects.toThrow(
      'the live API failed 1 times for page 2: HTTP 404',
    );
    expect(asked).toHaveLength(1);
  });

  it('is not taken in another version, which may give other users for the same seed', async () => {
    const other = { ...good, info: { ...good.info, version: '1.5' } };
    await expect(source(await api(json(other))).page('live', request)).rejects.toThrow(/version 1.5, not 1.4/);
  });

  it('gets the pause it asks for', async () => {
    const busy = json({}, 429, { 'retry-after': '1' });
    const started = Date.now();
    await source(await api(busy, json(good)), { maxDelayMs: 300 }).page('live', request);
    expect(Date.now() - started).toBeGreaterThanOrEqual(290);
  });

  it('does not keep a program from ending', async () => {
    const stop = new AbortController();
    const waiting = source(await api(hang), { timeoutMs: 60_000 }).page('live', request, stop.signal);
    setTimeout(() => stop.abort(new Error('stopped')), 20);
    await expect(waiting).rejects.toThrow('stopped');
  });
});

describe('USER_SOURCE=auto', () => {
  const one = twinPage('probe', 1, 1);

  it('means the live API when it gives a user', async () => {
    expect(await source(await api(json(one))).probe()).toBe('live');
  });

  it.each([
    ['does not answer', hang],
    ['is down', json({}, 503)],
    ['blocks this address with a page', html],
    ['gives nobody', json({ ...one, results: [] })],
  ] as [string, RequestListener][])('means the twin when the live API %s (DEFECTS 11)', async (_name, answer) => {
    expect(await source(await api(answer), patience(answer, 200)).probe()).toBe('twin');
    expect(asked).toHaveLength(1);
  });
});
