import Docker from 'dockerode';
import { engine } from '../../../toolchain/engine';
import { missingRequirements } from '../../../toolchain/kubernetes/requirements';

/** Set where no cluster can run: the tests are counted as skipped then, with it as the reason. */
export const reasonVariable = 'STREAMING_NO_CLUSTER';

export default async function globalSetup(): Promise<void> {
  const {
    value: { host },
  } = await engine(() => {});
  if (host !== undefined) process.env['DOCKER_HOST'] = host;
  const problems = missingRequirements((await new Docker().info()) as Parameters<typeof missingRequirements>[0]);
  if (problems.length > 0) process.env[reasonVariable] = problems.join('; ');
}
