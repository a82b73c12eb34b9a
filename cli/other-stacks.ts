import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Deployment, PlatformName } from './deployment';

const platforms: Readonly<Record<string, PlatformName>> = { local: 'docker', k8s: 'k8s' };

/** The platforms that the same name is deployed to beside this one: they use the same secrets. */
export function otherPlatforms({ folder, stack }: Pick<Deployment, 'folder' | 'stack'>): PlatformName[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.tfstate') && basename(file, '.tfstate') !== stack)
    .filter((file) => hasResources(join(folder, file)))
    .flatMap((file) => platforms[basename(file, '.tfstate')] ?? []);
}

/** Words for who asks the wrong platform; empty where there is no other one. */
export function hintAtOthers(deployment: Pick<Deployment, 'folder' | 'stack'>): string {
  const [other] = otherPlatforms(deployment);
  return other === undefined ? '' : `; with "--platform ${other}" this name is deployed`;
}

/** A state that cannot be read is taken for one of a deployment: its secrets could not be made again. */
function hasResources(file: string): boolean {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { resources: unknown[] }).resources.length > 0;
  } catch {
    return true;
  }
}
