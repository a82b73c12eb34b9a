import { type Deployment, services } from './deployment';
import { CommandError } from './errors';
import { judge } from './monitor';

/** Services that do not do their work at this moment, in words. */
export async function troubled(deployment: Deployment): Promise<string[]> {
  const infos = await Promise.all(
    (await services(deployment)).map(async ({ workload, id }) => ({
      workload,
      info: await deployment.docker.getContainer(id).inspect(),
    })),
  );
  return infos.flatMap(({ workload, info }) => {
    const judged = judge(info, undefined, true);
    if (judged.state === 'ready' || judged.state === 'done') return [];
    if (judged.state === 'failed') return [`${workload} ${judged.why}`];
    return [`${workload} is ${info.State.Paused ? 'paused' : judged.state}`];
  });
}

/** @throws where nothing is deployed under this name */
export async function requireServices(deployment: Deployment): Promise<void> {
  if ((await services(deployment)).length > 0) return;
  throw new CommandError(`nothing is deployed as "${deployment.settings.name}": "npm start" deploys it`);
}
