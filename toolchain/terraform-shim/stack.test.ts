import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idsInState, isForCluster, mendState, readStack, stateProblem } from './stack.cjs';

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
  expect([...idsInState(file(JSON.stringify(state)))]).toEqual(['a', 'b', 'c']);
});

test('without a state nothing is known, so whatever an interrupted run has made is cleared', () => {
  expect(idsInState('/nowhere/state').size).toBe(0);
});

test.each([
  ['{"version": 4}', undefined],
  ['', 'a file that is broken or cut off'],
  ['{"resources": [{', 'a file that is broken or cut off'],
  ['{"version": 5}', 'format 5'],
  ['[]', 'a file that is no state'],
])('a state that is %j is %s', (content, problem) => {
  expect(stateProblem(file(content))).toBe(problem);
});

test('a backup is offered only where Terraform could read it', () => {
  const state = file('');
  writeFileSync(`${state}.backup`, '{');
  expect(mendState(state)).toBe(`move it away: mv ${state} ${state}.broken`);
  writeFileSync(`${state}.backup`, '{"version": 4}');
  expect(mendState(state)).toBe(`take back the last good one: mv ${state}.backup ${state}`);
});

test('a stack for a cluster is known by its provider, wherever its state is kept', () => {
  const kubernetes = { provider: { kubernetes: [{}] }, terraform: { backend: { remote: {} } } };
  expect(isForCluster(synthesised(kubernetes))).toBe(true);
  expect(isForCluster(synthesised({ provider: { docker: [{}] } }))).toBe(false);
  expect(isForCluster(folder())).toBe(false);
});
