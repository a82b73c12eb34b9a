import { createConnection } from 'node:net';
import { readRuns } from '../../pipeline-code/common/read-runs';
import { measureProgress } from '../../pipeline-code/ledger/ledger';
import { port } from './support/checkout';
import { documented } from './support/documented';
import { containers } from './support/engine';
import { kafka } from './support/platform';
import { run } from './support/run';

const streaming = (...args: string[]) => run('node', ['toolchain/first.cjs', ...args], { timeoutSeconds: 900 });
const idsOf = async () => (await containers()).map(({ Name, Id }) => `${Name} ${Id}`).sort();
const running = async () => (await containers()).filter(({ State }) => State.Running).map(({ Name }) => Name);

async function batch(): Promise<number> {
  const { output } = await streaming('status', '--json');
  return (JSON.parse(output) as { pipeline: { lastBatch: { number: number } } }).pipeline.lastBatch.number;
}

/** Everything that must be the same after the night. */
async function facts() {
  const runs = await readRuns(kafka(), () => undefined);
  return {
    ids: await idsOf(),
    progress: await measureProgress(kafka()),
    runs: runs.map(({ run_id: id }) => id).sort(),
  };
}

describe('stop', () => {
  let before: Awaited<ReturnType<typeof facts>>;
  let batchBefore: number;

  it('can be interrupted and run again, keeps all containers and frees every port', async () => {
    before = await facts();
    batchBefore = await batch();
    const cut = await run('node', ['toolchain/first.cjs', 'stop'], {
      onStart: (child) => setTimeout(() => process.kill(-child.pid!, 'SIGINT'), 3000),
    });
    // On a quick machine it may be done before the interruption.
    expect([0, 1]).toContain(cut.code);
    if (cut.code === 1) expect(cut.output).toContain('no data is lost');
    const stop = await streaming('stop');
    expect(stop.code).toBe(0);
    const summary = stop.output.split('\n').filter((line) => /is stopped|brings the same/.test(line));
    documented('docs/commands/operate.md', 'stop', summary.join('\n'));
    expect(await running()).toEqual([]);
    expect(await idsOf()).toEqual(before.ids);
    for (const base of [8080, 9092, 9042, 9021]) expect(await listens(port(base))).toBe(false);
  }, 300_000);

  it('twice, or where it is asked for its status, says that it is stopped', async () => {
    expect((await streaming('stop')).output).toContain('is stopped already');
    const status = await streaming('status');
    expect([status.code, status.output]).toEqual([0, expect.stringContaining('All data is kept')]);
  });

  it('is no change to Terraform', async () => {
    const diff = await run('npx', ['cdktf', 'diff', 'local']);
    expect([diff.code, diff.output.slice(-1500)]).toEqual([0, expect.stringContaining('No changes')]);
  }, 300_000);

  it('is undone by up: the same containers, offsets and runs, nothing read again, and every old run accounted for', async () => {
    const up = await streaming('up', '--no-proof');
    console.log(`up after stop: ${up.seconds.toFixed(1)} s`);
    expect([up.code, up.output.slice(-2000)]).toEqual([0, expect.any(String)]);
    expect(await facts()).toEqual(before);
    expect(await batch()).toBeGreaterThanOrEqual(batchBefore);
    const oldest = before.runs[0]!;
    expect((await streaming('ledger', oldest)).code).toBe(0);
    const proof = await streaming('proof');
    expect([proof.code, proof.output.slice(-2000)]).toEqual([0, expect.stringContaining('proof passed')]);
  }, 900_000);
});

function listens(at: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = createConnection({ host: '127.0.0.1', port: at });
    socket.once('connect', () => {
      socket.destroy();
      answer(true);
    });
    socket.once('error', () => answer(false));
  });
}
