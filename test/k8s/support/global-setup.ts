import { dirname } from 'node:path';
import Docker from 'dockerode';
import { cacheFolder } from '../../../toolchain/cache';
import { engine } from '../../../toolchain/engine';
import { missingRequirements } from '../../../toolchain/kubernetes/requirements';

/** Set where no cluster can run: the tests are counted as skipped then, with it as the reason. */
export const reasonVariable = 'STREAMING_NO_CLUSTER';

export default async function globalSetup(): Promise<void> {
  // Where clusters and providers are kept; else a test that synthesises would have a cache of its own (test/synth.ts).
  process.env['XDG_CACHE_HOME'] ??= dirname(cacheFolder());
  const {
    value: { host },
  } = await engine(() => {});
  if (host !== undefined) process.env['DOCKER_HOST'] = host;
  const problems = missingRequirements((await new Docker().info()) as Parameters<typeof missingRequirements>[0]);
  if (problems.length > 0) process.env[reasonVariable] = problems.join('; ');
}
