import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Docker from 'dockerode';
import { KubernetesDeployment } from '../../cli/kubernetes/deployment';
import { table } from '../../cli/output';
import { resolveSettings } from '../../stacks/settings';
import { cacheFolder } from '../../toolchain/cache';
import { clusterDown, clusterUp } from '../../toolchain/kubernetes/cluster';
import { makeCheckout } from '../live/support/checkout';
import { type Finished, run } from '../live/support/run';
import { load, machine, markdownTable, writeFigures } from './figures';

/**
 * `npm run bench:k8s`: a deployment to a cluster of its own, from nothing to nothing. `--write` puts the figures into
 * docs/figures.md.
 */
const deployment = { name: 'streaming-bench', portOffset: 2500 } as const;
const checkout = join(cacheFolder(), 'bench', 'checkout-k8s');

/** What the same platform takes on Docker. */
const DOCKER_MIB = 3.2 * 1024;

interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: 's' | 'MiB';
  readonly reach?: number;
  readonly aim?: number;
}

async function ok(command: string, args: readonly string[]): Promise<Finished> {
  const done = await run(command, args, { cwd: checkout, timeoutSeconds: 900 });
  if (done.code !== 0)
    throw new Error(`${[command, ...args].join(' ')} ended with ${done.code}:\n${done.output.slice(-4000)}`);
  return done;
}

const streaming = (...args: string[]) =>
  ok(join(checkout, 'node_modules', '.bin', 'streaming'), [...args, '--platform', 'k8s']);

/** Without the file cache, which the kernel takes back. */
async function nodeMemory(container: string): Promise<number> {
  const { memory_stats: memory } = await new Docker()
    .getContainer(container)
    .stats({ stream: false, 'one-shot': true });
  const { inactive_file: v2, total_inactive_file: v1 } = memory.stats as {
    inactive_file?: number;
    total_inactive_file?: number;
  };
  return (memory.usage - (v1 ?? v2 ?? 0)) / 2 ** 20;
}

async function measure(context: string, kubeconfig: string): Promise<Figure[]> {
  makeCheckout(checkout, { ...deployment, k8s: { context, kubeconfig } }, false);
  const handle = new KubernetesDeployment(resolveSettings({ ...deployment, k8s: { context, kubeconfig } }), checkout);
  await streaming('setup');
  await ok(join(checkout, 'node_modules', '.bin', 'streaming'), ['cluster', 'load']);
  await sleep(5000);
  const bare = await nodeMemory(context);
  const up = await streaming('up');
  const figure = (pattern: RegExp): number => {
    const [, minutes = '0', seconds] = pattern.exec(up.output) ?? [];
    if (seconds === undefined) throw new Error(`up does not say ${pattern}:\n${up.output.slice(-2000)}`);
    return Number(minutes) * 60 + Number(seconds);
  };
  const deployed = figure(/deploy (?:(\d+) min )?([\d.]+) s/);
  const firstRow = figure(/first row (?:(\d+) min )?([\d.]+) s/);
  const proof = (await streaming('proof')).seconds;
  const memory = (await nodeMemory(context)) - bare;
  const again = await ok('npx', ['cdktf', 'deploy', 'k8s', '--auto-approve']);
  if (!again.output.includes('0 added, 0 changed, 0 destroyed'))
    throw new Error('the second deployment changes something');
  const diff = await ok('npx', ['cdktf', 'diff', 'k8s']);
  if (!diff.output.includes('No changes')) throw new Error('cdktf diff finds changes');
  const status = (await streaming('status')).seconds;
  const down = await streaming('down', '--yes');
  if (!(await handle.belongings()).nothing) throw new Error('down has left something');
  return [
    { what: '`cdktf deploy k8s`, images on the node', value: deployed, unit: 's' },
    { what: 'from its start to the first stored row', value: firstRow, unit: 's', reach: 240, aim: 120 },
    { what: 'proof of 20 users, warm', value: proof, unit: 's' },
    { what: 'second `cdktf deploy k8s`, 0 changes', value: again.seconds, unit: 's', reach: 20, aim: 12 },
    { what: '`cdktf diff k8s`, unchanged', value: diff.seconds, unit: 's' },
    { what: '`status`', value: status, unit: 's' },
    {
      what: 'memory above the bare cluster, `small`',
      value: memory,
      unit: 'MiB',
      reach: DOCKER_MIB * 1.1,
      aim: DOCKER_MIB,
    },
    { what: '`down`, until the namespace is gone', value: down.seconds, unit: 's', reach: 60, aim: 30 },
  ];
}

const HEAD = ['figure', 'measured', 'reach', 'aim', 'is within'];

function row({ what, value, unit, reach, aim }: Figure): string[] {
  const show = (amount: number | undefined) =>
    amount === undefined ? '-' : `${amount < 10 ? amount.toFixed(1) : amount.toFixed(0)} ${unit}`;
  const verdict =
    reach === undefined || aim === undefined ? '-' : value <= aim ? 'aim' : value <= reach ? 'reach' : 'neither';
  return [what, show(value), show(reach), show(aim), verdict];
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
  const before = load();
  console.log(`a cluster and a deployment "${deployment.name}" are made for the measurements and removed afterwards`);
  await clusterDown(deployment.name, () => {});
  try {
    const began = Date.now();
    const { context, kubeconfig } = await clusterUp({ name: deployment.name, log: () => {} });
    const start: Figure = {
      what: '`cluster up`, its image is there',
      value: (Date.now() - began) / 1000,
      unit: 's',
      reach: 40,
      aim: 40,
    };
    const rows = [start, ...(await measure(context, kubeconfig))].map(row);
    const about =
      `${await machine()}; ${new Date().toISOString().slice(0, 10)}, on the project's own cluster of one node. ` +
      `Load of the machine (processes that want to run) before the measurements: ${before}.`;
    console.log(`\n${table(HEAD, rows)}\n\n${about}`);
    if (values.write) writeFigures('k8s', 'Kubernetes', `${markdownTable(HEAD, rows)}\n\n${about}`);
  } finally {
    await clusterDown(deployment.name, () => {});
    rmSync(checkout, { recursive: true, force: true });
  }
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
