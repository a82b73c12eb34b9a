#!/usr/bin/env node
'use strict';
// The `terraform` that `npx cdktf` finds first on PATH. It runs the real one with what the set-up decided, so that
// nothing has to be exported by hand, and clears up after a run that was killed. Plain JavaScript: it is started
// eight times by one `cdktf deploy`.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { realBinary, environment } = require('./decisions.cjs');
const { lock, tryLock } = require('./process.cjs');
const { isForCluster, mendState, readStack, recoverState, stateProblem } = require('./stack.cjs');

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(`terraform: ${error.message}`);
    process.exit(1);
  },
);

async function main(args) {
  process.umask(0o077); // state and plan hold what other users of the machine must not read
  const [command, sub] = args.filter((arg) => !arg.startsWith('-'));
  if (command === 'providers' && sub === 'lock') {
    console.log('The set-up decides where providers come from; `init` has locked what it found there.');
    return 0;
  }
  const binary = realBinary();
  const chdir = args.find((arg) => arg.startsWith('-chdir='))?.slice('-chdir='.length);
  const changes = command === 'apply' || command === 'destroy';
  const folder = path.resolve(chdir ?? '.');
  const stack = changes || command === 'plan' ? readStack(folder) : undefined;
  const onCluster = (changes || command === 'plan') && isForCluster(folder);
  if (stack?.deployment !== undefined && !fs.existsSync(path.join(path.dirname(stack.state), 'secrets'))) {
    throw new Error(`deployment "${stack.deployment}" has no secrets yet: run "npm run setup", which makes them`);
  }
  if (onCluster) {
    const problem = await preflight(folder, command);
    if (problem !== undefined) throw new Error(problem);
  }
  if (stack === undefined) return (await run(binary, args)).code;
  if (command === 'plan') {
    // Where a run goes on Terraform waits for it; where one was killed nothing else is done before a plan.
    const held = tryLock(`${stack.state}.run`, command);
    if (held.takenOver) recover(stack.state);
    held.release?.();
    return (await run(binary, args)).code;
  }

  const held = await lock(`${stack.state}.run`, command, ({ owners, since, about }) =>
    say(`waiting for the ${about} of this deployment that process ${owners[0]?.pid} began at ${since}`),
  );
  try {
    if (held.takenOver) recover(stack.state);
    const problem = stateProblem(stack.state);
    if (problem !== undefined) throw new Error(`${stack.state} is ${problem}: ${mendState(stack.state)}`);
    if (fs.existsSync(stack.state)) fs.chmodSync(stack.state, 0o600);
    if (stack.deployment !== undefined) {
      const { clearOrphans } = require('./orphans.cjs'); // loads the Docker client: only where it is needed
      await clearOrphans(stack, held.takenOver, say);
    }
    if (onCluster && held.takenOver) {
      for (const [address, id] of await clearLeftovers(folder, stack.state, command)) {
        const { code } = await run(binary, ['import', '-input=false', '-no-color', address, id]);
        if (code !== 0) throw new Error(`${id}, which an interrupted run has left, was not imported as ${address}`);
      }
    }
    if (command === 'apply' && stack.beforeApply !== undefined && fs.existsSync(stack.state)) {
      // Terraform stops what it replaces before it starts anything new, so a job in the middle that says no comes late.
      const tsx = pathToFileURL(require.resolve('tsx')).href;
      const { code } = await run(process.execPath, ['--import', tsx, stack.beforeApply]);
      if (code !== 0) {
        held.release();
        return code;
      }
    }
    const { code, cutShort } = await run(binary, args, (pid) => held.add(pid));
    // A lock that is left behind tells the next run that this one did not finish.
    if (!cutShort) held.release();
    return code;
  } catch (error) {
    held.release();
    throw error;
  }
}

function recover(state) {
  const done = recoverState(state);
  if (done !== undefined) say(done);
}

/** Asks the cluster before Terraform does; answers what is wrong, if something is. */
async function preflight(folder, command) {
  const { code, stderr } = await clusterProgram('preflight.ts', [folder, command], ['inherit', 'pipe']);
  return code === 0 ? undefined : stderr.trim() || `the look at the cluster ended with code ${code}`;
}

/** Makes way for what Terraform will do; answers what has to be imported, as address and id. */
async function clearLeftovers(folder, state, command) {
  const { code, stdout } = await clusterProgram('clear-leftovers.ts', [folder, state, command], ['pipe', 'inherit']);
  if (code !== 0) throw new Error('what an interrupted run has left on the cluster is still there');
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split(' ')]));
}

/** Runs a program of the renderer, which has the client of the cluster; answers what of its output was piped. */
async function clusterProgram(name, args, output) {
  const program = path.join(__dirname, '..', '..', 'constructs', 'platforms', 'kubernetes', name);
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...args], { stdio: ['ignore', ...output] });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr']) child[stream]?.on('data', (text) => (said[stream] += text));
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  return { code, ...said };
}

function say(line) {
  console.error(`terraform: ${line}`);
}

/** Signals that follow each other as fast as this are one request to stop. */
const ONE_REQUEST_MS = 3000;

/** Runs the real program; passes every request to stop on exactly once and ends as it ended. */
function run(binary, args, started = () => {}) {
  return new Promise((resolve, reject) => {
    // In a process group of its own: Ctrl-C reaches everything in the terminal's group, and together with the signal
    // that is passed on here Terraform would see two, and stop at once without writing its state.
    const child = spawn(binary, args, { stdio: 'inherit', env: environment(process.env), detached: true });
    // Asked once to stop, cdktf writes Ctrl-C into the terminal of Terraform, and then closes it: at the second signal
    // Terraform would stop at once, without writing its state. Who means it presses Ctrl-C again later.
    let passedAt = 0;
    let requests = 0;
    const pass = (as) => () => {
      if (Date.now() - passedAt < ONE_REQUEST_MS) return;
      passedAt = Date.now();
      requests += 1;
      child.kill(as);
    };
    process.on('SIGINT', pass('SIGINT'));
    process.on('SIGTERM', pass('SIGTERM'));
    // A closed terminal: Terraform knows only the other two, and would die of this one.
    process.on('SIGHUP', pass('SIGINT'));
    child.on('spawn', () => started(child.pid));
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      // At the second request it forgets what it is making just then.
      resolve({ code: code ?? 128 + os.constants.signals[signal], cutShort: signal === 'SIGKILL' || requests > 1 }),
    );
  });
}
