import { setTimeout as sleep } from 'node:timers/promises';
import { Poll } from './watch';

it('two who ask at once share one look, or a slow engine would be asked ever more', async () => {
  let looks = 0;
  const poll = new Poll(async () => {
    looks += 1;
    await sleep(20);
  });
  await Promise.all([poll.now(), poll.now()]);
  expect(looks).toBe(1);
  await poll.now();
  expect(looks).toBe(2);
});

it('a look that fails does not end the watch, and after its end nobody looks', async () => {
  let looks = 0;
  const poll = new Poll(() => {
    looks += 1;
    return Promise.reject(new Error('no answer'));
  });
  poll.start();
  while (looks < 2) await sleep(50);
  await poll.stop();
  const then = looks;
  await sleep(1100);
  expect(looks).toBe(then);
});
