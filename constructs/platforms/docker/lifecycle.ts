import type { ContainerConfig } from '@cdktf/provider-docker/lib/container';
import type { LocalExecProvisioner } from 'cdktf';
import { DEFAULT_TMP_MIB, type Workload } from '../../workload';
import { literal } from '../terraform-text';
import { goDuration } from './naming';

/** Between two health checks once a service runs. While it starts, the deployment itself asks several times a second. */
const HEALTH_INTERVAL_SECONDS = 10;

/** Folders in memory: `/tmp`, and what the workload asks for. */
export function tmpfs(workload: Workload): Record<string, string> {
  const { uid, gid } = workload.user;
  const mounts: Record<string, string> = { '/tmp': `rw,noexec,nosuid,nodev,size=${DEFAULT_TMP_MIB}m,mode=1777` };
  for (const { path, sizeMiB, executable } of workload.scratch ?? []) {
    const flags = executable ? 'rw,exec,nosuid,nodev' : 'rw,noexec,nosuid,nodev';
    mounts[path] =
      path === '/tmp'
        ? `${flags},size=${sizeMiB}m,mode=1777`
        : `${flags},size=${sizeMiB}m,uid=${uid},gid=${gid},mode=0700`;
  }
  return mounts;
}

/** `quiet` keeps the command out of the output; the bindings do not know it yet. */
function localExec(command: string, environment?: Record<string, string>): LocalExecProvisioner {
  return { type: 'local-exec', command, environment, quiet: true } as LocalExecProvisioner;
}

/** A service: restarted, watched, and waited for. */
export function forever(workload: Workload): Partial<ContainerConfig> {
  const health = workload.health!;
  return {
    restart: 'unless-stopped',
    // PostgreSQL as the first process would inherit what an ended `docker exec` leaves, take it for a backend that crashed,
    // and cut off every client. Not where secrets are in the environment: any process of the user could read it there.
    init: workload.secretEnv === undefined ? true : undefined,
    // Whether it runs is the business of `stop` and `up`. For the provider a stopped container that must run has also lost
    // its ports, and is replaced by the next deployment.
    mustRun: false,
    healthcheck: {
      test: ['CMD', ...health.ready.map(literal)],
      interval: goDuration(HEALTH_INTERVAL_SECONDS),
      timeout: goDuration(5),
      retries: 3,
      startPeriod: goDuration(health.startSeconds),
    },
    // The provider's own `wait` says nothing until its time-out; this one fails at once, with the last log lines.
    provisioners: [
      localExec(
        `node --import tsx ../../../constructs/platforms/docker/wait-until-ready.ts \${self.id} ${workload.name} ${health.startSeconds}`,
      ),
    ],
  };
}

/** A job: waited for until it has ended; its log is shown, and its failure is the deployment's. */
export function job(): Partial<ContainerConfig> {
  return {
    restart: 'no',
    mustRun: false,
    attach: true,
    logs: true,
    // A failed provisioner taints the container, so that the next deployment runs the job again. A failed postcondition
    // would block every later plan instead.
    provisioners: [localExec('printf "%s\\n" "$LOG" >&2; exit ${self.exit_code}', { LOG: '${self.container_logs}' })],
  };
}
