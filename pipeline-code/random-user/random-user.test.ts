import { createHash } from 'node:crypto';

import { apiPageSchema, toUser } from '../contract';
import { createLogger } from '../common/logger';
import { createServer } from '../common/server';
import { addRoutes } from './routes';

const server = createServer(createLogger('random-user', 'fatal'));
addRoutes(server);
afterAll(() => server.close());

const get = (query: string) => server.inject(`/api/1.4/?${query}`);
const users = async (query: string) => (await get(query)).json().results as Record<string, unknown>[];

describe('the twin of the random user API', () => {
  it('answers in the shape of randomuser.me', async () => {
    const answer = (await get('results=3&seed=abc&page=2')).json();
    expect(answer.info).toEqual({ seed: 'abc', results: 3, page: 2, version: '1.4' });
    expect(Object.keys(answer.results[0])).toEqual([
      'gender',
      'name',
      'location',
      'email',
      'login',
      'dob',
      'registered',
      'phone',
      'cell',
      'id',
      'picture',
      'nat',
    ]);
  });

  it('gives users that the pipeline takes, every one of them', async () => {
    const answer = apiPageSchema.parse((await get('results=2000&seed=many')).json());
    answer.results.forEach((user, sequence) => toUser(user, { runId: 'many', sequence, producedAt: new Date() }));
    expect(answer.results).toHaveLength(2000);
  });

  it('gives the same users for the same seed, so that a repeated run writes the same values (DEFECTS 9)', async () => {
    const seed = encodeURIComponent('manual__2026-11-23T14:00:00+00:00');
    const [once, again] = await Promise.all([users(`results=20&seed=${seed}`), users(`results=20&seed=${seed}`)]);
    expect(once).toEqual(again);
    // Neither a later start nor a later version may change what a run has written.
    const digest = createHash('sha256').update(JSON.stringify(once)).digest('hex');
    expect(digest).toBe('c9a14d3a905231fc87e236ee82bdcd4e5dd132f3380636f5b09dffb0f52a9a89');
  });

  it('gives others on another page and for another seed', async () => {
    const [one, two, other] = await Promise.all([
      users('results=20&seed=a&page=1'),
      users('results=20&seed=a&page=2'),
      users('results=20&seed=b&page=1'),
    ]);
    expect(one).not.toEqual(two);
    expect(one).not.toEqual(other);
  });

  it('keeps the first users when more are asked for', async () => {
    expect((await users('results=30&seed=a')).slice(0, 10)).toEqual(await users('results=10&seed=a'));
  });

  it('invents a seed when none is given', async () => {
    expect((await get('')).json().info.seed).not.toBe((await get('')).json().info.seed);
  });

  it.each(['0', '5001', 'many', '1.5', '-3'])('takes results=%s as 1, as the API does', async (results) => {
    expect(await users(`results=${results}`)).toHaveLength(1);
  });

  it('keeps to the nationalities asked for', async () => {
    const nats = (await users('results=50&seed=a&nat=gb,fr')).map((user) => user['nat']);
    expect(new Set(nats)).toEqual(new Set(['GB', 'FR']));
  });

  it.each([
    ['429', 429, undefined],
    ['500', 500, undefined],
    ['empty', 200, 0],
    ['short', 200, 5],
    ['malformed', 200, 10],
  ])('has a bad day on request: %s (DEFECTS 11)', async (fault, status, length) => {
    const answer = await get(`results=10&fault=${fault}`);
    expect([answer.statusCode, answer.json().results?.length]).toEqual([status, length]);
    expect(apiPageSchema.safeParse(answer.json()).success).toBe(status === 200 && fault !== 'malformed');
  });

  it('says which faults there are', async () => {
    expect((await get('fault=earthquake')).json().error).toMatch(/429, 500, slow, empty, short, malformed/);
  });
});
