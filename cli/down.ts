import { setTimeout as sleep } from 'node:timers/promises';
import { existsSync, rmSync } from 'node:fs';
import { relative } from 'node:path';
import { DEPLOYMENT_LABEL } from '../constructs/platforms/docker/naming';
import { ROOT } from '../stacks/settings';
import { seconds } from '../toolchain/log';
import { doingNow, failureLines, readLog, startCdktf } from './cdktf';
import type { Deployment } from './deployment';
import { confirm } from './confirm';
import { CommandError } from './errors';
import { LiveLines, say } from './output';

/** Everything of a deployment that the engine holds. */
interface Belongings {
  readonly containers: readonly { id: string; name: string; running: boolean }[];
  readonly networks: readonly { id: string; name: string }[];
  readonly volumes: readonly { name: string; bytes?: number }[];
}

/** Destroys a deployment after saying what will be lost, and makes sure that nothing of it is left. */
export async function down(deployment: Deployment, confirmed: boolean): Promise<void> {
  const { settings, folder, docker } = deployment;
  const owned = await belongings(deployment);
  const known = existsSync(folder);
  if (isNothing(owned) && !known) return say(`nothing is deployed as "${settings.name}"`);

  for (const line of losses(settings.name, owned, known ? relative(ROOT, folder) : undefined)) say(line);
  if (!confirmed)
    await confirm(`Destroy "${settings.name}" and lose all of this?`, 'nothing was destroyed', 'npm run down -- --yes');

  const began = Date.now();
  if (existsSync(deployment.stateFile)) await destroy(deployment);
  // What an interrupted deployment made and its state does not know.
  const left = await belongings(deployment);
  for (const { id, name } of left.containers) {
    await docker.getContainer(id).remove({ force: true });
    say(`removed container ${name}, which the state did not know`);
  }
  for (const { id, name } of left.networks) {
    await docker.getNetwork(id).remove();
    say(`removed network ${name}, which the state did not know`);
  }
  for (const { name } of left.volumes) {
    await docker.getVolume(name).remove();
    say(`removed volume ${name}, which the state did not know`);
  }
  const still = await belongings(deployment);
  if (!isNothing(still)) throw new CommandError(`still there: ${names(still).join(', ')}`);
  rmSync(folder, { recursive: true, force: true });
  say(
    `"${settings.name}" is gone, nothing of it is left (${seconds(Date.now() - began)}); the images stay for the next time`,
  );
}

async function destroy(deployment: Deployment): Promise<void> {
  const began = Date.now();
  const live = new LiveLines();
  const run = await startCdktf(deployment, 'destroy', say);
  let doing = 'looking at what is there';
  let spokenAt = Date.now();
  const timer = setInterval(() => {
    doing =
      run
        .newLines()
        .flatMap((line) => doingNow(line) ?? [])
        .at(-1) ?? doing;
    live.update([`destroying "${deployment.settings.name}"  ${seconds(Date.now() - began)}  ${doing}`]);
    if (live.moves || Date.now() - spokenAt < 5000) return;
    spokenAt = Date.now();
    live.log(`${`${Math.floor((Date.now() - began) / 1000)} s`.padStart(6)}  ${doing}`);
  }, 500);
  const stop = () => void run.stop(60);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    if ((await run.ended) === 0) return;
    throw new CommandError(
      [
        'cdktf destroy failed; secrets and state are kept, so it can be run again:',
        ...failureLines(readLog(run.logFile)),
        `Everything it said: ${run.logFile}`,
      ].join('\n'),
    );
  } finally {
    clearInterval(timer);
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
    live.clear();
  }
}

async function belongings({ docker, settings }: Deployment): Promise<Belongings> {
  const filters = { label: [`${DEPLOYMENT_LABEL}=${settings.name}`] };
  const [containers, networks, { Volumes: volumes }, sizes] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
    volumeSizes(docker),
  ]);
  return {
    containers: containers.map((one) => ({
      id: one.Id,
      name: one.Names[0]?.slice(1) ?? one.Id,
      running: one.State === 'running',
    })),
    networks: networks.map((one) => ({ id: one.Id, name: one.Name })),
    volumes: (volumes ?? []).map((one) => ({ name: one.Name, bytes: sizes.get(one.Name) })),
  };
}

/** The engine counts every file of every volume for this: only as long as it is quick. */
async function volumeSizes(docker: Deployment['docker']): Promise<ReadonlyMap<string, number>> {
  interface Usage {
    Volumes?: { Name: string; UsageData?: { Size: number } }[];
  }
  const late = sleep<Usage>(3000, {}, { ref: false });
  const { Volumes: all } = await Promise.race([docker.df().catch(() => ({})) as Promise<Usage>, late]);
  return new Map(
    (all ?? []).flatMap(({ Name: name, UsageData: usage }) => (usage && usage.Size >= 0 ? [[name, usage.Size]] : [])),
  );
}

function isNothing(owned: Belongings): boolean {
  return names(owned).length === 0;
}

function names({ containers, networks, volumes }: Belongings): string[] {
  return [...containers, ...networks, ...volumes].map((one) => one.name);
}

/** What will be lost, in the order of how much it hurts. */
export function losses(name: string, { containers, networks, volumes }: Belongings, folder?: string): string[] {
  const data = volumes.filter((one) => (one.bytes ?? 1) > 0 && !/-(config|secrets)-[0-9a-f]{6}$/.test(one.name));
  const size = (bytes: number | undefined) => (bytes === undefined ? '' : ` (${(bytes / 2 ** 20).toFixed(1)} MiB)`);
  const running = containers.filter((one) => one.running).length;
  return [
    `This destroys "${name}":`,
    ...(data.length > 0 ? ['  data for good:', ...data.map((one) => `    ${one.name}${size(one.bytes)}`)] : []),
    `  ${containers.length} containers, ${running} of them running; ${networks.length} networks; ${volumes.length} volumes in all`,
    ...(folder === undefined ? [] : [`  secrets, state and logs in ${folder}`]),
  ];
}
