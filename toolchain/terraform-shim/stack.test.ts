import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idsInState, isForCluster, readStack } from './stack.cjs';

const folder = () => mkdtempSync(join(tmpdir(), 'stack-'));
const file = (content: string) => {
  const path = join(folder(), 'file');
  writeFileSync(path, content);
  return path;
};

function synthesised(content: unknown): string {
  const stack = folder();
  writeFileSync(join(stack, 'cdk.tf.json'), JSON.stringify(content));
  return stack;
}

test('finds state and deployment of a synthesised stack, or what a killed run left would never be cleared', () => {
  const stack = synthesised({
    locals: { deployment: 'blue' },
    terraform: { backend: { local: { path: '../x/local.tfstate' } } },
  });
  expect(readStack(stack)).toEqual({ state: join(stack, '..', 'x', 'local.tfstate'), deployment: 'blue' });
});

test('a stack that names no deployment has nothing cleared: it is not on Docker', () => {
  expect(readStack(synthesised({ terraform: { backend: { local: { path: '/s' } } } }))?.deployment).toBeUndefined();
  expect(readStack(synthesised({ terraform: { backend: { remote: {} } } }))).toBeUndefined();
  expect(readStack(folder())).toBeUndefined();
});

test('every container and network of the state counts as known, or a running platform would be removed', () => {
  const state = {
    resources: [
      { type: 'docker_container', instances: [{ attributes: { id: 'a' } }, { deposed: 'x', attributes: { id: 'b' } }] },
      { type: 'docker_network', instances: [{ status: 'tainted', attributes: { id: 'c' } }] },
      { type: 'docker_volume', instances: [{ attributes: { id: 'd' } }] },
    ],
  };
  expect([...(idsInState(file(JSON.stringify(state))) ?? [])]).toEqual(['a', 'b', 'c']);
});

test('without a state nothing is known; with a broken one nothing may be concluded', () => {
  expect(idsInState('/nowhere/state')?.size).toBe(0);
  expect(idsInState(file(''))?.size).toBe(0);
  expect(idsInState(file('{"resources": [{'))).toBeUndefined();
});

test('a stack for a cluster is known by its provider, wherever its state is kept', () => {
  const kubernetes = { provider: { kubernetes: [{}] }, terraform: { backend: { remote: {} } } };
  expect(isForCluster(synthesised(kubernetes))).toBe(true);
  expect(isForCluster(synthesised({ provider: { docker: [{}] } }))).toBe(false);
  expect(isForCluster(folder())).toBe(false);
});
