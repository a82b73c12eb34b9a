import { attempt, explain, NotFound, shared, within } from './outcome';

test('a reason is said in words, however deep the client wraps it', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9092'), { code: 'ECONNREFUSED' });
  expect(explain(new Error('retries exceeded', { cause: refused }))).toContain('connection refused');
  expect(explain(new TypeError('fetch failed', { cause: refused }))).toContain('connection refused');
  expect(explain(new Error('Connection error: getaddrinfo ENOTFOUND kafka'))).toContain('does not resolve');
  expect(explain(new Error('Connection timeout'))).toContain('no answer');
});

test('a reason never carries a stack trace', () => {
  const error = new Error('it broke\n    at somewhere (/app/main.js:1:1)');
  expect(explain(error)).toBe('it broke');
  expect(explain('just text')).toBe('just text');
});

test('a service that hangs is reported at the deadline', async () => {
  const result = await attempt('Kafka', 'kafka:29092', () => within(20, new Promise<never>(() => undefined)));
  expect(result).toEqual({
    ok: false,
    problem: { service: 'Kafka', address: 'kafka:29092', reason: 'no answer within 0.02 s' },
  });
});

test('what does not exist is not reported as a service that is down', async () => {
  await expect(attempt('Kafka', 'kafka:29092', () => Promise.reject(new NotFound('no')))).rejects.toThrow(NotFound);
});

test('ten open pages ask the broker once', async () => {
  let asked = 0;
  const load = shared(1_000, async (key) => `${key}${++asked}`);
  expect(await Promise.all([load('a'), load('a'), load('b')])).toEqual(['a1', 'a1', 'b2']);
  expect(await load('a')).toBe('a1');
});

test('what is shared grows old', async () => {
  let asked = 0;
  const load = shared(10, async () => ++asked);
  await load('');
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(await load('')).toBe(2);
});
