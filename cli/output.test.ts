import { coloured } from './output';

test.each<[string, boolean, NodeJS.ProcessEnv, boolean]>([
  ['a terminal', true, { TERM: 'xterm' }, true],
  ['a file or a pipe', false, { TERM: 'xterm' }, false],
  ['a pipe in continuous integration', false, { CI: 'true' }, false],
  ['a terminal that knows no colours', true, { TERM: 'dumb' }, false],
  ['somebody who wants none', true, { NO_COLOR: '1' }, false],
  ['somebody who wants them in a file', false, { FORCE_COLOR: '1' }, true],
])('colours for %s', (_, isTTY, env, expected) => {
  expect(coloured({ isTTY }, env)).toBe(expected);
});
