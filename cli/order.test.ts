import { setTimeout as sleep } from 'node:timers/promises';
import { resolveSettings } from '../stacks/settings';
import { declaredNeeds, inOrder, reversed } from './order';

const needs = (name: string) =>
  ({ kafka: ['zookeeper'], migrate: ['kafka'], stream: ['migrate', 'cassandra'] })[name] ?? [];
const services = ['stream', 'kafka', 'cassandra', 'zookeeper'];

async function orderOf(names: readonly string[], by: typeof needs): Promise<string[]> {
  const order: string[] = [];
  await inOrder(names, by, async (name) => {
    await sleep(name === 'zookeeper' ? 20 : 1);
    order.push(name);
  });
  return order;
}

it('a service begins after all that it needs, also through a job that has done its work', async () => {
  const order = await orderOf(services, needs);
  expect(order.indexOf('zookeeper')).toBeLessThan(order.indexOf('kafka'));
  expect(order.indexOf('kafka')).toBeLessThan(order.indexOf('stream'));
  expect([...order].sort()).toEqual([...services].sort());
});

it('what needs nothing does not wait for the others', async () => {
  expect((await orderOf(services, needs))[0]).toBe('cassandra');
});

it('a service goes after all that use it', async () => {
  const order = await orderOf(services, reversed(services, needs) as typeof needs);
  expect(order[0]).toBe('stream');
  expect(order.at(-1)).toBe('zookeeper');
});

it('a failure begins nothing new and waits for what was begun', async () => {
  const done: string[] = [];
  const work = async (name: string) => {
    if (name === 'zookeeper') throw new Error('no memory left');
    await sleep(10);
    done.push(name);
  };
  await expect(inOrder(services, needs, work)).rejects.toThrow('no memory left');
  expect(done).toEqual(['cassandra']);
});

it('nothing new is begun after an interruption', async () => {
  const interruption = new AbortController();
  const done: string[] = [];
  const work = async (name: string) => {
    done.push(name);
    if (name === 'zookeeper') interruption.abort();
  };
  await inOrder(['zookeeper', 'kafka'], needs, work, interruption.signal);
  expect(done).toEqual(['zookeeper']);
});

it('the platform is taken apart from its clients to its stores', () => {
  const by = declaredNeeds(resolveSettings({}));
  expect(by('kafka')).toEqual(['zookeeper']);
  expect(by('spark-worker')).toContain('spark-master');
  expect(by('no-longer-declared')).toEqual([]);
});
