import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setUp } from '../toolchain/setup';
import { seconds } from '../toolchain/log';
import { ensureTools } from '../toolchain/system';

/**
 * `npm test`: everything, in the order in which a failure is cheapest. Ends with one line `N passed, N failed` that
 * counts every test that ran.
 */
const ROOT = resolve(__dirname, '..');

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

async function main(): Promise<void> {
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const times: string[] = [];
  const phase = async (name: string, work: () => Promise<Counts | void>): Promise<Counts> => {
    console.log(`\n== ${name}`);
    const began = Date.now();
    let counts: Counts | void;
    try {
      counts = await work();
    } catch (error) {
      console.error(`${name} failed: ${(error as Error).message}`);
      counts = { passed: 0, failed: 1, skipped: 0 };
    }
    times.push(`${name} ${seconds(Date.now() - began)}`);
    for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += counts?.[key] ?? 0;
    return counts ?? { passed: 0, failed: 0, skipped: 0 };
  };

  await phase('type check', () => check('tsc', ['--noEmit']));
  await phase('lint', () => check('eslint', ['.']));
  await phase('format check', () => check('prettier', ['--check', '.']));
  await phase('unit tests', () => jest(['--config', 'jest.config.cjs']));
  const ready = await phase('set-up', async () => {
    await ensureTools(['chromium', 'git']);
    // The deployment's secrets are made by its own `npm start`, in the checkout that the live tests deploy.
    await setUp();
  });
  if (ready.failed === 0) {
    await phase('policies', () => jest(['--config', 'test/policy/jest.config.cjs']));
    await phase('live tests', () => jest(['--config', 'test/live/jest.config.cjs', '--runInBand']));
  }

  console.log(`\nWhere the time went: ${times.join(', ')}`);
  console.log(`${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ''}`);
  process.exitCode = total.failed === 0 && ready.failed === 0 ? 0 : 1;
}

/** A check counts as one test. */
async function check(tool: string, args: string[]): Promise<Counts> {
  const code = await run(join(ROOT, 'node_modules', '.bin', tool), args);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

async function jest(args: string[]): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'streaming-platform-'));
  const report = join(folder, 'report.json');
  try {
    const code = await run(process.execPath, [
      join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'),
      ...args,
      '--ci',
      '--json',
      `--outputFile=${report}`,
    ]);
    const result = JSON.parse(readFileSync(report, 'utf8')) as {
      numPassedTests: number;
      numFailedTests: number;
      numPendingTests: number;
      numRuntimeErrorTestSuites: number;
    };
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
    // Jest can fail without a failed test, for example in the global teardown.
    return {
      passed: result.numPassedTests,
      failed: failed === 0 && code !== 0 ? 1 : failed,
      skipped: result.numPendingTests,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(command: string, args: string[]): Promise<number> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', fail);
    child.on('close', (code) => done(code ?? 1));
  });
}

void main();
