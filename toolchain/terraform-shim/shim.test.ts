import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment, realBinary } from './decisions.cjs';

const shim = join(__dirname, 'terraform.cjs');

/** A state that Terraform can read. */
const WHOLE = '{"version":4}';

/** A stack without containers, and a program in place of Terraform that does what a test says. */
function stack(script: string): { folder: string; env: NodeJS.ProcessEnv; state: string } {
  const folder = mkdtempSync(join(tmpdir(), 'shim-'));
  mkdirSync(join(folder, 'stack'));
  const backend = { local: { path: '../state/local.tfstate' } };
  writeFileSync(join(folder, 'stack', 'cdk.tf.json'), JSON.stringify({ terraform: { backend } }));
  const program = join(folder, 'program');
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  return {
    folder: join(folder, 'stack'),
    state: join(folder, 'state', 'local.tfstate'),
    env: { ...process.env, TERRAFORM_BINARY_NAME: program },
  };
}

function run(made: ReturnType<typeof stack>, ...args: string[]) {
  return spawnSync(process.execPath, [shim, ...args], { cwd: made.folder, env: made.env, encoding: 'utf8' });
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i += 1) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(condition()).toBe(true);
}

test('ends as Terraform ended, or a failed deployment would look like a good one', () => {
  expect(run(stack('exit 3'), 'apply').status).toBe(3);
  expect(run(stack('kill -9 $$'), 'plan').status).toBe(137);
});

test('answers "providers lock" itself, or every deployment would ask a registry for other platforms', () => {
  expect(run(stack('exit 1'), 'providers', 'lock', '-platform=linux_amd64').status).toBe(0);
});

test('plans wide and waits for a locked state, and keeps what the user said', () => {
  const made = stack('echo "$TF_CLI_ARGS_plan"');
  made.env['TF_CLI_ARGS_plan'] = '-compact-warnings';
  expect(run(made, 'plan').stdout).toBe('-parallelism=30 -lock-timeout=20m -compact-warnings\n');
});

test('the state is readable by this user only, because it may hold what containers were given', () => {
  const made = stack(`echo '{"version":4}' > ../state/local.tfstate`);
  run(made, 'apply');
  expect(statSync(made.state).mode & 0o777).toBe(0o600);
  chmodSync(made.state, 0o644);
  run({ ...made, env: { ...made.env, TERRAFORM_BINARY_NAME: '/bin/true' } }, 'apply');
  expect(statSync(made.state).mode & 0o777).toBe(0o600);
});

test('one Ctrl-C reaches Terraform once: at a second one it would stop without writing its state', async () => {
  const made = stack(
    `trap 'echo got >> ../signals' INT; touch ../started; while [ ! -e ../signals ]; do sleep 0.02; done; sleep 0.3`,
  );
  const child = spawn(process.execPath, [shim, 'apply'], { cwd: made.folder, env: made.env, detached: true });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  await until(() => existsSync(join(made.folder, '..', 'started')));
  process.kill(-(child.pid ?? 0), 'SIGINT'); // as a terminal does it: to the whole group
  await until(() => existsSync(join(made.folder, '..', 'signals')));
  child.kill('SIGHUP'); // cdktf closes the terminal a moment later
  await ended;
  expect(readFileSync(join(made.folder, '..', 'signals'), 'utf8')).toBe('got\n');
});

test('waits for a Terraform that outlived its killed parent, or two would change the same containers', async () => {
  const made = stack('echo begin >> ../order; sleep 3; echo end >> ../order');
  const first = spawn(process.execPath, [shim, 'apply'], { cwd: made.folder, env: made.env });
  const owners = () => JSON.parse(readFileSync(`${made.state}.run`, 'utf8')).owners as unknown[];
  await until(() => existsSync(`${made.state}.run`) && owners().length === 2);
  first.kill('SIGKILL');
  const second = run(made, 'apply');
  expect(second.stderr).toContain('waiting for the apply of this deployment that process');
  expect(readFileSync(join(made.folder, '..', 'order'), 'utf8')).toBe('begin\nend\nbegin\nend\n');
  expect(existsSync(`${made.state}.run`)).toBe(false);
});

test('a killed Terraform leaves its mark for the next run, which looks after what was half done', () => {
  const made = stack('kill -9 $$');
  run(made, 'apply');
  expect(existsSync(`${made.state}.run`)).toBe(true);
});

test('so does one that is asked twice to stop: it forgets what it is making just then', async () => {
  const made = stack(
    `n=0; trap 'n=$((n+1)); [ $n = 2 ] && exit 1' INT; touch ../started; while :; do sleep 0.02; done`,
  );
  const child = spawn(process.execPath, [shim, 'apply'], { cwd: made.folder, env: made.env });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  await until(() => existsSync(join(made.folder, '..', 'started')));
  child.kill('SIGINT');
  await new Promise((resolve) => setTimeout(resolve, 3200)); // by then it is a request of its own
  child.kill('SIGINT');
  expect([await ended, existsSync(`${made.state}.run`)]).toEqual([1, true]);
});

describe('a run that was killed while Terraform wrote its state, which it has empty before', () => {
  const killed = (before: string) => {
    const made = stack(`${before} : > ../state/local.tfstate; kill -9 $$`);
    run(made, 'apply');
    writeFileSync(made.env['TERRAFORM_BINARY_NAME']!, '#!/bin/sh\ncat ../state/local.tfstate || echo none');
    return made;
  };

  test.each(['plan', 'apply', 'destroy'])('%s goes on from what was there before, and so does the next', (command) => {
    const made = killed(`echo '${WHOLE}' > ../state/local.tfstate.backup;`);
    const { stdout, stderr } = run(made, command);
    expect([stdout.trim(), stderr]).toEqual([WHOLE, expect.stringContaining('took back the one before')]);
    expect(run(made, 'apply').stdout.trim()).toBe(WHOLE);
  });

  test('the first one goes on from nothing, like somebody who begins', () => {
    const { stdout, stderr } = run(killed(''), 'apply');
    expect([stdout.trim(), stderr]).toEqual(['none', expect.stringContaining('beginning a new one')]);
  });

  test('a plan leaves the mark where it is, or the next run would clear nothing', () => {
    const made = killed('');
    run(made, 'plan');
    expect(existsSync(`${made.state}.run`)).toBe(true);
  });
});

test('a state that broke otherwise is left alone, and what mends it is said', () => {
  const made = stack('echo changed');
  mkdirSync(join(made.state, '..'));
  writeFileSync(made.state, '{ "version": 4, ');
  const { status, stdout, stderr } = run(made, 'apply');
  expect([status, stdout, stderr]).toEqual([
    1,
    '',
    expect.stringMatching(/cut off: move it away: mv .*tfstate\.broken/),
  ]);
  expect(readFileSync(made.state, 'utf8')).toBe('{ "version": 4, ');
});

test('without any Terraform the message names the command that brings one', () => {
  expect(() => realBinary({ PATH: '' }, {})).toThrow('npm run setup');
});

test("the user's choice comes before that of the set-up, and never is the shim itself", () => {
  const chosen = { PATH: '', STREAMING_PLATFORM_TERRAFORM: '/bin/true', TERRAFORM_BINARY_NAME: shim };
  expect(realBinary(chosen, { terraform: '/bin/false' })).toBe('/bin/true');
  expect(realBinary({ PATH: '', TERRAFORM_BINARY_NAME: shim }, { terraform: '/bin/false' })).toBe('/bin/false');
});

test('a mirror that was removed is named, or Terraform would say only that it cannot find the provider', () => {
  expect(() => environment({}, { cliConfigFile: '/nowhere/terraform.rc' })).toThrow('npm run setup');
});

test('without a mirror a configuration that does not exist is not passed on: each call would warn of it', () => {
  expect(environment({ TF_CLI_CONFIG_FILE: '/nowhere' }, {})['TF_CLI_CONFIG_FILE']).toBeUndefined();
  expect(environment({ TF_CLI_CONFIG_FILE: __filename }, {})['TF_CLI_CONFIG_FILE']).toBe(__filename);
});

test('asks the program that the stack names before it changes what is there, and changes nothing when that says no', () => {
  const made = stack('echo changed >> ../order');
  const ask = (code: number) => {
    writeFileSync(join(made.folder, 'ask.js'), `console.log('asked'); process.exitCode = ${code};`);
    return run(made, 'apply');
  };
  const backend = { local: { path: '../state/local.tfstate' } };
  const synthesised = { terraform: { backend }, locals: { before_apply: 'ask.js' } };
  writeFileSync(join(made.folder, 'cdk.tf.json'), JSON.stringify(synthesised));
  // Nothing is there yet that could be asked.
  expect(ask(1)).toMatchObject({ status: 0, stdout: '' });
  writeFileSync(made.state, WHOLE);
  expect(ask(1)).toMatchObject({ status: 1, stdout: 'asked\n' });
  expect(existsSync(`${made.state}.run`)).toBe(false);
  expect(ask(0)).toMatchObject({ status: 0, stdout: 'asked\n' });
  expect(readFileSync(join(made.folder, '..', 'order'), 'utf8')).toBe('changed\nchanged\n');
});
