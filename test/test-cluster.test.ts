import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { installedTools, testCluster } from './live/kubernetes/test-cluster';

const path = process.env['PATH'];
afterEach(() => {
  process.env['PATH'] = path;
});

/** Programs in place of the tools, which need a registry of images: what they are asked is written down. */
function install(...tools: [name: string, codeOfCreate: number][]): () => string[] {
  const folder = mkdtempSync(join(tmpdir(), 'tools-'));
  for (const [name, code] of tools) {
    const file = join(folder, name);
    writeFileSync(
      file,
      `#!/bin/sh\necho "${name} $* [$KUBECONFIG]" >> ${folder}/asked\ncase "$*" in *create*) echo no image; exit ${code};; esac\n`,
    );
    chmodSync(file, 0o755);
  }
  process.env['PATH'] = `${folder}${delimiter}/usr/bin${delimiter}/bin`;
  return () => readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');
}

const own = () => Promise.resolve({ context: 'own', kubeconfig: '/own', remove: () => Promise.resolve() });

test('without other tools the tests run on the cluster of this project', async () => {
  install();
  expect(installedTools()).toEqual([]);
  expect((await testCluster('tests', () => {}, own)).context).toBe('own');
});

test('kind comes first; its cluster is removed, and the kubeconfig of the user stays as it is', async () => {
  const asked = install(['kind', 0], ['k3d', 0]);
  const cluster = await testCluster('tests', () => {}, own);
  expect(cluster.context).toBe('kind-tests');
  await cluster.remove();
  expect(asked().map((line) => line.replace(/ \[.*/, ''))).toEqual([
    'kind delete cluster --name tests',
    `kind create cluster --name tests --kubeconfig ${cluster.kubeconfig} --wait 180s`,
    'kind delete cluster --name tests',
  ]);
  expect(asked().filter((line) => !line.endsWith(`[${cluster.kubeconfig}]`))).toEqual([]);
});

test('a tool whose images cannot be had is passed over with its own words, and leaves nothing', async () => {
  const asked = install(['kind', 1], ['k3d', 1]);
  const said: string[] = [];
  expect((await testCluster('tests', (line) => said.push(line), own)).context).toBe('own');
  expect(said).toEqual([expect.stringMatching(/^kind: .*\nno image$/), expect.stringMatching(/^k3d: .*\nno image$/)]);
  expect(asked().at(-1)).toMatch(/^k3d cluster delete tests/);
});
