import { type DockerDeployment, services } from '../docker';
import { Frames, type LogLine } from './frames';
import type { LogSources, Source, SourceState } from './sources';

/** The logs of the containers of a deployment. */
export class DockerLogs implements LogSources {
  readonly platform = 'the Docker engine';

  constructor(private readonly deployment: DockerDeployment) {}

  list(): Promise<readonly Source[]> {
    return services(this.deployment);
  }

  async state({ id }: Source): Promise<SourceState | undefined> {
    try {
      const { Running: running, ExitCode: exitCode } = (await this.deployment.docker.getContainer(id).inspect()).State;
      return { running, exitCode };
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode === 404) return undefined;
      throw error;
    }
  }

  async *past(
    { id, workload }: Source,
    { since, until, tail }: { since: number; until: number; tail?: number },
  ): AsyncGenerator<LogLine> {
    const stream = await pastLog(this.deployment.docker, id, {
      since: since / 1000,
      until: until / 1000,
      ...(tail === undefined ? {} : { tail }),
    });
    if (stream === undefined) return;
    const frames = new Frames(workload);
    for await (const bytes of stream) yield* frames.push(bytes as Buffer);
  }

  async *follow({ id, workload }: Source, from: string | undefined): AsyncGenerator<LogLine> {
    const stream = await this.deployment.docker.getContainer(id).logs({
      follow: true,
      stdout: true,
      stderr: true,
      timestamps: true,
      since: from === undefined ? 0 : sinceOf(from),
    });
    const frames = new Frames(workload);
    for await (const bytes of stream) yield* frames.push(bytes as Buffer);
  }
}

/**
 * What a container has said so far, as a stream: `logs()` of the client would hold all of it in memory. Undefined where the
 * container was removed a moment ago.
 */
function pastLog(
  { modem }: DockerDeployment['docker'],
  id: string,
  options: Readonly<Record<string, number>>,
): Promise<NodeJS.ReadableStream | undefined> {
  const request = {
    path: `/containers/${id}/logs?`,
    method: 'GET',
    isStream: true,
    statusCodes: { 200: true, 404: 'no such container' },
    options: { stdout: true, stderr: true, timestamps: true, ...options },
  };
  return new Promise((resolve, reject) => {
    (modem as Dialler).dial(request, (error, stream) => {
      if (error?.statusCode === 404) resolve(undefined);
      else if (error) reject(error);
      else resolve(stream);
    });
  });
}

interface Dialler {
  dial(
    request: object,
    answered: (error: (Error & { statusCode?: number }) | null, stream: NodeJS.ReadableStream) => void,
  ): void;
}

/** Seconds since 1970 with nine digits behind the point, which a number cannot hold. */
export function sinceOf(time: string): string {
  const fraction = /\.(\d+)Z$/.exec(time)?.[1] ?? '0';
  return `${Math.floor(Date.parse(time) / 1000)}.${fraction.padEnd(9, '0')}`;
}
