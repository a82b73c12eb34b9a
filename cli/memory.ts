import { type DockerDeployment, services } from './docker';

export interface Memory {
  readonly workload: string;
  readonly usedMiB: number;
  readonly limitMiB: number;
}

/** Memory of each running container as `docker stats` shows it: without the file cache, which the kernel takes back. */
export async function memoryOf(deployment: DockerDeployment): Promise<Memory[]> {
  const found = await services(deployment);
  const all = await Promise.all(
    found.map(async ({ workload, id }): Promise<Memory[]> => {
      try {
        const { memory_stats: memory } = await deployment.docker
          .getContainer(id)
          .stats({ stream: false, 'one-shot': true });
        if (memory.usage === undefined) return []; // not running
        const { inactive_file: v2, total_inactive_file: v1 } = memory.stats as {
          inactive_file?: number;
          total_inactive_file?: number;
        };
        return [{ workload, usedMiB: (memory.usage - (v1 ?? v2 ?? 0)) / 2 ** 20, limitMiB: memory.limit / 2 ** 20 }];
      } catch {
        return []; // ended between the two questions
      }
    }),
  );
  return all.flat().sort((a, b) => b.usedMiB - a.usedMiB);
}

export function memoryLine(all: readonly Memory[]): string {
  const used = all.reduce((sum, one) => sum + one.usedMiB, 0) / 1024;
  const limit = all.reduce((sum, one) => sum + one.limitMiB, 0) / 1024;
  const most = all.slice(0, 4).map((one) => `${one.workload} ${Math.round(one.usedMiB)} MiB`);
  return `${used.toFixed(1)} GiB in ${all.length} containers (their limits: ${limit.toFixed(1)} GiB); most: ${most.join(', ')}`;
}
