import type { ContainerInspectInfo } from 'dockerode';
import { lastLogLines } from '../../constructs/platforms/docker/container-state';
import { servicesOf } from '../../stacks/settings';
import { type DockerDeployment, services } from '../docker';
import { judge } from '../monitor';
import { diagnose, type Signature } from '../signatures';

export type State =
  'healthy' | 'starting' | 'unhealthy' | 'restarting' | 'stopped' | 'paused' | 'failed' | 'done' | 'missing';

/** One service as the engine sees it now. */
export interface ServiceStatus {
  readonly name: string;
  /** Runs once and ends. */
  readonly job: boolean;
  readonly state: State;
  readonly startedAt?: string;
  readonly uptimeSeconds?: number;
  readonly restarts: number;
  readonly exitCode?: number;
  readonly memoryMiB?: number;
  readonly memoryLimitMiB?: number;
  /** Why it does not do its work, if it does not. */
  readonly why?: string;
  readonly signature?: Signature;
}

/** Every service that is deployed or should be; nothing where nothing is deployed. */
export async function servicesNow(deployment: DockerDeployment, now = Date.now()): Promise<ServiceStatus[]> {
  const found = await services(deployment);
  if (found.length === 0) return [];
  const seen = await Promise.all(
    found.map(async ({ workload, id }): Promise<ServiceStatus[]> => {
      try {
        const container = deployment.docker.getContainer(id);
        const info = await container.inspect();
        const status = serviceStatus(workload, info, now);
        if (info.State.Running && !info.State.Paused) {
          return [{ ...status, ...(await memory(deployment, id)), ...(await reason(status, info, deployment)) }];
        }
        return [{ ...status, ...(await reason(status, info, deployment)) }];
      } catch (error) {
        if ((error as { statusCode?: number }).statusCode === 404) return []; // removed between the two questions
        throw error;
      }
    }),
  );
  const order: readonly string[] = servicesOf(deployment.settings);
  const known = new Set(found.map(({ workload }) => workload));
  const missing = order
    .filter((name) => !known.has(name))
    .map((name): ServiceStatus => ({ name, job: false, state: 'missing', restarts: 0, why: 'has no container' }));
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...seen.flat(), ...missing].sort((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name));
}

/** What one look at a container says. Pure. */
export function serviceStatus(name: string, info: ContainerInspectInfo, now: number): ServiceStatus {
  const { State: state, HostConfig: host, RestartCount: restarts } = info;
  const job = ['', 'no'].includes(host.RestartPolicy?.Name ?? '');
  const started = Date.parse(state.StartedAt);
  const limit = Math.round((host.Memory ?? 0) / 2 ** 20);
  return {
    name,
    job,
    state: stateOf(info, job),
    restarts,
    ...(started > 0 ? { startedAt: state.StartedAt } : {}),
    ...(state.Running && started > 0 ? { uptimeSeconds: Math.max(0, Math.round((now - started) / 1000)) } : {}),
    ...(state.Running ? {} : { exitCode: state.ExitCode }),
    ...(limit > 0 ? { memoryLimitMiB: limit } : {}),
  };
}

function stateOf(info: ContainerInspectInfo, job: boolean): State {
  const { State: state } = info;
  if (state.Paused) return 'paused';
  if (state.Restarting) return 'restarting';
  if (state.Running) {
    if (state.Health?.Status === 'unhealthy') return 'unhealthy';
    return state.Health?.Status === 'healthy' ? 'healthy' : 'starting';
  }
  if (job && state.Status === 'exited' && state.ExitCode === 0) return 'done';
  if (state.Status === 'created') return 'missing';
  // Docker's own words for an end on request: SIGTERM, SIGINT, or SIGKILL after the grace period.
  const asked = [0, 130, 137, 143].includes(state.ExitCode) && !state.OOMKilled;
  return asked && !job ? 'stopped' : 'failed';
}

async function memory({ docker }: DockerDeployment, id: string): Promise<{ memoryMiB?: number }> {
  const { memory_stats: used } = await docker.getContainer(id).stats({ stream: false, 'one-shot': true });
  if (used?.usage === undefined) return {};
  const { inactive_file: v2, total_inactive_file: v1 } = (used.stats ?? {}) as {
    inactive_file?: number;
    total_inactive_file?: number;
  };
  return { memoryMiB: Math.round((used.usage - (v1 ?? v2 ?? 0)) / 2 ** 20) };
}

async function reason(
  { name, state, exitCode }: ServiceStatus,
  info: ContainerInspectInfo,
  { docker }: DockerDeployment,
): Promise<Pick<ServiceStatus, 'why' | 'signature'>> {
  if (!['unhealthy', 'restarting', 'failed'].includes(state)) return {};
  const log = await lastLogLines(docker.getContainer(info.Id), 300).catch(() => '');
  const judged = judge(info, undefined, true);
  const why = judged.state === 'failed' ? judged.why : `ended with exit code ${exitCode ?? info.State.ExitCode}`;
  const signature = diagnose({ workload: name, exitCode, oomKilled: info.State.OOMKilled, log });
  return { why, ...(signature ? { signature } : {}) };
}
