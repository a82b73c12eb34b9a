import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hintAtOthers, otherPlatforms } from './other-stacks';

describe('what else is deployed under a name', () => {
  let folder: string;

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'deployment-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const state = (stack: string, content: string) => writeFileSync(join(folder, `${stack}.tfstate`), content);
  const deployed = JSON.stringify({ version: 4, resources: [{}] });
  const destroyed = JSON.stringify({ version: 4, resources: [] });

  it('is what has resources in a state of its own', () => {
    state('local', deployed);
    state('k8s', deployed);
    expect(otherPlatforms({ folder, stack: 'local' })).toEqual(['k8s']);
    expect(hintAtOthers({ folder, stack: 'k8s' })).toBe('; with "--platform docker" this name is deployed');
  });

  it('is nothing after it was destroyed, or where the name was never deployed', () => {
    state('local', destroyed);
    expect(otherPlatforms({ folder, stack: 'k8s' })).toEqual([]);
    expect(hintAtOthers({ folder: join(folder, 'never'), stack: 'k8s' })).toBe('');
  });

  it('is what nobody can read, because secrets cannot be made again', () => {
    state('k8s', '{ cut off');
    expect(otherPlatforms({ folder, stack: 'local' })).toEqual(['k8s']);
  });
});
