/** Something that a rule says of an object. */
export interface Finding {
  readonly rule: string;
  /** Name of the workload or object. */
  readonly object: string;
  readonly message: string;
}

interface Waiver {
  readonly rule: string;
  /** Whole names of objects. @default - all of them */
  readonly on?: RegExp;
  /** Of several findings of one rule, only these. */
  readonly saying?: RegExp;
  readonly because: string;
}

const share = 'a processor share is asked for and never capped: a JVM needs the whole machine while it starts';
const pull =
  'our images are named by their content and imported or pulled once; a registry that is away must not keep a pod from starting';
const uid = 'the ids are those of the images, which own the files on the volumes; nothing of the node is mounted';
const python = /airflow-(scheduler|dag-processor)/;
const one = /airflow-.*|schema-registry|control-center|producer|random-user/;

/** Every rule that is not kept, with the reason. One that nothing needs any more fails the tests. */
export const waivers = {
  checkov: [
    { rule: 'CKV_K8S_11', because: share },
    { rule: 'CKV_K8S_15', because: pull },
    {
      rule: 'CKV_K8S_43',
      because: 'the tag is the hash of what is in the image; an image that is imported has no digest',
    },
    { rule: 'CKV_K8S_40', because: uid },
    { rule: 'CKV_K8S_8', on: python, because: 'it has no port to ask, and is restarted when its process ends' },
    {
      rule: 'CKV_K8S_35',
      on: python,
      because: 'a file would be readable by the DAGs, which run as the same user (docs/security.md)',
    },
  ],
  'kube-score': [
    { rule: 'container-resources', saying: /^CPU limit is not set$/, because: share },
    { rule: 'container-resource-requests-equal-limits', saying: /^CPU requests/, because: share },
    { rule: 'container-cpu-requests-equal-limits', because: share },
    { rule: 'container-image-pull-policy', because: pull },
    { rule: 'container-security-context-user-group-id', because: uid },
    {
      rule: 'deployment-replicas',
      on: one,
      because: 'keeps nothing that a new pod cannot read again; its clients retry while it starts',
    },
    { rule: 'deployment-strategy', on: one, because: 'one of a kind: two at once would both be in charge' },
  ],
  'pod-security': [],
  /** Of the running containers (test/live/03b-cis.test.ts). */
  cis: [
    {
      rule: '5.15',
      because: 'it must come back with the engine; what fails is shown by `up` and `status`, and backs off',
    },
    { rule: '5.29', because: 'the Docker provider has no argument for it; the limit of memory ends a fork bomb' },
  ],
} as const satisfies Record<string, readonly Waiver[]>;

/** What no waiver covers, and the waivers that cover nothing, as lines. */
export function unexplained(findings: readonly Finding[], allowed: readonly Waiver[]): string[] {
  const covers = (w: Waiver, f: Finding) =>
    w.rule === f.rule &&
    (w.on === undefined || new RegExp(`^(${w.on.source})$`).test(f.object)) &&
    (w.saying === undefined || w.saying.test(f.message));
  return [
    ...findings
      .filter((f) => !allowed.some((w) => covers(w, f)))
      .map(({ rule, object, message }) => `${rule} on ${object}: ${message}`),
    ...allowed
      .filter((w) => !findings.some((f) => covers(w, f)))
      .map(({ rule, because }) => `the waiver of ${rule} is not needed any more ("${because}")`),
  ];
}
