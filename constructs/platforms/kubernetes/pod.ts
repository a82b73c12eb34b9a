import type {
  DeploymentV1SpecTemplate,
  DeploymentV1SpecTemplateSpec,
  DeploymentV1SpecTemplateSpecContainer,
  DeploymentV1SpecTemplateSpecContainerEnv,
  DeploymentV1SpecTemplateSpecContainerVolumeMount,
  DeploymentV1SpecTemplateSpecVolume,
} from '@cdktf/provider-kubernetes/lib/deployment-v1';
import { errors } from '../../errors';
import { DEFAULT_TMP_MIB, type Port, type Self, type Text, type Workload } from '../../workload';
import { literal } from '../terraform-text';
import { podLabels } from './labels';
import { cores, mebibytes } from './quantities';

/** What a pod takes from objects beside it. */
export interface PodSources {
  readonly namespace: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The pod is replaced when one of these changes. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Volumes of the mounts, in the order of `workload.mounts`. */
  readonly mounted: readonly DeploymentV1SpecTemplateSpecVolume[];
  readonly serviceAccount: string;
  /** Part of the workload's processor share that is asked for. */
  readonly requestedCpu: number;
  /** Labels whose bearers must be on one node. */
  readonly onOneNode: readonly string[];
  readonly fieldsOf: 'hashicorp' | 'stand-in';
  readonly urlOf: (port: Port) => string;
}

/** The root is read-only and scratch is memory: what is left are logs, of which a node keeps 50 MiB until it turns them over. */
const NODE_DISK_MIB = 256;

/** Where pods are kept apart or together. */
const NODE = 'kubernetes.io/hostname';

/** Between two looks at a service that is not ready yet. */
const STARTUP_PERIOD_SECONDS = 2;
const READINESS_PERIOD_SECONDS = 10;
/** A process that has taken no connection for two minutes hangs; one that is only busy is left alone. */
const LIVENESS = { periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 6 };
/** What a replica knows of itself by its environment; `$(NAME)` is what the kubelet expands. */
const FACTS = {
  POD_NAME: { says: 'host', fieldPath: 'metadata.name' },
  // Since Kubernetes 1.28.
  POD_INDEX: { says: 'index', fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" },
} as const;

/**
 * The pod of a workload; the same for Deployments, StatefulSets and Jobs.
 *
 * Folders in memory are executable whether `scratch` asks for it or not: Kubernetes has no mount option for it.
 */
export function podTemplate(workload: Workload, sources: PodSources): DeploymentV1SpecTemplate {
  const { uid, gid } = workload.user;
  const identity = { runAsUser: String(uid), runAsGroup: String(gid), runAsNonRoot: true };
  const disk: Record<string, string> =
    sources.fieldsOf === 'hashicorp' ? { 'ephemeral-storage': mebibytes(NODE_DISK_MIB) } : {};
  const seccomp = sources.fieldsOf === 'hashicorp' ? { seccompProfile: { type: 'RuntimeDefault' } } : {};
  return {
    metadata: { labels: { ...sources.labels }, annotations: { ...sources.annotations } },
    spec: {
      // A Service called `kafka` would otherwise inject KAFKA_PORT=tcp://..., which Kafka's scripts take for a setting.
      enableServiceLinks: false,
      serviceAccountName: sources.serviceAccount,
      automountServiceAccountToken: false,
      // The pause container is then the first process. PostgreSQL in that place would inherit what an ended `kubectl exec`
      // leaves, take it for a backend that crashed, and cut off every client.
      shareProcessNamespace: true,
      restartPolicy: workload.runs === 'once' ? 'Never' : 'Always',
      terminationGracePeriodSeconds: workload.stop?.graceSeconds ?? 10,
      // The group owns volumes and may read secrets, whose owner is always root.
      securityContext: { ...identity, fsGroup: String(gid), ...seccomp },
      ...placement(workload, sources),
      container: [
        {
          name: workload.name,
          image: sources.image,
          imagePullPolicy: 'IfNotPresent',
          command: [containerText(workload, workload.command[0]!, sources)],
          args: workload.command.slice(1).map((part) => containerText(workload, part, sources)),
          env: environment(workload, sources),
          port: Object.entries(workload.ports ?? {}).map(([name, { number }]) => ({
            name,
            containerPort: number,
            protocol: 'TCP',
          })),
          securityContext: {
            ...identity,
            privileged: false,
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
            ...seccomp,
          },
          resources: {
            limits: { memory: mebibytes(workload.memoryMiB), ...disk },
            requests: {
              cpu: cores(workload.cpu * sources.requestedCpu),
              memory: mebibytes(workload.memoryMiB),
              ...disk,
            },
          },
          volumeMount: volumeMounts(workload, sources),
          ...probes(workload),
        },
      ],
      volume: volumes(workload, sources),
    },
  };
}

/** Whether a replica needs a name of its own: for its data, for its peers, or because it says its name itself. */
export function hasIdentity(workload: Workload): boolean {
  return (
    Object.keys(workload.volumes ?? {}).length > 0 ||
    (workload.joins ?? []).length > 0 ||
    says(workload, (s) => s.self === 'host' || s.self === 'index')
  );
}

/** Text for a container. The platform would expand `$(NAME)` itself, in arguments and environment alike. */
function containerText(workload: Workload, text: Text, { namespace, urlOf }: PodSources): string {
  const self = (fact: Self): string => {
    const alone = (workload.replicas ?? 1) === 1;
    // With its namespace, because brokers announce it to the clients in another one, too.
    if (fact.self === 'host') return `${alone ? '' : '$(POD_NAME).'}${workload.name}.${namespace}.svc`;
    if (fact.self === 'index') return alone ? '0' : '$(POD_INDEX)';
    const port = workload.ports?.[fact.port];
    if (!port) throw errors.portUnknown(workload.name, fact.port, Object.keys(workload.ports ?? {}));
    return fact.self === 'url' ? urlOf(port) : `localhost:${port.publish ?? port.number}`;
  };
  const verbatim = (part: string): string => part.replaceAll(/\$(?=[$(])/g, () => '$$');
  const parts = typeof text === 'string' ? [text] : text.parts;
  return literal(parts.map((p) => (typeof p === 'string' ? verbatim(p) : self(p))).join(''));
}

function environment(workload: Workload, sources: PodSources): DeploymentV1SpecTemplateSpecContainerEnv[] {
  const plain = Object.entries(workload.env ?? {}).map(([name, value]) => ({
    name,
    value: containerText(workload, value, sources),
  }));
  const secret = Object.entries(workload.secretEnv ?? {}).map(([name, { secret: key }]) => ({
    name,
    valueFrom: { secretKeyRef: { name: workload.name, key } },
  }));
  const facts = Object.entries(FACTS).flatMap(([name, { says: what, fieldPath }]) =>
    (workload.replicas ?? 1) > 1 && says(workload, (s) => s.self === what)
      ? [{ name, valueFrom: { fieldRef: { fieldPath } } }]
      : [],
  );
  // $(POD_NAME) expands only in entries that come after its own.
  return [...facts, ...plain, ...secret];
}

function volumeMounts(workload: Workload, sources: PodSources): DeploymentV1SpecTemplateSpecContainerVolumeMount[] {
  return [
    ...(workload.config ? [{ name: 'run-config', mountPath: '/run/config', readOnly: true }] : []),
    ...(workload.secrets?.length ? [{ name: 'run-secrets', mountPath: '/run/secrets', readOnly: true }] : []),
    // A folder inside the volume: Kafka takes the `lost+found` of a fresh file system for a broken topic.
    ...Object.entries(workload.volumes ?? {}).map(([name, { path }]) => ({ name, mountPath: path, subPath: name })),
    ...scratch(workload).map(({ path }) => ({ name: scratchName(path), mountPath: path })),
    ...(workload.mounts ?? []).map(({ path, writable }, i) => ({
      name: sources.mounted[i]!.name!,
      mountPath: path,
      readOnly: !writable,
    })),
  ];
}

/** All volumes but the workload's own, which are claimed by its StatefulSet. */
function volumes(workload: Workload, sources: PodSources): DeploymentV1SpecTemplateSpecVolume[] {
  const { name, config, secrets } = workload;
  return [
    ...(config ? [{ name: 'run-config', configMap: { name, defaultMode: '0444' } }] : []),
    ...(secrets?.length
      ? [
          {
            name: 'run-secrets',
            secret: {
              secretName: name,
              // With fsGroup the files are root's, readable by the workload's group: 0440.
              defaultMode: '0400',
              // Only these: a secret that goes into the environment must not be a file as well.
              items: secrets.map(({ secret }) => ({ key: secret, path: secret })),
            },
          },
        ]
      : []),
    ...scratch(workload).map(({ path, sizeMiB }) => ({
      name: scratchName(path),
      emptyDir: { medium: 'Memory', sizeLimit: mebibytes(sizeMiB) },
    })),
    ...sources.mounted.filter((volume, i) => sources.mounted.findIndex((v) => v.name === volume.name) === i),
  ];
}

function scratch(workload: Workload): { path: string; sizeMiB: number }[] {
  const declared = workload.scratch ?? [];
  const tmp = { path: '/tmp', sizeMiB: DEFAULT_TMP_MIB };
  return declared.some(({ path }) => path === tmp.path) ? [...declared] : [tmp, ...declared];
}

function scratchName(path: string): string {
  return `scratch${path.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`.replace(/-+$/, '');
}

/** Replicas of one workload on different nodes where there are several; pods that share a disk on the same one. */
function placement(workload: Workload, sources: PodSources): Partial<DeploymentV1SpecTemplateSpec> {
  const own = { matchLabels: podLabels(workload.name) };
  const replicated = (workload.replicas ?? 1) > 1;
  const apart = { weight: 100, podAffinityTerm: { topologyKey: NODE, labelSelector: [own] } };
  const together = sources.onOneNode.map((label) => ({
    topologyKey: NODE,
    labelSelector: [{ matchLabels: { [label]: sources.labels[label]! } }],
  }));
  if (!replicated && together.length === 0) return {};
  return {
    affinity: {
      ...(replicated ? { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [apart] } } : {}),
      ...(together.length > 0 ? { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: together } } : {}),
    },
    ...(replicated && sources.fieldsOf === 'hashicorp'
      ? {
          topologySpreadConstraint: [
            {
              maxSkew: 1,
              topologyKey: 'topology.kubernetes.io/zone',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: [own],
            },
          ],
        }
      : {}),
  };
}

/**
 * Three questions: has it started (until then nothing else is asked), does it answer its own protocol (else it gets no
 * clients), does it take connections at all (else it hangs and is restarted; not because a server behind it is away).
 */
function probes({ health, ports }: Workload): Partial<DeploymentV1SpecTemplateSpecContainer> {
  if (!health) return {};
  // Probes are run as they are: nothing expands $(...) in them.
  const exec = { command: health.ready.map(literal) };
  return {
    startupProbe: {
      exec,
      periodSeconds: STARTUP_PERIOD_SECONDS,
      timeoutSeconds: 5,
      failureThreshold: Math.ceil(health.startSeconds / STARTUP_PERIOD_SECONDS),
    },
    readinessProbe: { exec, periodSeconds: READINESS_PERIOD_SECONDS, timeoutSeconds: 5, failureThreshold: 3 },
    ...livenessOf(ports),
  };
}

/** A workload without ports shows that it hangs to nobody but its clients: it is restarted when its process ends. */
function livenessOf(ports: Workload['ports']): Partial<DeploymentV1SpecTemplateSpecContainer> {
  const [first] = Object.values(ports ?? {});
  return first ? { livenessProbe: { tcpSocket: [{ port: String(first.number) }], ...LIVENESS } } : {};
}

function says(workload: Workload, what: (fact: Self) => boolean): boolean {
  const texts: readonly Text[] = [...workload.command, ...Object.values(workload.env ?? {})];
  return texts.some((t) => typeof t !== 'string' && t.parts.some((p) => typeof p !== 'string' && what(p)));
}
