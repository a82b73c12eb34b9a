import { PassThrough } from 'node:stream';
import type { DockerDeployment } from './docker';

export interface Executed {
  readonly code: number;
  /** Both streams, in the order they came. */
  readonly output: string;
}

/**
 * Runs a command in the container of a workload. What is secret goes in through its standard input: arguments are seen
 * by everybody who may list processes, and the engine keeps both arguments and environment.
 */
export async function execIn(
  { docker, settings }: DockerDeployment,
  workload: string,
  command: readonly string[],
  input: string,
): Promise<Executed> {
  const execution = await docker.getContainer(`${settings.name}-${workload}`).exec({
    Cmd: [...command],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await execution.start({ hijack: true, stdin: true });
  const both = new PassThrough();
  const chunks: Buffer[] = [];
  both.on('data', (chunk: Buffer) => chunks.push(chunk));
  docker.modem.demuxStream(stream, both, both);
  const ended = new Promise<void>((resolve, reject) =>
    stream.on('end', resolve).on('close', resolve).on('error', reject),
  );
  stream.end(input);
  await ended;
  return { code: (await execution.inspect()).ExitCode ?? -1, output: Buffer.concat(chunks).toString() };
}
