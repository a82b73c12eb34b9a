import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { checkValues } from '../../constructs/chart-values';
import { service } from '../../constructs/images';
import { KubernetesPlatform } from '../../constructs/platforms/kubernetes';
import { ROOT } from '../../stacks/settings';
import { imageReference } from '../../toolchain/images/reference';
import { type Cluster, clusterUp } from '../../toolchain/kubernetes/cluster';
import { loadImages } from '../../toolchain/kubernetes/load-images';
import { run, runOrFail } from '../../toolchain/run';
import { setUp } from '../../toolchain/setup';
import { decisions, environment, realBinary } from '../../toolchain/terraform-shim/decisions.cjs';
import { synthesiseOwn } from '../synth';
import { killTree } from '../live/support/run';
import { eventually, Kubectl, onCluster } from './support/cluster';

/**
 * The way of a component that comes from a chart, with a chart of our own in place of a large one: values that keep the
 * promises, release, readiness, a client of ours that finds it, differences, an edited chart, a failure, the end.
 */
const namespace = 'streaming-charts-test';
const image = imageReference('node');
const quiet = () => {};

/** Terraform runs where cdktf would put the stack, so that its paths lead where they lead in a deployment. */
const stackFolder = join(ROOT, 'cdktf.out', 'stacks', namespace);
let folder: string;
let cluster: Cluster;
let kubectl: Kubectl;
let word: string;

const promised = z.looseObject({ port: z.literal(8080), secretName: z.literal('greeter-word') });
const valuesOf = (changes: object = {}) =>
  JSON.stringify({ image, port: 8080, greeting: 'hello', secretName: 'greeter-word', ...changes });

/** A greeter from the chart, and a job of ours that asks it through its connection. */
function synthesise(values: string, expected: string, startSeconds = 90): void {
  const path = 'values.yaml';
  checkValues({ path, text: values }, promised);
  const json = synthesiseOwn(namespace, (stack) => {
    const platform = new KubernetesPlatform(stack, {
      deployment: namespace,
      kubeconfig: cluster.kubeconfig,
      context: cluster.context,
      namespace,
      root: ROOT,
      secretsFolder: join(folder, 'secrets'),
      provider: decisions().kubernetesProvider as 'stand-in' | 'hashicorp' | undefined,
    });
    const greeter = platform.release(stack, {
      name: 'greeter',
      release: 'greeter',
      chart: { folder: relative(ROOT, join(folder, 'chart')) },
      values: [values],
      ports: { http: { number: 8080 } },
      pods: { greeter: 'greeter' },
      secrets: { 'greeter-word': { word: { secret: 'word' } } },
      takes: { pods: 1, cpu: 0.02, memoryMiB: 64, claims: 0 },
      startSeconds,
    });
    const http = greeter.endpoint('http');
    const ask = (then: string) => `fetch('http://${http.address}').then((r) => r.text()).then((said) => { ${then} })`;
    const common = { image: service('node'), user: { uid: 1000, gid: 1000 }, cpu: 0.05, memoryMiB: 128 } as const;
    platform.deploy(stack, {
      ...common,
      name: 'client',
      runs: 'once',
      command: ['node', '-e', ask(`console.log(said); process.exit(said.startsWith('${expected}, word-') ? 0 : 1);`)],
      uses: [http],
    });
    platform.deploy(stack, {
      ...common,
      name: 'stranger',
      runs: 'forever',
      command: ['node', '-e', 'setInterval(() => {}, 1e6)'],
      health: { ready: ['true'], startSeconds: 60 },
    });
    platform.render();
  });
  mkdirSync(stackFolder, { recursive: true });
  writeFileSync(join(stackFolder, 'cdk.tf.json'), json);
}

const terraform = (...args: string[]) =>
  run(realBinary(), args, { cwd: stackFolder, env: environment(process.env), timeoutSeconds: 300 });

async function apply(): Promise<string> {
  const began = Date.now();
  const { code, output } = await terraform('apply', '-auto-approve', '-input=false', '-no-color');
  console.log(`apply: ${((Date.now() - began) / 1000).toFixed(1)} s, ${/Apply complete!.*/.exec(output)?.[0]}`);
  if (code !== 0) throw new Error(output.slice(-4000));
  return output;
}

const shim = join(ROOT, 'toolchain', 'terraform-shim', 'terraform.cjs');
const shimArgs = [shim, 'apply', '-auto-approve', '-input=false', '-no-color'];

/** Kills an apply with all that it has started while Helm works on the release, and runs it again with other values. */
async function killedWhile(status: string, before: () => void, after: () => void): Promise<string> {
  before();
  const child = spawn(process.execPath, shimArgs, { cwd: stackFolder, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  await eventually(60, async () => {
    expect(await kubectl.run('get', 'secret', '-l', `owner=helm,status=${status}`, '-o', 'name')).not.toBe('');
  });
  killTree(child);
  await ended;
  after();
  return runOrFail('the next apply', process.execPath, shimArgs, { cwd: stackFolder, timeoutSeconds: 300 });
}

/** 0: nothing to do, 2: something. */
async function differences(): Promise<{ code: number; output: string }> {
  const { code, output } = await terraform('plan', '-detailed-exitcode', '-input=false', '-no-color');
  return { code: code ?? -1, output };
}

onCluster('a component from a chart', () => {
  beforeAll(async () => {
    await setUp({ stack: 'k8s', charts: true });
    cluster = await clusterUp();
    kubectl = new Kubectl(cluster, namespace);
    await kubectl.try('delete', 'namespace', namespace, '--ignore-not-found', '--timeout', '60s');
    await loadImages({ kind: 'own', container: cluster.context }, [image], quiet);
    folder = mkdtempSync(join(tmpdir(), 'charts-'));
    cpSync(join(__dirname, 'chart'), join(folder, 'chart'), { recursive: true });
    mkdirSync(join(folder, 'secrets'));
    word = `word-${Date.now()}`;
    writeFileSync(join(folder, 'secrets', 'word'), word, { mode: 0o600 });
    rmSync(stackFolder, { recursive: true, force: true });
    synthesise(valuesOf(), 'hello');
    const init = await terraform('init', '-input=false', '-no-color');
    expect([init.code, init.output.slice(-2000)]).toEqual([0, expect.any(String)]);
  }, 1_800_000);

  afterAll(async () => {
    if (existsSync(join(stackFolder, 'terraform.tfstate')))
      await terraform('destroy', '-auto-approve', '-input=false', '-no-color');
    await kubectl?.try('delete', 'namespace', namespace, '--ignore-not-found', '--timeout', '60s');
    rmSync(stackFolder, { recursive: true, force: true });
    if (folder) rmSync(folder, { recursive: true, force: true });
  }, 300_000);

  test('can be interrupted while Helm installs it', async () => {
    const slow = () => synthesise(valuesOf({ image: 'example.invalid/greeter:1' }), 'hello');
    await killedWhile('pending-install', slow, () => synthesise(valuesOf(), 'hello'));
    expect((await differences()).code).toBe(0);
  }, 400_000);

  test('is released, waited for and found by a program of ours, with the secret that its values name', async () => {
    await apply();
    expect(await kubectl.run('logs', '-l', 'app.kubernetes.io/name=client')).toBe(`hello, ${word}`);
    const { code, output } = await differences();
    expect([code, output.slice(-2000)]).toEqual([0, expect.stringContaining('No changes')]);
  }, 300_000);

  test('lets in who declares it, and nobody else', async () => {
    const script =
      `fetch('http://greeter:8080', { signal: AbortSignal.timeout(3000) }).then((r) => r.text())` +
      `.then(console.log, (e) => console.log(e.cause?.code ?? e.name))`;
    expect(await kubectl.run('exec', 'deployment/stranger', '--', 'node', '-e', script)).toMatch(
      /ECONNREFUSED|TimeoutError|UND_ERR_CONNECT_TIMEOUT/,
    );
  });

  test('keeps its secret out of the plan, the values and the release', async () => {
    const plan = await terraform('plan', '-input=false', '-no-color', '-out=plan');
    const shown = await terraform('show', '-no-color', 'plan');
    const { output: release } = await kubectl.try('get', 'secrets', '-l', 'owner=helm', '-o', 'json');
    const stack = readFileSync(join(stackFolder, 'cdk.tf.json'), 'utf8');
    for (const text of [plan.output, shown.output, release, stack]) expect(text).not.toContain(word);
  });

  test('follows changed values, and programs that depend on them run again', async () => {
    synthesise(valuesOf({ greeting: 'good day' }), 'good day');
    const { code, output } = await differences();
    expect([code, output]).toEqual([2, expect.stringMatching(/helm_release\.greeter will be updated in-place/)]);
    await apply();
    expect((await differences()).code).toBe(0);
  }, 300_000);

  test('follows an edited chart whose version nobody has raised', async () => {
    const template = join(folder, 'chart', 'templates', 'greeter.yaml');
    writeFileSync(
      template,
      readFileSync(template, 'utf8').replace(
        'name: {{ .Release.Name }}',
        'name: {{ .Release.Name }}\n  annotations: { edited: "yes" }',
      ),
    );
    synthesise(valuesOf({ greeting: 'good day' }), 'good day');
    expect((await differences()).code).toBe(2);
    await apply();
    expect(await kubectl.run('get', 'service', 'greeter', '-o', 'jsonpath={.metadata.annotations.edited}')).toBe('yes');
    expect((await differences()).code).toBe(0);
  }, 300_000);

  test('that does not get ready fails the deployment, and the next one mends it', async () => {
    synthesise(valuesOf({ greeting: 'good day', image: 'example.invalid/greeter:1' }), 'good day', 20);
    const failed = await terraform('apply', '-auto-approve', '-input=false', '-no-color');
    expect([failed.code, failed.output]).toEqual([1, expect.stringMatching(/timed out waiting for the condition/)]);
    synthesise(valuesOf({ greeting: 'good evening' }), 'good evening');
    expect((await differences()).code).toBe(2);
    await apply();
    expect((await differences()).code).toBe(0);
  }, 400_000);

  test('can be interrupted while Helm changes it', async () => {
    const slow = () =>
      synthesise(valuesOf({ greeting: 'good night', image: 'example.invalid/greeter:1' }), 'good night');
    await killedWhile('pending-upgrade', slow, () => synthesise(valuesOf({ greeting: 'good night' }), 'good night'));
    expect((await differences()).code).toBe(0);
  }, 400_000);

  test('whose values break a promise is refused before anything is asked of the cluster', () => {
    expect(() => synthesise(valuesOf({ port: 9090 }), 'never')).toThrow(
      /values\.yaml does not keep what the rest of the platform relies on: "port" is 9090 and must be 8080/,
    );
  });

  test('goes with the stack: nothing of it stays, and neither does the namespace', async () => {
    synthesise(valuesOf({ greeting: 'good night' }), 'good night');
    const began = Date.now();
    const destroyed = await terraform('destroy', '-auto-approve', '-input=false', '-no-color');
    console.log(`destroy: ${((Date.now() - began) / 1000).toFixed(1)} s`);
    expect([destroyed.code, destroyed.output.slice(-2000)]).toEqual([0, expect.any(String)]);
    expect((await kubectl.try('get', 'namespace', namespace)).output).toContain('not found');
  }, 200_000);
});
