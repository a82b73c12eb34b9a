import { spawn } from 'node:child_process';
import Docker from 'dockerode';
import { type Log, print, seconds } from '../log';
import { lastLines, runOrFail } from '../run';
import { findCommand } from '../system';
import { defaultCluster, execute } from './cluster';

/** A cluster on this machine whose nodes take images straight from the engine. */
export type LocalCluster =
  | { readonly kind: 'own'; readonly container: string }
  | { readonly kind: 'kind' | 'k3d' | 'minikube'; readonly cluster: string };

/** What the name of a context tells: these tools name their contexts alike on every machine. */
export function localCluster(context: string, own: readonly string[] = [defaultCluster]): LocalCluster | undefined {
  if (own.includes(context)) return { kind: 'own', container: context };
  const named = /^(kind|k3d)-(.+)$/.exec(context);
  if (named) return { kind: named[1] as 'kind' | 'k3d', cluster: named[2]! };
  return context === 'minikube' ? { kind: 'minikube', cluster: context } : undefined;
}

/** The command that puts images of the engine onto the nodes of a cluster which another tool made. */
export function importCommand(
  { kind, cluster }: Exclude<LocalCluster, { kind: 'own' }>,
  references: readonly string[],
): readonly [string, ...string[]] {
  switch (kind) {
    case 'kind':
      return ['kind', 'load', 'docker-image', '--name', cluster, ...references];
    case 'k3d':
      return ['k3d', 'image', 'import', '--cluster', cluster, ...references];
    case 'minikube':
      return ['minikube', 'image', 'load', '--profile', cluster, ...references];
  }
}

/** Puts images of the engine onto the nodes of a local cluster; what is there already is left out where that is known. */
export async function loadImages(
  cluster: LocalCluster,
  references: readonly string[],
  log: Log = print,
): Promise<void> {
  const started = Date.now();
  const wanted = [...new Set(references)];
  if (cluster.kind !== 'own') {
    const [command, ...args] = importCommand(cluster, wanted);
    if (findCommand(command) === undefined)
      throw new Error(`${command} is not on PATH, and it puts images onto the nodes of ${cluster.cluster}: install it`);
    await runOrFail(`loading images with ${command}`, command, args);
    return log(`images: ${wanted.length} loaded with ${command} in ${seconds(Date.now() - started)}`);
  }
  const present = await imagesOn(cluster.container);
  const missing = wanted.filter((reference) => !present.has(reference));
  if (missing.length === 0) return log(`images: all ${wanted.length} are on ${cluster.container}`);
  await inEngine(missing);
  // All in one stream: they share layers, and each layer travels once.
  await pipe(
    ['docker', 'save', ...missing],
    ['docker', 'exec', '-i', cluster.container, 'ctr', '-n', 'k8s.io', 'images', 'import', '-'],
  );
  log(
    `images: ${missing.length} of ${wanted.length} loaded onto ${cluster.container} in ${seconds(Date.now() - started)}`,
  );
}

/** The references on the node of our own cluster, spelt as the engine spells them. */
export async function imagesOn(container: string): Promise<Set<string>> {
  const { code, output } = await execute(new Docker().getContainer(container), [
    'ctr',
    '-n',
    'k8s.io',
    'images',
    'list',
    '-q',
  ]);
  if (code !== 0) throw new Error(`the images on ${container} cannot be listed: ${output.trim()}`);
  return new Set(
    output
      .split('\n')
      .filter((line) => line !== '')
      .map(engineSpelling),
  );
}

/** Container runtimes spell the default registry out, the engine does not. */
export function engineSpelling(reference: string): string {
  return reference.replace(/^docker\.io\/(library\/)?/, '');
}

async function inEngine(references: readonly string[]): Promise<void> {
  const docker = new Docker();
  const answers = await Promise.all(
    references.map((reference) =>
      docker
        .getImage(reference)
        .inspect()
        .then(
          () => undefined,
          () => reference,
        ),
    ),
  );
  const missing = answers.filter((reference) => reference !== undefined);
  if (missing.length > 0)
    throw new Error(
      `the engine does not have ${missing.join(', ')}, so it cannot go to the cluster: run "npm run images"`,
    );
}

/** Runs two commands, the output of the first being the input of the second. */
function pipe(from: readonly [string, ...string[]], to: readonly [string, ...string[]]): Promise<void> {
  return new Promise((resolve, reject) => {
    const [source, target] = [
      spawn(from[0], from.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] }),
      spawn(to[0], to.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] }),
    ];
    let said = '';
    for (const stream of [source.stderr, target.stdout, target.stderr])
      stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    source.stdout.pipe(target.stdin);
    target.stdin.on('error', () => source.kill()); // the reader has ended; its own code says why
    let open = 2;
    const ended = (name: string) => (code: number | null) => {
      if (code !== 0) reject(new Error(`"${name}" ended with code ${code}. Its last lines:\n${lastLines(said, 10)}`));
      else if (--open === 0) resolve();
    };
    for (const [child, name] of [
      [source, from.slice(0, 2).join(' ')],
      [target, to.slice(0, 2).join(' ')],
    ] as const) {
      child.on('error', reject);
      child.on('close', ended(name));
    }
  });
}
