import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageReference } from '../../toolchain/images/reference';
import { type Cluster, clusterDown, clusterUp, runningCluster } from '../../toolchain/kubernetes/cluster';
import { loadImages } from '../../toolchain/kubernetes/load-images';
import type { RunResult } from '../../toolchain/run';
import { setUp } from '../../toolchain/setup';
import { manifests } from '../policy/manifests';
import { type Json, synthesise } from '../synth';
import { Kubectl, onCluster } from './support/cluster';

/**
 * What only the registry's provider can declare (seccomp profiles, disruption budgets, spread over zones, limits of disk
 * space, Ingresses, enforcement of Pod Security) is judged by a real API server all the same, as the objects that the
 * provider would make.
 */
const name = 'admission-test';
const quiet = () => {};
const profiles = {
  small: manifests(synthesise('k8s', { name })),
  production: manifests(synthesise('k8s', { name, profile: 'production' })),
  'with a host name': manifests(
    synthesise('k8s', {
      name,
      k8s: { ingress: { host: 'streaming.example', class: 'nginx', tlsSecret: 'certificate' } },
    }),
  ),
};
const kinds = (objects: readonly Json[]) => new Set(objects.map(({ kind }) => kind as string));
const isNamespace = ({ kind }: Json) => kind === 'Namespace';
/** Made for real: the server judges nothing else without them. */
const isHome = ({ kind }: Json) => kind === 'Namespace' || kind === 'ServiceAccount';

/** The pods that the controllers would make. */
const podsOf = (objects: readonly Json[]): Json[] =>
  objects
    .filter(({ kind }) => /^(Deployment|StatefulSet|Job)$/.test(kind))
    .map(({ metadata, spec: { template, volumeClaimTemplates = [] } }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...template.metadata, name: metadata.name, namespace: name },
      spec: {
        ...template.spec,
        volumes: [
          ...(template.spec.volumes ?? []),
          ...volumeClaimTemplates.map((claim: Json) => ({
            name: claim.metadata.name,
            persistentVolumeClaim: { claimName: claim.metadata.name },
          })),
        ],
      },
    }));

onCluster('the API server', () => {
  let cluster: Cluster;
  let wasRunning: boolean;
  let kubectl: Kubectl;
  let folder: string;

  const create = (objects: readonly Json[], ...args: string[]): Promise<RunResult> => {
    const file = join(folder, 'objects.json');
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    return kubectl.try('create', '--validate=strict', '-f', file, ...args);
  };
  const ask = (objects: readonly Json[]) => create(objects, '--dry-run=server');

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'admission-'));
    await setUp({ stack: 'k8s', log: quiet });
    const running = await runningCluster();
    wasRunning = running !== undefined;
    cluster = running ?? (await clusterUp({ log: quiet }));
    kubectl = new Kubectl(cluster, name);
    await kubectl.try('delete', 'namespace', name, '--ignore-not-found');
    const made = await create(profiles.small.filter(isHome));
    expect([made.code, made.output]).toEqual([0, expect.any(String)]);
  }, 3_600_000);

  afterAll(async () => {
    await kubectl?.try('delete', 'namespace', name, '--ignore-not-found');
    rmSync(folder, { recursive: true, force: true });
    if (!wasRunning) await clusterDown(undefined, quiet);
  }, 300_000);

  test('is asked for all that the stand-in of the provider cannot declare', () => {
    expect([...kinds(profiles.production)]).toContain('PodDisruptionBudget');
    expect([...kinds(profiles['with a host name'])]).toContain('Ingress');
    const text = JSON.stringify(profiles.production);
    for (const field of ['seccompProfile', 'topologySpreadConstraints', 'ephemeral-storage'])
      expect(text).toContain(field);
    expect(profiles.small.find(isNamespace).metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
  });

  test.each(Object.keys(profiles) as (keyof typeof profiles)[])(
    '%s: takes every object, with every field, and warns of nothing',
    async (profile) => {
      const objects = profiles[profile].filter((object) => !isHome(object));
      const { code, output } = await ask(objects);
      expect([code, output.split('\n').filter((line) => /warning|error|invalid|forbidden/i.test(line))]).toEqual([
        0,
        [],
      ]);
      expect(output.trim().split('\n')).toHaveLength(objects.length);
    },
  );

  test.each(Object.keys(profiles) as (keyof typeof profiles)[])(
    '%s: lets every pod into a namespace that enforces Pod Security restricted',
    async (profile) => {
      const { code, output } = await ask(podsOf(profiles[profile]));
      expect([code, output.split('\n').filter((line) => /warning|error|forbidden/i.test(line))]).toEqual([0, []]);
    },
  );

  test('refuses a pod that asks for more', async () => {
    const [pod] = podsOf(profiles.small);
    const { code, output } = await ask([{ ...pod, spec: { ...pod.spec, hostNetwork: true } }]);
    expect([code, output]).toEqual([1, expect.stringContaining('violates PodSecurity "restricted')]);
  });

  test('a server runs with all of it', async () => {
    await loadImages({ kind: 'own', container: cluster.container }, [imageReference('zookeeper')], quiet);
    const needed = profiles.small.filter(({ metadata }) => metadata.name === 'zookeeper');
    expect([...kinds(needed)].sort()).toEqual(['ConfigMap', 'NetworkPolicy', 'Service', 'StatefulSet']);
    const made = await create(needed);
    expect([made.code, made.output]).toEqual([0, expect.any(String)]);
    await kubectl.run('rollout', 'status', 'statefulset/zookeeper', '--timeout', '120s');
  }, 180_000);
});
