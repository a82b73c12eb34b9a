import { clock, proxy } from './doctor';

test.each([
  [0, undefined, /within 60 s/],
  [-60, undefined, /within 60 s/],
  [90, 'warning', /90 s ahead of/],
  [-7200, 'warning', /7200 s behind/],
  [undefined, undefined, /does not say/],
])('a clock that is %p s ahead', (skew, state, value) => {
  const answer = clock(skew);
  expect([answer.state, answer.value, answer.mend !== undefined]).toEqual([
    state,
    expect.stringMatching(value),
    state === 'warning',
  ]);
});

test.each([
  [{}, undefined],
  [{ https_proxy: 'http://proxy:3128', NO_PROXY: 'localhost' }, undefined],
  [{ HTTPS_PROXY: 'http://proxy:3128' }, 'warning'],
])('the proxy of %j', (env, state) => {
  expect(proxy(env).state).toBe(state);
});
