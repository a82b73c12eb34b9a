import { copyFileSync, cpSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cacheFolder, contentKey, folderKey } from '../cache';
import { buildKey, type GoBuild, goProgram } from '../go';
import { buildImages } from '../images/build';
import { build, type Builder, findBuilder, presentReferences } from '../images/engine';
import { imageReference } from '../images/reference';
import { type Log, seconds } from '../log';
import { runOrFail } from '../run';
import { ensureTools } from '../system';

/** Pinned: 1.38 may end both cgroup v1 and the container runtime that Debian 12 has. */
const kubernetesVersion = '1.37.2';

const nodeFolder = join(__dirname, 'node');

const [major, minor] = kubernetesVersion.split('.');
/** Without them the node would call itself v0.0.0, and clients would refuse it. */
const versionFlags = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((module) =>
  Object.entries({
    gitVersion: `v${kubernetesVersion}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
  }).map(([name, value]) => `-X ${module}.${name}=${value}`),
);

const kubernetes: GoBuild = {
  module: 'kubernetes',
  package: '.',
  ldflags: ['-s -w', ...versionFlags].join(' '),
  system: 'linux',
};
const pause: GoBuild = { module: 'kubernetes', package: './pause', ldflags: '-s -w', system: 'linux' };
const coredns: GoBuild = { module: 'coredns', package: '.', ldflags: '-s -w', system: 'linux' };

/** All of Kubernetes in one program, `kubectl` among it, for Linux. */
export function kubernetesProgram(log: Log): Promise<string> {
  return goProgram(kubernetes, 'kk', log);
}

/** A pure function of what the node is made of. */
export function nodeImageReference(): string {
  const programs = [kubernetes, pause, coredns].map(buildKey);
  return `streaming-platform/cluster-node:${contentKey(folderKey(nodeFolder), ...programs, imageReference('base'))}`;
}

/** The image of a cluster's node; everything that goes in is built where it is missing. */
export async function nodeImage(log: Log): Promise<{ readonly value: string; readonly because: string }> {
  const reference = nodeImageReference();
  if ((await presentReferences()).has(reference))
    return { value: reference, because: `${reference}, because the engine has it` };
  log(`node image: building Kubernetes ${kubernetesVersion}, because the engine does not have ${reference}`);
  const started = Date.now();
  await ensureTools(['docker'], { log });
  const builder = await findBuilder();
  // The packages come over the network and the programs out of the compiler: both at once.
  const packages = baseWithPackages(builder, log);
  packages.catch(() => undefined);
  const programs = {
    kk: await kubernetesProgram(log),
    coredns: await goProgram(coredns, 'coredns', log),
    pause: await goProgram(pause, 'pause', log),
  };
  await packages;
  await inContext('node', async (context) => {
    cpSync(nodeFolder, context, { recursive: true });
    place(programs.kk, join(context, 'kk'));
    await saveImages(builder, [programs.coredns, programs.pause], join(context, 'images.tar'));
    await build(builder, { ...request(context), what: 'the node image', reference });
  });
  return { value: reference, because: `built as ${reference} in ${seconds(Date.now() - started)}` };
}

async function baseWithPackages(builder: Builder, log: Log): Promise<void> {
  await buildImages({ only: ['base'], log });
  await inContext('node-packages', async (context) => {
    copyFileSync(join(nodeFolder, 'Dockerfile'), join(context, 'Dockerfile'));
    const reference = 'streaming-platform/cluster-node:packages';
    await build(builder, { ...request(context), what: 'the packages of the node', reference, target: 'packages' });
  });
}

function request(context: string) {
  return { context, label: 'io.streaming-platform.image=cluster-node', args: { BASE: imageReference('base') } };
}

/** The images that the node itself needs, one program each, as a file: their names do not stay in the engine. */
async function saveImages(builder: Builder, programs: readonly string[], file: string): Promise<void> {
  const references = programs.map((program) => `streaming-platform/${basename(program)}:1`);
  try {
    for (const [i, program] of programs.entries()) {
      await inContext(basename(program), async (context) => {
        place(program, join(context, basename(program)));
        const entry = JSON.stringify([`/${basename(program)}`]);
        writeFileSync(join(context, 'Dockerfile'), `FROM scratch\nCOPY ${basename(program)} /\nENTRYPOINT ${entry}\n`);
        await build(builder, { ...request(context), what: program, reference: references[i]!, args: {} });
      });
    }
    await runOrFail('saving the images of the node', builder.docker, ['save', '--output', file, ...references]);
  } finally {
    await runOrFail('removing the images of the node', builder.docker, ['image', 'rm', ...references]).catch(() => {});
  }
}

/** A build context on the cache's file system, so that links are possible. */
async function inContext(name: string, work: (context: string) => Promise<void>): Promise<void> {
  mkdirSync(join(cacheFolder(), 'contexts'), { recursive: true });
  const context = mkdtempSync(join(cacheFolder(), 'contexts', `${name}-`));
  try {
    await work(context);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

function place(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
