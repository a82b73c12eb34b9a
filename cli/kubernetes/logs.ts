import { PassThrough } from 'node:stream';
import { createInterface } from 'node:readline';
import type { V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { comparable, type LogLine } from '../logs/frames';
import type { LogSources, Source, SourceState } from '../logs/sources';
import type { KubernetesDeployment } from './deployment';
import { newestPods, workloadOf } from './pods';

/** The logs of the pods of a deployment. A container that was restarted in its pod is another source. */
export class PodLogs implements LogSources {
  readonly platform = 'the cluster';

  constructor(private readonly deployment: KubernetesDeployment) {}

  async list(): Promise<readonly Source[]> {
    const pods = newestPods(await this.deployment.pods());
    return pods.map((pod) => ({
      workload:
        pods.filter((other) => workloadOf(other) === workloadOf(pod)).length > 1
          ? pod.metadata!.name!
          : workloadOf(pod),
      id: idOf(pod),
    }));
  }

  async state({ id }: Source): Promise<SourceState | undefined> {
    const pod = await this.pod(id);
    if (pod === undefined) return undefined;
    const [container] = pod.status?.containerStatuses ?? [];
    return {
      running: container?.state?.running !== undefined,
      exitCode: (container?.state?.terminated ?? container?.lastState?.terminated)?.exitCode,
    };
  }

  async *past(
    { id, workload }: Source,
    { since, until, tail }: { since: number; until: number; tail?: number },
  ): AsyncGenerator<LogLine> {
    const pod = await this.pod(id);
    if (pod === undefined) return;
    const { core, namespace } = await this.deployment.access();
    const read = (previous: boolean) =>
      core
        .readNamespacedPodLog({
          name: pod.metadata!.name!,
          namespace,
          previous,
          timestamps: true,
          ...(since > 0 ? { sinceSeconds: Math.max(1, Math.ceil((until - since) / 1000)) } : {}),
          ...(tail === undefined ? {} : { tailLines: tail }),
        })
        .catch(() => ''); // it has not begun yet, or is gone
    const restarted = (pod.status?.containerStatuses?.[0]?.restartCount ?? 0) > 0;
    for (const text of [restarted ? await read(true) : '', await read(false)])
      for (const line of text.split('\n')) if (line !== '') yield lineOf(workload, line);
  }

  async *follow({ id, workload }: Source, from: string | undefined): AsyncGenerator<LogLine> {
    const pod = await this.pod(id);
    if (pod === undefined) return;
    const { Log } = await import('@kubernetes/client-node');
    const { config, namespace } = await this.deployment.access();
    const said = new PassThrough();
    const container = pod.spec!.containers[0]!.name;
    await new Log(config).log(namespace, pod.metadata!.name!, container, said, {
      follow: true,
      timestamps: true,
      ...(from === undefined ? {} : { sinceTime: from }),
    });
    for await (const line of createInterface({ input: said })) yield lineOf(workload, line);
  }

  private async pod(id: string): Promise<V1Pod | undefined> {
    return (await this.deployment.pods()).find((pod) => idOf(pod) === id);
  }
}

function idOf(pod: V1Pod): string {
  return `${pod.metadata!.uid}/${pod.status?.containerStatuses?.[0]?.restartCount ?? 0}`;
}

/** A line as the cluster hands it out, with its time in front. */
export function lineOf(service: string, line: string): LogLine {
  const [time = '', ...text] = line.split(' ');
  return { service, time: comparable(time), text: text.join(' ').replace(/\r$/, '') };
}
