import { type Deployment, services } from './deployment';
import { CommandError } from './errors';

/** @throws where nothing is deployed under this name */
export async function requireServices(deployment: Deployment): Promise<void> {
  if ((await services(deployment)).length > 0) return;
  throw new CommandError(`nothing is deployed as "${deployment.settings.name}": "npm start" deploys it`);
}
