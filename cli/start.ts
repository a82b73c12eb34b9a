import { setTimeout as sleep } from 'node:timers/promises';
import type { Container, ContainerInspectInfo } from 'dockerode';
import { answers } from '../constructs/platforms/docker/container-state';
import { type DockerDeployment, services } from './docker';
import { declaredNeeds, inOrder } from './order';
import { diagnose } from './signatures';
import type { Failure } from './watch';

const POLL_MS = 300;

/** A service that could not even be started. */
export class StartError extends Error {
  override readonly name = 'StartError';

  constructor(readonly failure: Failure) {
    super(`${failure.workload} ${failure.why}`);
  }
}

export interface Stopped {
  readonly workload: string;
  readonly id: string;
  readonly paused: boolean;
}

/** Services that were there before and do not run: after `stop`, or because somebody has stopped or paused them. */
export async function stoppedServices(deployment: DockerDeployment): Promise<Stopped[]> {
  const infos = await Promise.all(
    (await services(deployment)).map(async ({ workload, id }) => ({
      workload,
      id,
      info: await deployment.docker.getContainer(id).inspect(),
    })),
  );
  return infos.flatMap(({ workload, id, info }) =>
    isForever(info) && (info.State.Status === 'exited' || info.State.Paused)
      ? [{ workload, id, paused: info.State.Paused }]
      : [],
  );
}

/** Jobs have no restart policy: they have done their work and are not run again. */
function isForever({ HostConfig: { RestartPolicy: policy } }: ContainerInspectInfo): boolean {
  return !['', 'no'].includes(policy?.Name ?? '');
}

/**
 * Starts the same containers again, each as soon as all that it needs answers. Whether they get healthy is for the one who
 * watches them.
 *
 * @param started told with each container that runs again
 * @throws {StartError}
 */
export async function startAgain(
  { docker, settings }: DockerDeployment,
  stopped: readonly Stopped[],
  started: (one: Stopped) => void,
  signal: AbortSignal,
): Promise<void> {
  const byName = new Map(stopped.map((one) => [one.workload, one]));
  const needs = declaredNeeds(settings);
  const needed = new Set([...byName.keys()].flatMap((name) => needs(name)));
  const work = async (name: string): Promise<void> => {
    const one = byName.get(name)!;
    const container = docker.getContainer(one.id);
    try {
      await (one.paused ? container.unpause() : container.start());
    } catch (error) {
      const { statusCode, reason, json } = error as {
        statusCode?: number;
        reason?: string;
        json?: { message?: string };
      };
      if (statusCode === 304) return; // somebody was faster
      if (statusCode === 404) return; // Terraform has just replaced it
      const log = json?.message ?? reason ?? (error as Error).message;
      throw new StartError({
        workload: name,
        why: 'cannot be started',
        log,
        signature: diagnose({ workload: name, log }),
      });
    }
    started(one);
    // Nobody waits for what nobody needs, nor for a container that Terraform has replaced in the meantime.
    while (needed.has(name) && !signal.aborted && (await isThere(container)) && !(await answers(container))) {
      await sleep(POLL_MS);
    }
  };
  await inOrder([...byName.keys()], needs, work, signal);
}

async function isThere(container: Container): Promise<boolean> {
  return container.inspect().then(
    () => true,
    (error: { statusCode?: number }) => error.statusCode !== 404,
  );
}
