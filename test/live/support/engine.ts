import Docker from 'dockerode';
import { DEPLOYMENT_LABEL, WORKLOAD_LABEL } from '../../../constructs/platforms/docker/naming';
import { deployment } from './checkout';

export const engine = new Docker();
const labelled = (name: string) => ({ label: [`${DEPLOYMENT_LABEL}=${name}`] });
const ours = labelled(deployment.name);

export async function containers(name = deployment.name): Promise<Docker.ContainerInspectInfo[]> {
  const list = await engine.listContainers({ all: true, filters: labelled(name) });
  return Promise.all(list.map((c) => engine.getContainer(c.Id).inspect()));
}

/** The running container of a workload; carriers of its files are never started. */
export async function container(workload: string): Promise<Docker.Container> {
  const filters = {
    label: [...ours.label, `${WORKLOAD_LABEL}=${workload}`],
    name: [`^/${deployment.name}-${workload}$`],
  };
  const [found] = await engine.listContainers({ all: true, filters });
  if (!found) throw new Error(`no container for ${workload}`);
  return engine.getContainer(found.Id);
}

/** Everything on the engine that carries the label of a deployment, by default of the test's own. */
export async function leftovers(name = deployment.name): Promise<string[]> {
  const filters = labelled(name);
  const [containerList, networks, { Volumes: volumes }] = await Promise.all([
    engine.listContainers({ all: true, filters }),
    engine.listNetworks({ filters }),
    engine.listVolumes({ filters }),
  ]);
  return [
    ...containerList.map((c) => `container ${c.Names[0]}`),
    ...networks.map((n) => `network ${n.Name}`),
    ...(volumes ?? []).map((v) => `volume ${v.Name}`),
  ];
}

/** Removes what a failed or interrupted test run left. Objects of other deployments do not carry the label. */
export async function removeLeftovers(name = deployment.name): Promise<void> {
  const filters = labelled(name);
  for (const c of await engine.listContainers({ all: true, filters }))
    await engine.getContainer(c.Id).remove({ force: true, v: true });
  for (const n of await engine.listNetworks({ filters })) await engine.getNetwork(n.Id).remove();
  for (const v of (await engine.listVolumes({ filters })).Volumes ?? []) await engine.getVolume(v.Name).remove();
}

export async function exec(workload: string, command: string[]): Promise<{ code: number; output: string }> {
  const run = await (await container(workload)).exec({ Cmd: command, AttachStdout: true, AttachStderr: true });
  const stream = await run.start({});
  const chunks: Buffer[] = [];
  const { PassThrough } = await import('node:stream');
  const sink = new PassThrough();
  sink.on('data', (chunk: Buffer) => chunks.push(chunk));
  engine.modem.demuxStream(stream, sink, sink);
  await new Promise((ended) => stream.on('end', ended).on('close', ended));
  return { code: (await run.inspect()).ExitCode ?? -1, output: Buffer.concat(chunks).toString() };
}

/** SIGKILL to the process itself: unlike `docker kill` this is no manual stop, so the restart policy acts. */
export async function killProcess(workload: string): Promise<void> {
  const { State } = await (await container(workload)).inspect();
  process.kill(State.Pid, 'SIGKILL');
}

/** Waits until a condition holds. @throws with the last reason after the deadline */
export async function until<T>(what: string, seconds: number, check: () => Promise<T | false | undefined>): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value !== false && value !== undefined) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s; last: ${String(last)}`);
    await new Promise((next) => setTimeout(next, 500));
  }
}

export async function healthy(workload: string, seconds = 120): Promise<void> {
  await until(`${workload} healthy`, seconds, async () => {
    const { State, Config } = await (await container(workload)).inspect();
    if (!State.Running) return false;
    return (await exec(workload, Config.Healthcheck!.Test!.slice(1))).code === 0;
  });
}
