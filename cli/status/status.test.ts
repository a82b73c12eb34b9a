import { stripVTControlCharacters } from 'node:util';
import type { ContainerInspectInfo } from 'dockerode';
import type { Run } from '../../pipeline-code/contract';
import { diagnose } from '../signatures';
import { batchOf, newestRuns } from './pipeline';
import { age, statusLines } from './screen';
import { type ServiceStatus, serviceStatus } from './services';
import { overallOf, type Status, statusDocument } from './status';
import { screen } from './watch';

const now = Date.parse('2026-01-01T01:00:00Z');

function container(state: object, { policy = 'unless-stopped', restarts = 0 } = {}): ContainerInspectInfo {
  return {
    RestartCount: restarts,
    State: { ExitCode: 0, StartedAt: '2026-01-01T00:00:00Z', ...state },
    HostConfig: { RestartPolicy: { Name: policy }, Memory: 256 * 2 ** 20 },
  } as unknown as ContainerInspectInfo;
}

test.each<[string, ContainerInspectInfo]>([
  ['healthy', container({ Status: 'running', Running: true, Health: { Status: 'healthy' } })],
  ['starting', container({ Status: 'running', Running: true, Health: { Status: 'starting' } })],
  ['unhealthy', container({ Status: 'running', Running: true, Health: { Status: 'unhealthy' } })],
  ['paused', container({ Status: 'paused', Running: true, Paused: true, Health: { Status: 'healthy' } })],
  ['restarting', container({ Status: 'restarting', Running: true, Restarting: true, ExitCode: 1 })],
  ['stopped', container({ Status: 'exited', Running: false, ExitCode: 143 })],
  ['failed', container({ Status: 'exited', Running: false, ExitCode: 137, OOMKilled: true })],
  ['failed', container({ Status: 'exited', Running: false, ExitCode: 1 }, { policy: 'no' })],
  ['done', container({ Status: 'exited', Running: false }, { policy: 'no' })],
])('a container is %s', (state, info) => {
  expect(serviceStatus('kafka', info, now)).toMatchObject({ state, memoryLimitMiB: 256 });
});

const kafka: ServiceStatus = {
  name: 'kafka',
  job: false,
  state: 'healthy',
  restarts: 0,
  uptimeSeconds: 300,
  memoryMiB: 100,
  memoryLimitMiB: 768,
};
const run: Run = {
  run_id: 'manual__2026-01-01T00:59:00.000000+00:00',
  state: 'succeeded',
  users: 20,
  acknowledged: 20,
  source: 'twin',
  seed: 's',
  attempt: 1,
  created_at: '2026-01-01T00:59:00.000Z',
  updated_at: '2026-01-01T00:59:02.000Z',
};
const ledger = {
  run,
  produced: 20,
  inTopic: 20,
  stored: 20,
  deadLettered: 0,
  deadLetteredInAll: 0,
  inFlight: 0,
  inFlightInAll: 0,
  missing: [],
  balanced: true,
};
const whole: Status = {
  name: 'streaming',
  command: (words) => `npx streaming ${words}`,
  overall: 'running',
  at: '2026-01-01T01:00:00Z',
  services: [kafka, { name: 'migrate', job: true, state: 'done', restarts: 0, exitCode: 0 }],
  pipeline: {
    runs: { value: [run] },
    ledger: { value: ledger },
    lag: { value: 0 },
    deadLetters: { value: 0 },
    lastBatch: { value: { number: 7, rows: 20, at: '2026-01-01T00:59:50Z', state: 'running' } },
  },
  endpoints: [{ address: 'http://localhost:8080', what: 'Airflow' }],
};
const shown = (status: Status) => statusLines(status, now).map(stripVTControlCharacters);

describe('the screen', () => {
  it('shows services, runs, the ledger and addresses, within 80 columns', () => {
    const lines = shown(whole);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    const text = lines.join('\n');
    expect(text).toMatch(/^streaming is running: 1 of 1 services healthy, 0\.1 of 0\.8 GiB of memory\n/);
    expect(text).toMatch(/✔ +kafka +healthy +5 min +0 +100 of 768 MiB/);
    expect(text).toMatch(/manual__\S+ +succeeded +20\/20 +twin +60 s ago/);
    expect(text).toContain('ledger        produced 20 = stored 20 + dead-lettered 0 + in flight 0');
    expect(text).toContain('last batch    number 7, 20 rows, 10 s ago; the stream is running');
    expect(text).toContain('http://localhost:8080  Airflow');
  });

  it('says of each part why it is not known, and shows the others', () => {
    const text = shown({
      ...whole,
      overall: 'partly running',
      services: [{ ...kafka, state: 'stopped', exitCode: 143 }],
      pipeline: {
        ...whole.pipeline!,
        runs: { unknown: 'Kafka: kafka is stopped' },
        lag: { unknown: 'Kafka: kafka is stopped' },
      },
    }).join('\n');
    expect(text).toContain('last runs     not known: Kafka: kafka is stopped');
    expect(text).toContain('dead letters  0 records');
  });

  it('says why a service fails and what to do', () => {
    const signature = diagnose({ workload: 'kafka', oomKilled: true, log: '' });
    const text = shown({
      ...whole,
      services: [{ ...kafka, state: 'restarting', restarts: 4, why: 'was restarted 4 times', signature }],
    });
    expect(text).toContain('kafka was restarted 4 times: killed for its memory');
    expect(text).toContain('  More: npx streaming logs kafka');
  });

  it('is short where nothing runs', () => {
    expect(shown({ ...whole, overall: 'not deployed', services: [] })).toEqual([
      'nothing is deployed as "streaming": "npx streaming up" deploys it',
    ]);
    const stopped = shown({
      ...whole,
      overall: 'stopped',
      pipeline: undefined,
      services: [{ ...kafka, state: 'stopped' }],
    });
    expect(stopped.at(-1)).toBe('All data is kept; "npx streaming up" starts it again.');
  });
});

it('a deployment is stopped only when all of it is', () => {
  expect(overallOf([kafka])).toBe('running');
  expect(overallOf([kafka, { ...kafka, state: 'stopped' }])).toBe('partly running');
  expect(overallOf([{ ...kafka, state: 'stopped' }])).toBe('stopped');
  expect(overallOf([])).toBe('not deployed');
});

it('the document for scripts has null for what is not known, and says why', () => {
  const document = statusDocument({ ...whole, pipeline: { ...whole.pipeline!, lag: { unknown: 'Kafka: no answer' } } });
  expect(document).toMatchObject({
    state: 'running',
    pipeline: {
      lag: null,
      unknown: { lag: 'Kafka: no answer' },
      ledger: { balanced: true },
      runs: [{ id: run.run_id }],
    },
  });
});

it('the newest record of a run counts, and a removed run is gone', () => {
  const record = (value: Run | null, key = 'a') => ({
    key: Buffer.from(key),
    value: value && Buffer.from(JSON.stringify(value)),
  });
  expect(newestRuns([record({ ...run, state: 'running' }), record(run), record(run, 'b'), record(null, 'b')])).toEqual([
    run,
  ]);
  expect(newestRuns([{ key: Buffer.from('a'), value: Buffer.from('{') }])).toEqual([]);
});

it('the last batch is read from the stream’s own answer', () => {
  const body = JSON.stringify({
    state: 'running',
    queries: { store: { batch: 3, last_batch_at: 'then', last_batch_rows: 5 } },
  });
  expect(batchOf(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n${body}`)).toEqual({
    number: 3,
    rows: 5,
    at: 'then',
    state: 'running',
  });
  expect(batchOf('{"state":"starting","queries":{}}')).toBeUndefined();
  expect(() => batchOf('bash: connect: Connection refused')).toThrow(/does not answer/);
});

test.each([
  [12_000, '12 s'],
  [300_000, '5 min'],
  [3 * 3_600_000, '3 h'],
  [3 * 86_400_000, '3 days'],
])('%i ms are %s', (ms, text) => {
  expect(age(ms)).toBe(text);
});

it('a screen that is too small says how much is missing', () => {
  const text = stripVTControlCharacters(screen(['one', 'two', 'a long line'], 2, 80));
  expect(text).toBe('one\r\n… 2 more lines');
  expect(stripVTControlCharacters(screen(['a long line'], 5, 6))).toBe('a lon…');
});
