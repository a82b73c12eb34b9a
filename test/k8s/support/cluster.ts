import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, kubectl } from '../../../toolchain/kubernetes/cluster';
import { run, type RunResult } from '../../../toolchain/run';
import { reasonVariable } from './global-setup';

const reason = process.env[reasonVariable];

/** Tests that need a cluster: counted as skipped, with the reason, where none can run. */
export function onCluster(name: string, tests: () => void): void {
  if (reason === undefined) describe(name, tests);
  else describe.skip(`${name} (skipped: ${reason})`, tests);
}

/** kubectl for one cluster, whatever the user's own context is. */
export class Kubectl {
  constructor(
    private readonly cluster: Pick<Cluster, 'kubeconfig'>,
    private readonly namespace: string,
  ) {}

  async try(...args: string[]): Promise<RunResult> {
    const [command, ...first] = await kubectl(() => {});
    const where = ['--kubeconfig', this.cluster.kubeconfig, '--namespace', this.namespace];
    return run(command, [...first, ...where, ...args]);
  }

  async run(...args: string[]): Promise<string> {
    const { code, stdout, output } = await this.try(...args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with code ${code}: ${output}`);
    return stdout.trim();
  }

  async apply(...objects: readonly object[]): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'apply-'));
    try {
      writeFileSync(join(folder, 'objects.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
      await this.run('apply', '-f', join(folder, 'objects.json'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** The output of a program in a pod. */
  inPod(pod: string, ...command: string[]): Promise<string> {
    return this.run('exec', pod, '--', ...command);
  }

  async ready(pod: string, seconds = 90): Promise<void> {
    await this.run('wait', '--for', 'condition=Ready', `pod/${pod}`, '--timeout', `${seconds}s`);
  }
}

export async function eventually<T>(seconds: number, work: () => Promise<T>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
