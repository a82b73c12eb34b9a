import type { Deployment } from './deployment';
import { CommandError } from './errors';
import { hintAtOthers } from './other-stacks';

/** Services that do not do their work at this moment, in words. */
export async function troubled(deployment: Deployment): Promise<string[]> {
  return (await deployment.services()).flatMap(({ name, state, why }) =>
    state === 'healthy' || state === 'done' ? [] : [why === undefined ? `${name} is ${state}` : `${name} ${why}`],
  );
}

/** @throws where nothing is deployed under this name */
export async function requireServices(deployment: Deployment): Promise<void> {
  if ((await deployment.services()).length > 0) return;
  throw new CommandError(
    `nothing is deployed to ${deployment.where} as "${deployment.settings.name}": "${deployment.command('up')}" deploys it${hintAtOthers(deployment)}`,
  );
}
