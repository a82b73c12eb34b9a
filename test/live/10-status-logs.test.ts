import { documented } from './support/documented';
import { container, healthy, until } from './support/engine';
import type { ChildProcess } from 'node:child_process';
import { type Finished, run } from './support/run';

/** Without npm and npx, which have words of their own to say. */
const streaming = (...args: string[]): Promise<Finished> => run('node', ['toolchain/first.cjs', ...args]);

interface Document {
  readonly state: string;
  readonly services: readonly { readonly name: string; readonly state: string; readonly memoryMiB?: number }[];
  readonly pipeline: {
    readonly runs: readonly { readonly state: string }[] | null;
    readonly ledger: { readonly balanced: boolean } | null;
    readonly lag: number | null;
    readonly unknown: Record<string, string>;
  };
}

const document = async (): Promise<Document> => JSON.parse((await streaming('status', '--json')).output) as Document;

describe('status', () => {
  it('shows services, runs, the ledger and addresses, as the documents say', async () => {
    expect((await streaming('proof')).code).toBe(0);
    const seen = await streaming('status');
    console.log(`status took ${seen.seconds.toFixed(2)} s`);
    expect(seen.code).toBe(0);
    // How many runs there are before it is the business of other tests.
    const lines = seen.output.split('\n');
    const runs = lines.indexOf(lines.find((line) => line.startsWith('last runs'))!);
    const end = lines.indexOf('', runs);
    documented('docs/commands/operate.md', 'status', [...lines.slice(0, runs + 2), ...lines.slice(end)].join('\n'));
  });

  it('has one document for scripts', async () => {
    const { state, services, pipeline } = await document();
    expect({ state, unknown: pipeline.unknown }).toEqual({ state: 'running', unknown: {} });
    expect(services.filter((one) => one.state === 'healthy')).toHaveLength(14);
    expect(services.every((one) => one.state === 'done' || one.memoryMiB! > 0)).toBe(true);
    expect([pipeline.runs![0]!.state, pipeline.ledger!.balanced, pipeline.lag]).toEqual(['succeeded', true, 0]);
  });

  it('still shows everything else while Kafka is away, and says so', async () => {
    const kafka = await container('kafka');
    await kafka.pause();
    try {
      const seen = await streaming('status');
      expect(seen.code).toBe(0);
      expect(seen.output).toMatch(/is partly running: 13 of 14 services healthy/);
      expect(seen.output).toContain('lag           not known: Kafka: kafka is paused');
      expect(seen.output).toMatch(/cassandra +healthy/);
      expect(seen.output).not.toMatch(/^\s+at /m);
    } finally {
      await kafka.unpause();
    }
    await healthy('kafka');
    await until('the whole platform', 120, async () => (await document()).state === 'running');
  });
});

describe('logs', () => {
  it('are merged by time, with the name of each service', async () => {
    const { code, output } = await streaming('logs', 'kafka', 'zookeeper', 'stream', '--tail', '40');
    const lines = output.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(lines).toHaveLength(40);
    const times = lines.map(
      (line) => /^(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{3}(?= (kafka|zookeeper|stream) +\| )/.exec(line)?.[0],
    );
    expect(times).not.toContain(undefined);
    // Those of another day have their date and come first.
    expect(times).toEqual([...times].sort((a, b) => b!.length - a!.length || (a! < b! ? -1 : a! > b! ? 1 : 0)));
  });

  it('of a service that does not exist are refused, with the one that was meant', async () => {
    const { code, output } = await streaming('logs', 'kafak');
    expect([code, output]).toEqual([2, expect.stringContaining('did you mean "kafka"?')]);
  });

  it('are followed over a restart', async () => {
    let follower!: ChildProcess;
    let said = '';
    const following = run(
      'node',
      ['toolchain/first.cjs', 'logs', 'random-user', '--follow', '--tail', '0', '--grep', 'listening|shutting'],
      { onStart: (child) => (follower = child), onOutput: (text) => (said += text) },
    );
    try {
      await until('both lives of the service', 100, async () => {
        await (await container('random-user')).restart({ t: 10 });
        await healthy('random-user');
        return /shutting down[^]*listening/.test(said);
      });
    } finally {
      process.kill(-follower.pid!, 'SIGINT');
    }
    const { output } = await following;
    expect(output).toMatch(/random-user \| .*shutting down/);
  });
});
