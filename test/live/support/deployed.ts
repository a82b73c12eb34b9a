import { containers } from './engine';
import { run } from './run';

/**
 * For the `beforeAll` of a file that looks at a running deployment: finds it, as the files before this one left it, or
 * makes it when the file is run alone.
 */
export async function deployed(): Promise<void> {
  const services = (await containers()).filter((c) => c.HostConfig.RestartPolicy?.Name === 'unless-stopped');
  if (services.length > 0 && services.every((c) => c.State.Running)) return;
  const up = await run('npm', ['start', '--', '--no-proof'], { timeoutSeconds: 900 });
  if (up.code !== 0) throw new Error(`npm start -- --no-proof ended with ${up.code}:\n${up.output.slice(-6000)}`);
}

/** How long {@link deployed} may take from nothing: the limit of the `beforeAll`. */
export const DEPLOYED_MS = 920_000;
