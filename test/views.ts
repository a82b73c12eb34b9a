import type { Json, Synthesised } from './synth';

/** One workload as a stack runs it, in words that both platforms share. */
export interface View {
  readonly image: string;
  readonly process: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Variable to secret. */
  readonly secretEnv: Readonly<Record<string, string>>;
  readonly config: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  /** Path to `rw` or `ro`: own volumes, shared volumes and folders of the repository. */
  readonly data: Readonly<Record<string, 'rw' | 'ro'>>;
  readonly scratchMiB: Readonly<Record<string, number>>;
  readonly startsAfter: readonly string[];
  readonly health: readonly string[] | undefined;
  readonly user: string;
  readonly memoryMiB: number;
  readonly graceSeconds: number;
  readonly once: boolean;
}

export type Views = ReadonlyMap<string, View>;

const MOUNTED = ['/run/config', '/run/secrets'];
const sorted = <T>(record: Record<string, T>) =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Containers that run, by workload; the ones that only carry files are left out. */
export function dockerContainers({ resource }: Synthesised): [string, Json][] {
  return Object.entries(resource['docker_container']!).filter(([, c]) => c.start !== false);
}

export function dockerViews(stack: Synthesised): Views {
  const all = stack.resource['docker_container']!;
  const imageOf = (expression: string): string => {
    const [, type, name] = /^\$\{(data\.docker_image|docker_image)\.([\w-]+)\.(?:image_)?id}$/.exec(expression)!;
    return (type === 'docker_image' ? stack.resource['docker_image']! : stack['data'].docker_image)[name!].name;
  };
  return new Map(
    dockerContainers(stack).map(([name, c]) => {
      const env = Object.fromEntries(
        (c.env ?? []).map((e: string) => [e.slice(0, e.indexOf('=')), e.slice(e.indexOf('=') + 1)]),
      );
      const files = (kind: string) =>
        (all[`${name}-${kind}`]?.upload ?? []).map((u: Json) => [u.file.replace(`/run/${kind}/`, ''), u.content]);
      const scratch = Object.entries<string>(c.tmpfs).map(([path, o]) => [path, Number(/size=(\d+)m/.exec(o)![1])]);
      const data = (c.volumes ?? []).map((v: Json) => [v.container_path, v.read_only ? 'ro' : 'rw']);
      return [
        name,
        {
          image: imageOf(c.image),
          process: [...c.entrypoint, ...c.command],
          env: sorted(Object.fromEntries(Object.entries<string>(env).filter(([, v]) => !v.includes('file(')))),
          secretEnv: sorted(
            Object.fromEntries(
              Object.entries<string>(env).flatMap(([k, v]) =>
                v.includes('file(') ? [[k, /secrets\/([\w-]+)"/.exec(v)![1]!]] : [],
              ),
            ),
          ),
          config: sorted(Object.fromEntries(files('config'))),
          secrets: files('secrets')
            .map(([file]: [string]) => file)
            .sort(),
          data: sorted(Object.fromEntries(data.filter(([path]: [string]) => !MOUNTED.includes(path)))),
          scratchMiB: sorted(Object.fromEntries(scratch)),
          startsAfter: (c.depends_on ?? [])
            .map((d: string) => d.replace('docker_container.', ''))
            .filter((d: string) => all[d].start !== false)
            .sort(),
          health: c.healthcheck?.test.slice(1),
          user: c.user,
          memoryMiB: c.memory,
          graceSeconds: c.destroy_grace_seconds,
          once: c.attach === true,
        },
      ];
    }),
  );
}

const KINDS = ['kubernetes_deployment_v1', 'kubernetes_stateful_set_v1', 'kubernetes_job_v1'] as const;

/** Deployments, StatefulSets and Jobs, by workload. */
export function kubernetesControllers({ resource }: Synthesised): [string, Json, (typeof KINDS)[number]][] {
  return KINDS.flatMap((kind) =>
    Object.entries(resource[kind] ?? {}).map(([name, c]): [string, Json, (typeof KINDS)[number]] => [name, c, kind]),
  );
}

const mebibytes = (quantity: string) => Number.parseInt(quantity) * (quantity.endsWith('Gi') ? 1024 : 1);

export function kubernetesViews(stack: Synthesised): Views {
  const [{ metadata }] = Object.values<Json>(stack.resource['kubernetes_namespace_v1']!) as [Json];
  /** `kafka` and `kafka.NAMESPACE.svc` are one, and Docker knows the first of them only. */
  const shortNames = (text: string) => text.replaceAll(`.${metadata.name}.svc`, '');
  return new Map(
    kubernetesControllers(stack).map(([name, controller, kind]) => {
      const pod = controller.spec.template.spec;
      const [c] = pod.container;
      const volumes = new Map<string, Json>(pod.volume.map((v: Json) => [v.name, v]));
      const mounts = (c.volume_mount ?? []).map((m: Json) => [m, volumes.get(m.name)]);
      const secret = [...volumes.values()].find((v) => v.secret)?.secret;
      return [
        name,
        {
          image: c.image,
          process: [...c.command, ...c.args].map(shortNames),
          env: sorted(
            Object.fromEntries(
              (c.env ?? []).filter((e: Json) => !e.value_from).map((e: Json) => [e.name, shortNames(e.value)]),
            ),
          ),
          secretEnv: sorted(
            Object.fromEntries(
              (c.env ?? [])
                .filter((e: Json) => e.value_from)
                .map((e: Json) => [e.name, e.value_from.secret_key_ref?.key ?? '']),
            ),
          ),
          config: sorted({
            ...(volumes.has('run-config') ? stack.resource['kubernetes_config_map_v1']![name].data : {}),
          }),
          secrets: (secret?.items ?? []).map((i: Json) => i.path).sort(),
          data: sorted(
            Object.fromEntries(
              mounts
                .filter(([m, v]: Json[]) => !v?.empty_dir && !MOUNTED.includes(m.mount_path))
                .map(([m]: Json[]) => [m.mount_path, m.read_only ? 'ro' : 'rw']),
            ),
          ),
          scratchMiB: sorted(
            Object.fromEntries(
              mounts
                .filter(([, v]: Json[]) => v?.empty_dir)
                .map(([m, v]: Json[]) => [m.mount_path, mebibytes(v.empty_dir.size_limit)]),
            ),
          ),
          startsAfter: (controller.depends_on ?? [])
            .filter((d: string) => KINDS.some((k) => d.startsWith(`${k}.`)))
            .map((d: string) => d.split('.')[1])
            .sort(),
          health: c.readiness_probe?.exec.command,
          user: `${c.security_context.run_as_user}:${c.security_context.run_as_group}`,
          memoryMiB: mebibytes(c.resources.limits.memory),
          graceSeconds: pod.termination_grace_period_seconds,
          once: kind === 'kubernetes_job_v1',
        },
      ];
    }),
  );
}
