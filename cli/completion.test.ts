import { spawnSync } from 'node:child_process';
import { bashCompletion } from './completion';
import { makeProgram } from './program';

const script = bashCompletion(makeProgram(), {
  'secrets show': ['producer-token', 'postgres-password'],
  images: ['kafka', 'postgres'],
});

/** Asks a real bash for what it would offer at the end of a line. */
function offered(line: string): string[] {
  const words = line.split(' ');
  const { stdout, stderr, status } = spawnSync(
    'bash',
    [
      '--norc',
      '-c',
      `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _streaming; printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      ...words,
    ],
    { encoding: 'utf8' },
  );
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter(Boolean);
}

// Zsh takes the same script through its bashcompinit; it is not run here.
test.each([
  ['npx str', ['streaming']],
  ['npx streaming se', ['secrets', 'settings', 'setup']],
  ['streaming pro', ['proof']],
  ['npx streaming proof --', ['--users', '--hop-timeout', '--help']],
  ['npx streaming proof --users 3 --ho', ['--hop-timeout']],
  ['npx streaming secrets sh', ['show']],
  ['npx streaming secrets show p', ['producer-token', 'postgres-password']],
  ['npx streaming images kaf', ['kafka']],
  ['npx streaming completion ', ['bash', 'zsh', '--help']],
  ['npx streaming settings check /tm', []],
  ['npx other se', []],
])('"%s" is completed', (line, words) => {
  expect(offered(line)).toEqual(expect.arrayContaining(words));
  if (words.length === 0) expect(offered(line)).toEqual([]);
});
