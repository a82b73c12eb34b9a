import { SettingsError } from '../stacks/settings';
import { CommandError, exitCodeOf, explain, wrongInput } from './errors';

describe('errors', () => {
  it('carry their causes, because "fetch failed" helps nobody', () => {
    expect(explain(new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND kafka') }))).toBe(
      'fetch failed: getaddrinfo ENOTFOUND kafka',
    );
  });

  it('say what to do when the engine does not answer', () => {
    const refused = Object.assign(new Error('connect ENOENT'), {
      code: 'ENOENT',
      syscall: 'connect',
      address: '/var/run/docker.sock',
    });
    expect(explain(refused)).toMatch(
      /^the Docker engine does not answer at \/var\/run\/docker.sock: run "npm run setup"/,
    );
  });

  it('show a stack only to those who ask for it', () => {
    const error = new Error('no');
    expect(explain(error)).toBe('no');
    expect(explain(error, true)).toContain('errors.test.ts');
  });
});

test('the exit code tells a script whether its input was wrong or the deployment', () => {
  expect(exitCodeOf(new Error('broken'))).toBe(1);
  expect(exitCodeOf(new CommandError('broken'))).toBe(1);
  expect(exitCodeOf(wrongInput('typed wrong'))).toBe(2);
  expect(exitCodeOf(new SettingsError('set wrong'))).toBe(2);
  expect(exitCodeOf('text')).toBe(1);
});
