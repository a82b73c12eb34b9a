import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROVIDER } from '../../stacks/k8s';
import { type Json, synthesise } from '../synth';
import { manifests } from './manifests';
import { checkov, kubeScore, podSecurity } from './tools';
import { type Finding, unexplained, waivers } from './waivers';

/** Found by every tool, or a run that found nothing elsewhere says nothing. */
const careless: Json = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'careless', namespace: 'streaming' },
  spec: {
    selector: { matchLabels: { app: 'careless' } },
    template: {
      metadata: { labels: { app: 'careless' } },
      spec: { hostNetwork: true, containers: [{ name: 'a', image: 'a', securityContext: { privileged: true } }] },
    },
  },
};

const profiles = {
  small: manifests(synthesise('k8s')),
  production: manifests(synthesise('k8s', { profile: 'production' })),
  'with a host name': manifests(
    synthesise('k8s', { k8s: { ingress: { host: 'streaming.example', class: 'nginx', tlsSecret: 'certificate' } } }),
  ),
};
const names = Object.keys(profiles) as (keyof typeof profiles)[];
const both = (of: (objects: Json[]) => Finding[]) => names.flatMap((name) => of(profiles[name]));
/** Made by global-setup.ts. */
const tool = (name: string) => process.env[`POLICY_${name}`]!;

describe('checkov', () => {
  let found: Map<string, Finding[]>;
  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), 'checkov-'));
    try {
      found = checkov(tool('CHECKOV'), folder, { ...profiles, careless: [careless] });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('finds nothing that is not waived, and every waiver is needed', () => {
    expect(
      unexplained(
        names.flatMap((name) => found.get(name)!),
        waivers.checkov,
      ),
    ).toEqual([]);
  });

  it('finds what is careless', () => {
    expect(found.get('careless')!.map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(['CKV_K8S_16', 'CKV_K8S_19', 'CKV_K8S_13']),
    );
  });
});

describe('kube-score', () => {
  const program = tool('KUBE_SCORE');

  it('finds nothing that is not waived, and every waiver is needed', () => {
    expect(
      unexplained(
        both((objects) => kubeScore(program, objects)),
        waivers['kube-score'],
      ),
    ).toEqual([]);
  });

  it('finds what is careless', () => {
    expect(kubeScore(program, [careless]).map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(['container-security-context-privileged', 'pod-networkpolicy', 'container-image-tag']),
    );
  });
});

describe('Pod Security', () => {
  const program = tool('POD_SECURITY');

  it('lets every pod into a namespace that is restricted', () => {
    expect(
      unexplained(
        both((objects) => podSecurity(program, 'restricted', objects)),
        waivers['pod-security'],
      ),
    ).toEqual([]);
  });

  it('lets every pod of the older provider in as baseline, and wants nothing more of it but the seccomp profile', () => {
    const old = manifests(synthesise('k8s', {}, { [PROVIDER]: 'stand-in' }));
    expect(podSecurity(program, 'baseline', old)).toEqual([]);
    expect(new Set(podSecurity(program, 'restricted', old).map(({ rule }) => rule))).toEqual(
      new Set(['seccompProfile']),
    );
  });

  it('keeps what is careless out', () => {
    expect(podSecurity(program, 'baseline', [careless]).map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(['privileged', 'host namespaces']),
    );
  });

  it('reads objects as the API server does: what that would refuse is an error', () => {
    const misspelt = { ...careless, spec: { ...careless.spec, replica: 1 } };
    expect(() => podSecurity(program, 'baseline', [misspelt])).toThrow(/unknown field "spec.replica"/);
  });
});
