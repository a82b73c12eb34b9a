import { type DockerDeployment, services } from './docker';
import { takeTurn } from './cdktf';
import { CommandError } from './errors';
import { memoryOf } from './memory';
import { declaredNeeds, inOrder, reversed } from './order';
import { LiveLines, say } from './output';
import { seconds } from '../toolchain/log';
import { interruption } from './interruption';
import { stopLines, type Stopping } from './stop-lines';

/** The engine gives a container its own grace period; a moment more for the engine itself. */
const KILLED = 137;

/**
 * Stops the services of a deployment, clients first. Containers, networks, volumes, secrets and state stay; `up` starts the
 * same containers again.
 */
export async function stop(deployment: DockerDeployment): Promise<void> {
  const { docker, settings } = deployment;
  const turn = await takeTurn(deployment, 'stop', say);
  const interrupted = interruption();
  const live = new LiveLines();
  let timer: NodeJS.Timeout | undefined;
  try {
    const all = await services(deployment);
    if (all.length === 0) return say(`nothing is deployed as "${settings.name}", so there is nothing to stop`);
    const infos = await Promise.all(
      all.map(async ({ workload, id }) => ({ workload, info: await docker.getContainer(id).inspect() })),
    );
    const running = infos.filter(({ info }) => info.State.Running || info.State.Restarting || info.State.Paused);
    if (running.length === 0) return say(`"${settings.name}" is stopped already; "npm start" starts it again`);

    const began = Date.now();
    const memory = (await memoryOf(deployment)).reduce((sum, one) => sum + one.usedMiB, 0);
    const ports = Object.keys(settings.ports).length;
    const lines = new Map<string, Stopping>(running.map(({ workload }) => [workload, { workload, state: 'runs' }]));
    const byName = new Map(running.map(({ workload, info }) => [workload, info]));
    const names = [...byName.keys()];
    const show = () =>
      live.update([`stopping "${settings.name}"  ${seconds(Date.now() - began)}`, ...stopLines(lines, Date.now())]);
    timer = setInterval(show, 500);
    const work = async (workload: string): Promise<void> => {
      const { Id: id, State: state } = byName.get(workload)!;
      const container = docker.getContainer(id);
      const since = Date.now();
      lines.set(workload, { workload, state: 'stopping', since });
      show();
      // A paused process cannot hear the signal.
      if (state.Paused) await container.unpause();
      await container.stop().catch((error: { statusCode?: number }) => {
        if (error.statusCode !== 304 && error.statusCode !== 404) throw error;
      });
      const { ExitCode: code } = (await container.inspect()).State;
      const took = Date.now() - since;
      lines.set(workload, { workload, state: code === KILLED ? 'killed' : 'stopped', since, took });
      if (!live.moves)
        say(`${workload} ${code === KILLED ? 'was killed, because it did not end' : 'stopped'} (${seconds(took)})`);
      show();
    };
    await inOrder(names, reversed(names, declaredNeeds(settings)), work, interrupted.signal);
    live.clear();
    const left = [...lines.values()].filter((one) => one.state === 'runs').length;
    if (interrupted.signal.aborted && left > 0) {
      throw new CommandError(
        `interrupted: ${names.length - left} of ${names.length} services are stopped, no data is lost. ` +
          'Run "npm run stop" again to stop the others, or "npm start" to start all of them',
      );
    }
    const killed = [...lines.values()].filter((one) => one.state === 'killed').map((one) => one.workload);
    if (killed.length > 0) say(`killed, because they did not end in their time: ${killed.join(', ')}`);
    say(
      `"${settings.name}" is stopped (${seconds(Date.now() - began)}): ${names.length} services, ` +
        `${(memory / 1024).toFixed(1)} GiB of memory and ${ports} ports are free; all data is kept`,
    );
    say('"npm start" brings the same deployment back, "npm run down" destroys it');
  } finally {
    clearInterval(timer);
    live.clear();
    interrupted.forget();
    turn.release();
  }
}
