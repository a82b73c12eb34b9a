import type { FastifyInstance } from 'fastify';

import { createLogger } from '../common/logger';
import { createServer, listen } from '../common/server';
import { userId, type Run, type User, type UserSource } from '../contract';
import { addRoutes as addTwin } from '../random-user/routes';
import { addRoutes } from './routes';
import { Runs, type RunsOptions, type RunStore } from './runs';
import { Source } from './source';

const logger = createLogger('test', 'silent');
const runId = 'manual__2026-11-23T14:00:00.123456+00:00';
const token = 'a-token-of-some-length';

/** The topic of runs and the topic of users, kept over "restarts"; Kafka itself is in the live test. */
class Topics {
  readonly saved: string[] = [];
  readonly users: User[] = [];
  /** The process is killed when this many users have been sent. */
  dieAt = Infinity;

  get store(): RunStore {
    return {
      load: async () => [
        ...new Map(this.saved.map((text) => JSON.parse(text) as Run).map((run) => [run.run_id, run])).values(),
      ],
      save: async (run) => void this.saved.push(JSON.stringify(run)),
    };
  }

  send = async (users: readonly User[]): Promise<void> => {
    this.users.push(...users);
    if (this.users.length >= this.dieAt) {
      await new Promise(() => undefined);
    }
  };

  /** The table: one row for each id. */
  rows(): Record<string, unknown>[] {
    const rows = new Map(this.users.map(({ produced_at: _at, ...user }) => [user.id, user]));
    return [...rows.values()].sort((a, b) => a.sequence - b.sequence);
  }
}

let twin: FastifyInstance;
let source: Source;

beforeAll(async () => {
  twin = createServer(logger);
  addTwin(twin);
  await listen(twin, 0);
  const url = `http://127.0.0.1:${(twin.addresses()[0] as { port: number }).port}/api/1.4/`;
  source = new Source({ urls: { live: 'http://127.0.0.1:1/', twin: url }, logger, attempts: 1 });
});
afterAll(() => twin.close());

function start(topics: Topics, options: Partial<RunsOptions> = {}): Runs {
  return new Runs({
    store: topics.store,
    send: topics.send,
    source,
    userSource: 'twin',
    logger,
    pageSize: 10,
    ...options,
  });
}

async function settled(runs: Runs, id = runId): Promise<Run> {
  for (;;) {
    const run = runs.get(id);
    if (run?.state === 'succeeded' || run?.state === 'failed') {
      return run;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('a run', () => {
  it('sends every user once, with ids that depend on the run and the place in it only (DEFECTS 1, 9)', async () => {
    const topics = new Topics();
    const runs = start(topics);
    expect(await runs.ensure(runId, 25)).toMatchObject({ state: 'accepted', users: 25, acknowledged: 0, seed: runId });
    expect(await settled(runs)).toMatchObject({ state: 'succeeded', acknowledged: 25, source: 'twin' });
    expect(topics.users.map(({ id }) => id)).toEqual(Array.from({ length: 25 }, (_, i) => userId(runId, i)));
  });

  it('that is asked for twice is carried out once', async () => {
    const topics = new Topics();
    const runs = start(topics);
    await Promise.all([runs.ensure(runId, 25), runs.ensure(runId, 25)]);
    await settled(runs);
    expect(await runs.ensure(runId, 25)).toMatchObject({ state: 'succeeded' });
    expect(topics.users).toHaveLength(25);
  });

  it('is not carried out again by the next process', async () => {
    const topics = new Topics();
    const first = start(topics);
    await first.ensure(runId, 25);
    await settled(first);
    const second = start(topics);
    await second.start();
    expect(await second.ensure(runId, 25)).toMatchObject({ state: 'succeeded', acknowledged: 25 });
    await second.stop();
    expect(topics.users).toHaveLength(25);
  });

  it.each([10, 20, 25])('killed after %d users is finished by the next process, with the same rows', async (dieAt) => {
    const topics = new Topics();
    topics.dieAt = dieAt;
    await start(topics).ensure(runId, 25);
    while (topics.users.length < dieAt) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    topics.dieAt = Infinity;
    const next = start(topics);
    await next.start();
    expect(await settled(next)).toMatchObject({ state: 'succeeded', acknowledged: 25 });

    const undisturbed = new Topics();
    const runs = start(undisturbed);
    await runs.ensure(runId, 25);
    await settled(runs);
    expect(topics.rows()).toEqual(undisturbed.rows());
    // what was sent but not saved is sent again, and no more than one page
    expect(topics.users.length).toBeLessThanOrEqual(35);
  });

  it('keeps its source when it is taken up by a process that would choose another', async () => {
    const topics = new Topics();
    topics.dieAt = 10;
    await start(topics).ensure(runId, 25);
    while (topics.users.length < 10) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    topics.dieAt = Infinity;
    const next = start(topics, { userSource: 'live' });
    await next.start();
    expect(await settled(next)).toMatchObject({ state: 'succeeded', source: 'twin' });
  });

  it('asks for its source once and keeps it for good', async () => {
    let probes = 0;
    const probed: Pick<Source, 'probe' | 'page'> = {
      probe: async (): Promise<UserSource> => (++probes, 'twin'),
      page: (...request) => source.page(...request),
    };
    const runs = start(new Topics(), { userSource: 'auto', source: probed });
    await runs.ensure(runId, 25);
    expect([(await settled(runs)).source, probes]).toEqual(['twin', 1]);
  });

  it('ends as failed with the reason when its source stays away, and is tried again when asked to (DEFECTS 1)', async () => {
    const topics = new Topics();
    const runs = start(topics, { userSource: 'live' });
    await runs.ensure(runId, 25);
    expect((await settled(runs)).error).toMatch(/the live API failed 1 times for page 1: fetch failed/);
    expect((await runs.ensure(runId, 25)).state).toBe('failed');
    expect(await runs.ensure(runId, 25, 2)).not.toHaveProperty('error');
    expect(await settled(runs)).toMatchObject({ state: 'failed', attempt: 2 });
  });

  it('that fails leaves the next one alone', async () => {
    const runs = start(new Topics(), {
      send: async ([user]) => (user?.run_id === 'bad' ? Promise.reject(new Error('refused')) : undefined),
    });
    await runs.ensure('bad', 5);
    await runs.ensure('good', 5);
    expect(await settled(runs, 'good')).toMatchObject({ state: 'succeeded' });
    expect(runs.get('bad')).toMatchObject({ state: 'failed', error: 'refused', acknowledged: 0 });
  });

  it('that could not be kept is not taken', async () => {
    const topics = new Topics();
    const store = { ...topics.store, save: async () => Promise.reject(new Error('no broker')) };
    const runs = start(topics, { store });
    await expect(runs.ensure(runId, 5)).rejects.toThrow('no broker');
    expect(runs.get(runId)).toBeUndefined();
  });
});

describe('the HTTP interface', () => {
  let server: FastifyInstance;
  let unavailable: string | undefined;
  const authorization = `Bearer ${token}`;
  const put = (path: string, headers: Record<string, string> = { authorization }) =>
    server.inject({ method: 'PUT', url: path, headers });

  beforeEach(() => {
    unavailable = undefined;
    server = createServer(logger, () => unavailable);
    addRoutes(server, { runs: start(new Topics()), token, unavailable: () => unavailable });
  });
  afterEach(() => server.close());

  it('takes the run ids of Airflow, encoded as Airflow and as a browser do', async () => {
    const once = await put(`/runs/${encodeURIComponent(runId)}?users=3`);
    const again = await put(`/runs/${runId}?users=3`);
    expect([once.statusCode, once.json().run_id, again.json().run_id]).toEqual([200, runId, runId]);
    expect(
      (await server.inject({ url: `/runs/${encodeURIComponent(runId)}`, headers: { authorization } })).json(),
    ).toMatchObject({
      users: 3,
    });
  });

  it.each([undefined, '', 'Bearer ', 'Bearer wrong', `Bearer ${token}x`, token])(
    'refuses the token %p',
    async (value) => {
      const headers: Record<string, string> = value === undefined ? {} : { authorization: value };
      expect((await put('/runs/a?users=3', headers)).statusCode).toBe(401);
      expect((await server.inject({ url: '/runs/a', headers })).statusCode).toBe(401);
    },
  );

  it.each(['', '?users=0', '?users=5001', '?users=many', '?users=1.5'])(
    'refuses "%s", saying what is allowed',
    async (query) => {
      const answer = await put(`/runs/a${query}`);
      expect([answer.statusCode, answer.json().error]).toEqual([
        400,
        expect.stringMatching(/^users must be a whole number from 1 to 5000; it is /),
      ]);
    },
  );

  it('refuses another number of users for the same run, naming both', async () => {
    await put('/runs/a?users=3');
    const answer = await put('/runs/a?users=4');
    expect(answer.statusCode).toBe(409);
    expect(answer.json().error).toMatch(/'a' was asked for with 3 users and now with 4/);
  });

  it('says that a run is unknown', async () => {
    const answer = await server.inject({ url: '/runs/b', headers: { authorization } });
    expect([answer.statusCode, answer.json()]).toEqual([404, { error: "there is no run 'b'" }]);
  });

  it('takes no run before it knows the earlier ones, which it would carry out twice', async () => {
    unavailable = 'reading';
    expect((await put('/runs/a?users=3')).statusCode).toBe(503);
    expect((await server.inject('/health')).statusCode).toBe(503);
  });

  it.each(['application/json', 'application/x-www-form-urlencoded'])('does not mind an empty %s body', async (type) => {
    expect((await put('/runs/a?users=3', { authorization, 'content-type': type })).statusCode).toBe(200);
  });
});
