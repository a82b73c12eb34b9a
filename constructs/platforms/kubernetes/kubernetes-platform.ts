import { join, relative, resolve } from 'node:path';
import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import { DeploymentV1, type DeploymentV1SpecTemplateSpecVolume } from '@cdktf/provider-kubernetes/lib/deployment-v1';
import { IngressV1 } from '@cdktf/provider-kubernetes/lib/ingress-v1';
import { LimitRangeV1 } from '@cdktf/provider-kubernetes/lib/limit-range-v1';
import { JobV1 } from '@cdktf/provider-kubernetes/lib/job-v1';
import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1';
import { NetworkPolicyV1 } from '@cdktf/provider-kubernetes/lib/network-policy-v1';
import { PersistentVolumeClaimV1 } from '@cdktf/provider-kubernetes/lib/persistent-volume-claim-v1';
import { PodDisruptionBudgetV1 } from '@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { ResourceQuotaV1 } from '@cdktf/provider-kubernetes/lib/resource-quota-v1';
import { SecretV1 } from '@cdktf/provider-kubernetes/lib/secret-v1';
import { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1';
import { ServiceV1 } from '@cdktf/provider-kubernetes/lib/service-v1';
import { StatefulSetV1 } from '@cdktf/provider-kubernetes/lib/stateful-set-v1';
import {
  type ITerraformDependable,
  type LocalExecProvisioner,
  type TerraformElement,
  type TerraformStack,
} from 'cdktf';
import { Construct } from 'constructs';
import { errors } from '../../errors';
import type { Image } from '../../images';
import {
  type ChartPlatform,
  type Connected,
  type Deployed,
  type Mount,
  type Port,
  type Release,
  type RepositoryFolder,
  type Secret,
  type SharedVolume,
  startsAfter,
  validate,
  validateAll,
  type Workload,
} from '../../workload';
import { deployedHandle } from '../deployed';
import { literal, shortHash } from '../terraform-text';
import { NO_CONTEXT } from './client';
import { folderFiles } from './folder';
import { imageName } from './image-name';
import { chartHash, HelmProvider, HelmRelease } from './helm';
import { deploymentLabels, podLabels } from './labels';
import { LEFT_OUT } from './left-out';
import { dnsEgress, networkRules, type Rules } from './network-policies';
import { hasIdentity, podTemplate } from './pod';
import { cores, mebibytes } from './quantities';
import type { WaitKind } from './rollout';

export interface KubernetesPlatformProps {
  /** Name of the deployment: a label on every object. */
  readonly deployment: string;
  /** File that says where clusters are and who is asking. */
  readonly kubeconfig: string;
  /** The one of its contexts to deploy to. @default - the stack synthesises, and preflight.ts refuses to plan it */
  readonly context?: string;
  /** Made by this stack and destroyed with it, claims included. */
  readonly namespace: string;
  /** Class of every claim. @default - the cluster's own default */
  readonly storageClass?: string;
  /**
   * Which provider applies the stack. The `stand-in` (1.13) knows fewer arguments: what it cannot express is left out, and
   * listed in an annotation of the namespace.
   * @default hashicorp
   */
  readonly provider?: 'hashicorp' | 'stand-in';
  /**
   * Part of each workload's processor share that is asked for. Less than all of it lets more services onto a node than it
   * could serve at the same time; their shares keep their proportions.
   * @default 1
   */
  readonly requestedCpu?: number;
  /** Lets people in by host names. @default - pages are reached by `kubectl port-forward` only */
  readonly ingress?: Entrance;
  /** Where the nodes pull the images of this project from. @default - they have them */
  readonly registry?: string;
  /** File with the login of the registry, as Docker keeps it (`config.json`). @default - it asks for none */
  readonly pullSecretFile?: string;
  /** Root of the repository. */
  readonly root: string;
  /** Folder that holds the secrets made by the set-up, one file each. */
  readonly secretsFolder: string;
  /** How often a secret got another value: jobs that hold it run again. */
  readonly secretGeneration?: (secret: string) => number;
  /**
   * How a volume that several workloads share is claimed. `ReadWriteOnce` needs no special storage class, and keeps
   * the workloads that share it on one node.
   * @default ReadWriteOnce
   */
  readonly sharedAccessMode?: 'ReadWriteOnce' | 'ReadWriteMany';
}

/** How pages are reached from outside of the cluster. */
export interface Entrance {
  /** Host name by the number that its port is published at. */
  readonly hosts: Readonly<Record<number, string>>;
  /** @default - the cluster's own default class */
  readonly className?: string;
  /** Secret of the namespace with the certificate. @default - no TLS */
  readonly tlsSecret?: string;
  /** Where the ingress controller runs: its pods are let in, and nobody else's. */
  readonly controllerNamespace: string;
}

/** Login of the registry, for the nodes. */
const PULL_SECRET = 'registry';

/** A registry gives the newest of them, for which the bindings were made; the set-up's own mirror has the oldest. */
const VERSIONS = '>= 1.13.4, <= 2.38.0';

/** The account of every pod: it may do nothing, and its token is not in the pod. */
const SERVICE_ACCOUNT = 'workload';

type Kind = 'deployment' | 'stateful_set' | 'job';

/** The bindings know neither `_v1` alias from the other; addresses need the name of the resource type. */
const resourceTypes: Record<Kind, string> = {
  deployment: 'kubernetes_deployment_v1',
  stateful_set: 'kubernetes_stateful_set_v1',
  job: 'kubernetes_job_v1',
};

/** A finished job stays. Terraform would take one that was cleared away for missing, and run it again in its next plan. */
const JOB_KEPT_SECONDS = 10 * 365 * 24 * 3600;

/** Pods of a job that may fail before the job does: it starts together with what it talks to. */
const JOB_RETRIES = 3;

/** The one-shot programs retry for a while themselves; this is for all their pods together. */
const JOB_SECONDS = 600;

/** A service that has to start, and the ones it waits for; the providers' own 10 minutes (1 for jobs) are for one alone. */
const WAIT = { create: '20m', update: '20m' };

/**
 * Declares workloads as objects of a Kubernetes namespace.
 *
 * - A port with `publish` is announced as `localhost:<publish>`: that is where
 *   `kubectl port-forward service/<workload> <publish>:<number>` opens it. Nothing is opened on the nodes.
 * - A folder of the repository becomes a ConfigMap: an edit is live about a minute after the next deployment, without a
 *   restart.
 * - Order is a courtesy: Terraform waits for a rollout before it starts the next one, but nothing holds a pod back that is
 *   restarted later. Programs retry what they depend on.
 *
 * Arguments that provider 1.13 does not know are used only where it is not the one that applies the stack.
 */
export class KubernetesPlatform implements ChartPlatform {
  private readonly declared: { scope: Construct; workload: Workload }[] = [];
  private readonly releases: { scope: Construct; release: Release }[] = [];
  private readonly namespace: NamespaceV1;
  private readonly account: ServiceAccountV1;
  private readonly shared = new Map<
    string,
    { volume: DeploymentV1SpecTemplateSpecVolume; object: ITerraformDependable; storageGiB?: number }
  >();

  constructor(
    private readonly stack: TerraformStack,
    private readonly props: KubernetesPlatformProps,
  ) {
    // Unset, the provider would take the current context of whoever runs it.
    new KubernetesProvider(stack, 'kubernetes', {
      configPath: props.kubeconfig,
      configContext: props.context ?? NO_CONTEXT,
    });
    stack.addOverride('terraform.required_providers.kubernetes', { source: 'hashicorp/kubernetes', version: VERSIONS });
    const security = 'pod-security.kubernetes.io';
    this.namespace = new NamespaceV1(stack, 'namespace', {
      metadata: {
        name: props.namespace,
        labels: {
          ...this.labels(),
          // The cluster refuses any pod here that asks for more than ours do. `restricted` wants a seccomp profile.
          [`${security}/enforce`]: this.standIn ? 'baseline' : 'restricted',
          [`${security}/audit`]: 'restricted',
          [`${security}/warn`]: 'restricted',
        },
        annotations: this.standIn
          ? { 'streaming-platform.io/left-out': [...LEFT_OUT, ...(props.ingress ? ['ingresses'] : [])].join(', ') }
          : undefined,
      },
    });
    this.namespace.overrideLogicalId('namespace');
    this.account = new ServiceAccountV1(stack, 'service-account', {
      metadata: this.metadata(SERVICE_ACCOUNT),
      automountServiceAccountToken: false,
      ...this.pullSecret(),
    });
    this.account.overrideLogicalId(SERVICE_ACCOUNT);
  }

  private get standIn(): boolean {
    return this.props.provider === 'stand-in';
  }

  deploy(scope: Construct, workload: Workload): Deployed {
    validate(workload);
    checkPortNames(workload);
    this.declared.push({ scope, workload });
    return deployedHandle(workload);
  }

  release(scope: Construct, release: Release): Deployed {
    checkPortNames(release);
    this.releases.push({ scope, release });
    return deployedHandle(release);
  }

  imageName(image: Image): string {
    const { registry } = this.props;
    return registry === undefined || image.kind === 'vendor' ? imageName(image) : `${registry}/${imageName(image)}`;
  }

  urlOf(port: Port): string {
    const host = this.hostOf(port);
    if (host === undefined) return `http://localhost:${port.publish ?? port.number}`;
    return `${this.props.ingress?.tlsSecret === undefined ? 'http' : 'https'}://${host}`;
  }

  private hostOf({ publish }: Port): string | undefined {
    return publish === undefined ? undefined : this.props.ingress?.hosts[publish];
  }

  /** Writes the resources. Called once, after everything is declared: who may connect to whom is known only then. */
  render(): void {
    const workloads = this.declared.map((d) => d.workload);
    const releases = this.releases.map((r) => r.release);
    validateAll([...workloads, ...releases]);
    const rules = networkRules([...workloads, ...releases]);
    for (const one of [...workloads, ...releases]) rules.get(one.name)!.ingress.push(...this.entrances(one));
    this.limits(workloads, releases);
    const defaultDeny = this.policy(this.stack, 'default-deny', {}, { ingress: [], egress: [dnsEgress] });
    for (const { scope, workload } of this.declared) {
      this.renderWorkload(new Construct(scope, workload.name), workload, rules.get(workload.name)!, defaultDeny);
    }
    if (releases.length === 0) return;
    const { kubeconfig: configPath, context: configContext = NO_CONTEXT } = this.props;
    new HelmProvider(this.stack, 'helm', { configPath, configContext });
    for (const { scope, release } of this.releases) {
      const home = new Construct(scope, release.name);
      this.renderRelease(home, release, rules.get(release.name)!, defaultDeny);
      this.ingress(home, release);
    }
  }

  /** What the namespace may take in all, and what a container gets that says nothing: a bound for mistakes, not a budget. */
  private limits(workloads: readonly Workload[], releases: readonly Release[]): void {
    const sum = (of: (workload: Workload) => number) =>
      workloads.reduce((all, workload) => all + of(workload) * (workload.replicas ?? 1), 0);
    const taken = (of: keyof Release['takes']) => releases.reduce((all, { takes }) => all + takes[of], 0);
    // Half as much again: while a node is lost, its pods count beside those that take their place.
    const memory = mebibytes(Math.ceil(((sum((w) => w.memoryMiB) + taken('memoryMiB')) * 1.5) / 1024) * 1024);
    const claims = sum((w) => Object.keys(w.volumes ?? {}).length) + sharedVolumes(workloads).size + taken('claims');
    new ResourceQuotaV1(this.stack, 'quota', {
      metadata: this.metadata('all'),
      spec: {
        hard: {
          pods: String(Math.ceil((sum(() => 1) + taken('pods')) * 1.5)),
          persistentvolumeclaims: String(claims),
          'requests.cpu': cores(Math.ceil((sum((w) => w.cpu) * this.requestedCpu + taken('cpu')) * 1.5)),
          'requests.memory': memory,
          'limits.memory': memory,
          // Nothing is opened on the nodes.
          'services.nodeports': '0',
          'services.loadbalancers': '0',
        },
      },
    }).overrideLogicalId('all');
    const largest = Math.max(...workloads.map((w) => w.memoryMiB), ...releases.map(({ takes }) => takes.memoryMiB));
    // A default above the largest allowed is refused by the API server.
    const small = { memory: mebibytes(Math.min(128, largest)) };
    new LimitRangeV1(this.stack, 'limits', {
      metadata: this.metadata('container'),
      spec: {
        limit: [
          {
            type: 'Container',
            default: small,
            defaultRequest: { cpu: cores(0.05), ...small },
            max: { memory: mebibytes(largest) },
          },
        ],
      },
    }).overrideLogicalId('container');
  }

  private get requestedCpu(): number {
    return this.props.requestedCpu ?? 1;
  }

  private renderWorkload(home: Construct, workload: Workload, rules: Rules, defaultDeny: ITerraformDependable): void {
    const { name } = workload;
    const mounts = (workload.mounts ?? []).map((mount) => this.mount(name, mount));
    const template = podTemplate(workload, {
      namespace: this.props.namespace,
      image: this.imageName(workload.image),
      labels: { ...this.labels(name), ...this.together(workload) },
      annotations: this.versions(workload),
      mounted: mounts.map((m) => m.volume),
      serviceAccount: SERVICE_ACCOUNT,
      requestedCpu: this.requestedCpu,
      onOneNode: Object.keys(this.together(workload)),
      fieldsOf: this.props.provider ?? 'hashicorp',
      urlOf: (port) => this.urlOf(port),
    });
    const needed = [
      defaultDeny,
      this.account,
      this.configMap(home, workload),
      this.secret(home, workload),
      this.service(home, workload),
      ...(rules.ingress.length + rules.egress.length > 0 ? [this.policy(home, name, podLabels(name), rules)] : []),
      ...mounts.map((m) => m.object),
    ].filter((object) => object !== undefined);
    const common = {
      metadata: this.metadata(name, name),
      dependsOn: [...needed, ...startsAfter(workload).map((other) => this.controllerNamed(other))],
    };
    this.disruptionBudget(home, workload);
    this.ingress(home, workload);
    const replicas = String(workload.replicas ?? 1);
    const selector = { matchLabels: podLabels(name) };
    switch (kindOf(workload)) {
      case 'job': {
        // Nothing in the pod of a job can be changed: another version is another job, and runs again.
        const job = `${name}-${shortHash(JSON.stringify(template), 8)}`;
        return new JobV1(home, 'job', {
          ...common,
          metadata: this.metadata(job, name),
          spec: { backoffLimit: JOB_RETRIES, ttlSecondsAfterFinished: String(JOB_KEPT_SECONDS), template },
          // The provider would say that it failed, and not why.
          waitForCompletion: false,
          provisioners: [this.wait('job', name, JOB_SECONDS, job)],
        }).overrideLogicalId(name);
      }
      case 'stateful_set':
        return new StatefulSetV1(home, 'stateful-set', {
          ...common,
          // Provider 1.13 does not wait for a StatefulSet, and no provider shows the log of one that fails.
          provisioners: [this.wait('statefulset', name, workload.health!.startSeconds)],
          spec: {
            replicas,
            selector,
            serviceName: name,
            // The members of a quorum find each other before any of them is ready.
            podManagementPolicy: 'Parallel',
            // Unset, one of the two providers sees a change in every plan.
            updateStrategy: [{ type: 'RollingUpdate', rollingUpdate: [{ partition: 0 }] }],
            template,
            volumeClaimTemplate: Object.entries(workload.volumes ?? {}).map(([volume, { storageGiB }]) => ({
              metadata: { name: volume },
              spec: {
                storageClassName: this.props.storageClass,
                accessModes: ['ReadWriteOnce'],
                resources: { requests: { storage: mebibytes(storageGiB * 1024) } },
              },
            })),
          },
        }).overrideLogicalId(name);
      case 'deployment':
        return new DeploymentV1(home, 'deployment', {
          ...common,
          spec: {
            replicas,
            selector,
            // Two of a kind at once is right only for workloads that are declared with several replicas.
            strategy: { type: replicas === '1' ? 'Recreate' : 'RollingUpdate' },
            // A rollout that makes no progress for this long has failed.
            progressDeadlineSeconds: workload.health!.startSeconds,
            template,
          },
          timeouts: WAIT,
        }).overrideLogicalId(name);
    }
  }

  /** Helm makes its objects, this stack what is around them: the secrets that they read, and who may connect to them. */
  private renderRelease(home: Construct, release: Release, rules: Rules, defaultDeny: ITerraformDependable): void {
    const { name, chart } = release;
    const secrets = Object.entries(release.secrets ?? {}).map(([object, keys]) => {
      const data = Object.entries(keys).map(([key, { secret }]) => [
        key,
        `\${sensitive(trimspace(${this.readSecret(secret)}))}`,
      ]);
      const resource = new SecretV1(home, `secret-${object}`, {
        metadata: this.metadata(object),
        type: 'Opaque',
        data: Object.fromEntries(data) as Record<string, string>,
      });
      resource.overrideLogicalId(object);
      return resource;
    });
    new HelmRelease(home, 'release', {
      name: release.release,
      namespace: this.namespace.metadata.name,
      ...('folder' in chart
        ? this.localChart(chart.folder)
        : { chart: chart.name, repository: chart.repository, version: chart.version }),
      values: release.values.map(literal),
      timeoutSeconds: release.startSeconds,
      dependsOn: [
        defaultDeny,
        this.policy(home, name, { ...release.pods }, rules),
        ...secrets,
        ...(release.folders ?? []).map((folder) => this.folder(name, folder).object),
        ...startsAfter(release).map((other) => this.controllerNamed(other)),
      ],
    }).overrideLogicalId(name);
  }

  /** One host per page: none of them works below a path of somebody else's. */
  private ingress(home: Construct, { name, ports = {} }: Connected): void {
    const { ingress } = this.props;
    if (ingress === undefined || this.standIn) return;
    const rules = Object.values(ports).flatMap((port) => {
      const host = this.hostOf(port);
      const backend = { service: { name, port: { number: port.number } } };
      return host === undefined ? [] : [{ host, http: { path: [{ path: '/', pathType: 'Prefix', backend }] } }];
    });
    if (rules.length === 0) return;
    const tls = ingress.tlsSecret && [{ hosts: rules.map(({ host }) => host), secretName: ingress.tlsSecret }];
    new IngressV1(home, 'ingress', {
      metadata: this.metadata(name, name),
      spec: { ingressClassName: ingress.className, rule: rules, ...(tls ? { tls } : {}) },
    }).overrideLogicalId(name);
  }

  /** The pods of the ingress controller come from another namespace, past which the default policy lets nobody. */
  private entrances({ ports = {} }: Connected): Rules['ingress'] {
    const { ingress } = this.props;
    return Object.values(ports).flatMap((port) =>
      ingress === undefined || this.hostOf(port) === undefined
        ? []
        : [
            {
              from: [
                { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': ingress.controllerNamespace } } },
              ],
              ports: [{ port: String(port.number), protocol: 'TCP' }],
            },
          ],
    );
  }

  /** The account of the pods has it, so that every pod pulls with it. */
  private pullSecret(): { imagePullSecret?: { name: string }[] } {
    const { pullSecretFile, root } = this.props;
    if (pullSecretFile === undefined) return {};
    const file = JSON.stringify(this.fromStackFolder(resolve(root, pullSecretFile)));
    new SecretV1(this.stack, 'pull-secret', {
      metadata: this.metadata(PULL_SECRET),
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': `\${sensitive(file(${file}))}` },
    }).overrideLogicalId(PULL_SECRET);
    return { imagePullSecret: [{ name: PULL_SECRET }] };
  }

  private localChart(folder: string): { chart: string; description: string } {
    const path = join(this.props.root, folder);
    return { chart: this.fromStackFolder(path), description: `chart ${chartHash(path)}` };
  }

  /** Run by Terraform after it has made the controller; fails with the log of the pod. A failed job is made anew. */
  private wait(kind: WaitKind, workload: string, seconds: number, name = workload): LocalExecProvisioner {
    const { kubeconfig, context, namespace } = this.props;
    const program = this.fromStackFolder(join(this.props.root, 'constructs/platforms/kubernetes/wait-until-ready.ts'));
    const quoted = [kubeconfig, context ?? NO_CONTEXT, namespace, kind, workload, name, String(seconds)].map(
      (text) => `'${text.replaceAll("'", `'\\''`)}'`,
    );
    // `quiet` keeps the command out of the output; the bindings do not know it yet.
    return {
      type: 'local-exec',
      command: `node --import tsx ${program} ${quoted.join(' ')}`,
      quiet: true,
    } as LocalExecProvisioner;
  }

  /** Of several replicas one may be away for the maintenance of a node. */
  private disruptionBudget(home: Construct, { name, replicas = 1 }: Workload): void {
    if (this.standIn || replicas === 1) return;
    new PodDisruptionBudgetV1(home, 'disruption-budget', {
      metadata: this.metadata(name, name),
      spec: { maxUnavailable: '1', selector: { matchLabels: podLabels(name) } },
    }).overrideLogicalId(name);
  }

  /** Labels of pods that must be on one node, because they share a volume that only one node can have. */
  private together(workload: Workload): Record<string, string> {
    if (this.props.sharedAccessMode === 'ReadWriteMany') return {};
    return Object.fromEntries(
      [...sharedVolumes([workload])].map((volume) => [`streaming-platform.io/shares-${volume}`, 'yes']),
    );
  }

  private configMap(home: Construct, { name, config }: Workload): ITerraformDependable | undefined {
    if (!config) return undefined;
    const data = Object.fromEntries(Object.entries(config).map(([file, content]) => [file, literal(content)]));
    const map = new ConfigMapV1(home, 'config', { metadata: this.metadata(name, name), data });
    map.overrideLogicalId(name);
    return map;
  }

  /** The secrets of one workload and no other. Terraform reads the values from the set-up's files; synth never does. */
  private secret(home: Construct, workload: Workload): ITerraformDependable | undefined {
    const secrets = secretsOf(workload);
    if (secrets.length === 0) return undefined;
    const data = Object.fromEntries(secrets.map(({ secret }) => [secret, `\${sensitive(${this.readSecret(secret)})}`]));
    const resource = new SecretV1(home, 'secret', {
      metadata: this.metadata(workload.name, workload.name),
      type: 'Opaque',
      data,
    });
    resource.overrideLogicalId(workload.name);
    return resource;
  }

  /** A pod does not notice that its configuration or a secret has changed; a changed annotation replaces it. */
  private versions(workload: Workload): Record<string, string> {
    const secrets = secretsOf(workload);
    return {
      ...(workload.config ? { 'streaming-platform.io/config': shortHash(JSON.stringify(workload.config), 12) } : {}),
      // Which value of each it has: a hash of the values would be one more thing to keep to oneself.
      ...(secrets.length > 0
        ? {
            'streaming-platform.io/secrets': shortHash(
              JSON.stringify(secrets.map(({ secret }) => [secret, this.props.secretGeneration?.(secret) ?? 1])),
              12,
            ),
          }
        : {}),
    };
  }

  /**
   * The name by which others reach the workload. One that has an identity gets a headless service, so that the name is
   * the pod's own address (servers bind to it), known before the pod is ready (quorums find each other while they start).
   */
  private service(home: Construct, workload: Workload): ITerraformDependable | undefined {
    const ports = Object.entries(workload.ports ?? {});
    if (ports.length === 0) return undefined;
    const headless = kindOf(workload) === 'stateful_set';
    const service = new ServiceV1(home, 'service', {
      metadata: this.metadata(workload.name, workload.name),
      spec: {
        type: 'ClusterIP',
        ...(headless ? { clusterIp: 'None', publishNotReadyAddresses: true } : {}),
        selector: podLabels(workload.name),
        port: ports.map(([name, { number }]) => ({ name, port: number, targetPort: String(number), protocol: 'TCP' })),
      },
    });
    service.overrideLogicalId(workload.name);
    return service;
  }

  private policy(
    scope: Construct,
    name: string,
    matchLabels: Record<string, string>,
    { ingress, egress }: Rules,
  ): ITerraformDependable {
    const policy = new NetworkPolicyV1(scope, `policy-${name}`, {
      metadata: this.metadata(name),
      spec: { podSelector: { matchLabels }, policyTypes: ['Ingress', 'Egress'], ingress, egress },
    });
    policy.overrideLogicalId(name);
    return policy;
  }

  private mount(
    workload: string,
    { source, writable }: Mount,
  ): { volume: DeploymentV1SpecTemplateSpecVolume; object: ITerraformDependable } {
    if ('folder' in source) {
      if (writable) throw errors.folderOnKubernetes(workload, source.folder);
      return this.folder(workload, source);
    }
    const known = this.shared.get(source.sharedVolume) ?? this.claim(source);
    if (known.storageGiB !== source.storageGiB)
      throw errors.sharedVolumeDiffers(source.sharedVolume, known.storageGiB!, source.storageGiB);
    return known;
  }

  private claim({ sharedVolume, storageGiB }: SharedVolume) {
    const claim = new PersistentVolumeClaimV1(this.stack, `volume-${sharedVolume}`, {
      metadata: this.metadata(sharedVolume),
      spec: {
        storageClassName: this.props.storageClass,
        accessModes: [this.props.sharedAccessMode ?? 'ReadWriteOnce'],
        resources: { requests: { storage: mebibytes(storageGiB * 1024) } },
      },
      // Many storage classes bind a claim only when its first pod is there.
      waitUntilBound: false,
    });
    claim.overrideLogicalId(sharedVolume);
    const volume = { name: `shared-${sharedVolume}`, persistentVolumeClaim: { claimName: sharedVolume } };
    const made = { volume, object: claim, storageGiB };
    this.shared.set(sharedVolume, made);
    return made;
  }

  private folder(workload: string, { folder }: RepositoryFolder) {
    const name = `folder-${folder.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
    const known = this.shared.get(name);
    if (known) return known;
    const files = folderFiles(workload, this.props.root, folder);
    const data = Object.fromEntries(
      files.map(({ key, path }) => [
        key,
        `\${file(${JSON.stringify(this.fromStackFolder(join(this.props.root, folder, path)))})}`,
      ]),
    );
    const map = new ConfigMapV1(this.stack, name, { metadata: this.metadata(name), data });
    map.overrideLogicalId(name);
    // Without a list of its own, a flat folder shows a new file to running pods.
    const nested = files.some(({ key, path }) => key !== path);
    const items = nested ? files.map(({ key, path }) => ({ key, path })) : undefined;
    const made = { volume: { name, configMap: { name, defaultMode: '0444', items } }, object: map };
    this.shared.set(name, made);
    return made;
  }

  /** Refers to the controller of a workload, whether it has been rendered already or not. */
  private controllerNamed(name: string): ITerraformDependable {
    const declared = this.declared.find((d) => d.workload.name === name);
    const type = declared === undefined ? 'helm_release' : resourceTypes[kindOf(declared.workload)];
    return { fqn: `${type}.${name}` } as TerraformElement & ITerraformDependable;
  }

  private readSecret(secret: string): string {
    return `file(${JSON.stringify(this.fromStackFolder(join(this.props.secretsFolder, secret)))})`;
  }

  /** Terraform runs in `cdktf.out/stacks/<stack>`; relative paths keep plans and golden files free of the machine's folders. */
  private fromStackFolder(path: string): string {
    return relative(join(this.props.root, 'cdktf.out', 'stacks', this.stack.node.id), path);
  }

  private metadata(name: string, workload?: string) {
    return { name, namespace: this.namespace.metadata.name, labels: this.labels(workload) };
  }

  private labels(workload?: string): Record<string, string> {
    return { ...(workload ? podLabels(workload) : {}), ...deploymentLabels(this.props.deployment) };
  }
}

function checkPortNames({ name, ports = {} }: Connected): void {
  for (const port of Object.keys(ports)) {
    if (!/^(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/.test(port) || port.length > 15) throw errors.portName(name, port);
  }
}

function sharedVolumes(workloads: readonly Workload[]): Set<string> {
  const sources = workloads.flatMap((w) => w.mounts ?? []).map((mount) => mount.source);
  return new Set(sources.flatMap((source) => ('sharedVolume' in source ? [source.sharedVolume] : [])));
}

/** Never guessed: see {@link hasIdentity}. */
function kindOf(workload: Workload): Kind {
  if (workload.runs === 'once') return 'job';
  return hasIdentity(workload) ? 'stateful_set' : 'deployment';
}

function secretsOf(workload: Workload): Secret[] {
  const all = [...(workload.secrets ?? []), ...Object.values(workload.secretEnv ?? {})];
  return all.filter((s, i) => all.findIndex((other) => other.secret === s.secret) === i);
}
