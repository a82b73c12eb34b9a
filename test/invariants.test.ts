import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { vendorImages } from '../constructs/images';
import { endpointsUsedBy, type Text, type Workload } from '../constructs/workload';
import { PROVIDER } from '../stacks/k8s';
import { publishedPorts, ROOT } from '../stacks/settings';
import { declared } from './recorder';
import { type Json, synthesise } from './synth';
import { dockerContainers, dockerViews, kubernetesControllers, kubernetesViews } from './views';

const local = synthesise('local');
const k8s = synthesise('k8s');
const workloads = declared();
const containers = dockerContainers(local);
const services = containers.filter(([, c]) => !c.attach);
const controllers = kubernetesControllers(k8s);
const views = [
  ['local', dockerViews(local)],
  ['k8s', kubernetesViews(k8s)],
] as const;
const named = (name: string) => workloads.find((w) => w.name === name)!;
const texts = (values: readonly Text[]) =>
  values.map((t) => (typeof t === 'string' ? t : t.parts.filter((p) => typeof p === 'string').join('')));

/** Everything a workload tells its program: command line, environment and configuration files. */
const told = (w: Workload): string =>
  [...texts(w.command), ...texts(Object.values(w.env ?? {})), ...Object.values(w.config ?? {})].join('\n');

/** Sources of our programs and of what is in our images, where a fixed path need not be told. */
const sources = [join(ROOT, 'pipeline-code'), join(ROOT, 'images')]
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(
        (e) => e.isFile() && /\.(ts|tsx|py|sh|java|scala)$|Dockerfile$/.test(e.name) && !e.name.includes('.test.'),
      )
      .map((e) => readFileSync(join(e.parentPath, e.name), 'utf8')),
  )
  .join('\n');

/** Programs that keep secrets in their environment, because a file would be readable by the code of DAG Authors. */
const secretEnvAllowed = {
  'airflow-scheduler': ['AIRFLOW__API_AUTH__JWT_SECRET', 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN'],
  'airflow-dag-processor': ['AIRFLOW__DATABASE__SQL_ALCHEMY_CONN'],
} as const;

describe('published ports', () => {
  test('no port of the machine is asked for twice', () => {
    const ports = containers.flatMap(([, c]) => c.ports.map((p: Json) => p.external));
    expect(new Set(ports).size).toBe(ports.length);
    expect(ports.sort()).toEqual(Object.values(publishedPorts).sort());
  });

  test('defect 20: nothing is reachable from outside the machine', () => {
    for (const [name, c] of containers) {
      for (const port of c.ports) expect([name, port.ip]).toEqual([name, '127.0.0.1']);
      expect([name, c.network_mode ?? 'own']).not.toEqual([name, 'host']);
    }
    for (const service of Object.values(k8s.resource['kubernetes_service_v1']!))
      expect(service.spec.type).toBe('ClusterIP');
  });
});

describe('what is mounted is used', () => {
  test.each(workloads)('$name is told where its configuration is', (w) => {
    for (const file of Object.keys(w.config ?? {})) {
      const asFolder = texts(Object.values(w.env ?? {})).includes('/run/config');
      expect([file, asFolder || told(w).includes(`/run/config/${file}`)]).toEqual([file, true]);
    }
    for (const [path] of told(w).matchAll(/\/run\/config\/[\w.-]+/g)) {
      expect(Object.keys(w.config ?? {})).toContain(path.replace('/run/config/', ''));
    }
  });

  test.each(workloads)('$name reads every secret it holds and holds every secret it reads', (w) => {
    const held = (w.secrets ?? []).map((s) => s.secret);
    for (const secret of held)
      expect([secret, told(w).includes(secret) || sources.includes(secret)]).toEqual([secret, true]);
    for (const [path] of told(w).matchAll(/\/run\/secrets\/[\w-]+/g))
      expect(held).toContain(path.replace('/run/secrets/', ''));
  });

  test.each(workloads)('$name writes to the volumes it has', (w) => {
    const paths = [...Object.values(w.volumes ?? {}), ...(w.mounts ?? [])].map((v) => v.path);
    // The web server reads task logs from the folder that is Airflow's default.
    for (const path of paths) expect([path, told(w).includes(path)]).toEqual([path, true]);
  });
});

describe('secrets', () => {
  const secretName = /PASSWORD|SECRET|TOKEN|KEY|CONN\b|CREDENTIAL/i;
  const isPath = (value: string) => /^(cat )?\/run\/secrets\/[\w-]+$/.test(value);

  test.each(workloads)(
    'defect 19, 20: $name has no credential in its environment, command line or configuration',
    (w) => {
      for (const [key, value] of Object.entries(w.env ?? {})) {
        if (secretName.test(key)) expect([key, texts([value]).every(isPath)]).toEqual([key, true]);
      }
      expect(texts(w.command).join(' ')).not.toMatch(/password|secret|token/i);
      // A line that sets a password; options that only name an algorithm are none.
      for (const content of Object.values(w.config ?? {}))
        expect(content).not.toMatch(/^\s*[\w.]*(password|secret|token)\s*[=:]/im);
    },
  );

  test.each(views)('only what runs the code of DAG Authors keeps secrets in its environment (%s)', (_, of) => {
    const found = [...of]
      .filter(([, v]) => Object.keys(v.secretEnv).length > 0)
      .map(([n, v]) => [n, Object.keys(v.secretEnv)]);
    expect(Object.fromEntries(found)).toEqual(secretEnvAllowed);
  });

  test('the security page says where a secret is in an environment, and which', () => {
    const rows = readFileSync(join(ROOT, 'docs', 'security.md'), 'utf8').split('\n');
    for (const [name, variables] of Object.entries(secretEnvAllowed)) {
      const row = rows.find((line) => line.startsWith(`| ${name} `)) ?? '';
      expect([name, [...row.matchAll(/`(\w+)`/g)].map(([, variable]) => variable).sort()]).toEqual([name, variables]);
    }
  });

  test.each([
    ['local', local],
    ['k8s', k8s],
  ])('the synthesised %s stack names the files of secrets and nothing of what is in them', (_, stack) => {
    const values: string[] = [];
    JSON.stringify(stack, (_key, value: unknown) => (typeof value === 'string' ? (values.push(value), value) : value));
    for (const value of values.filter((v) => v.includes('.deployments/streaming/secrets'))) {
      expect(value).toMatch(/sensitive\(|^\$\{substr\(sha256\(|^(\.\.\/)+\.deployments\/streaming\/secrets\/[\w-]+$/);
    }
    // Random text, as the set-up makes it: at least 32 characters of base64 with digits and both cases among them.
    const random = (word: string) => /\d/.test(word) && /[a-z]/.test(word) && /[A-Z]/.test(word);
    expect(values.flatMap((v) => v.match(/[A-Za-z0-9_-]{32,}/g) ?? []).filter(random)).toEqual([]);
  });
});

describe('who waits for whom and who reaches whom', () => {
  const networks = (name: string): Json[] => containers.find(([n]) => n === name)![1].networks_advanced;
  const memberOf = (name: string, network: string): Json | undefined =>
    networks(name).find((n) => n.name === `\${docker_network.${network}.id}`);

  test.each(workloads)('$name starts after what it uses and what must have run', (w) => {
    const before = [...new Set([...endpointsUsedBy(w), ...(w.after ?? [])].map((d) => d.workload))].sort();
    for (const [, of] of views) expect(of.get(w.name)!.startsAfter).toEqual(before);
  });

  test.each(workloads)('$name shares a network with exactly what it uses and joins', (w) => {
    const servers = endpointsUsedBy(w).map((e) => e.workload);
    const meshes = (w.joins ?? []).map((m) => m.mesh);
    const serves = workloads.some((other) => endpointsUsedBy(other).some((e) => e.workload === w.name));
    const published = Object.values(w.ports ?? {}).some((p) => p.publish !== undefined);
    const out = w.internet ? ['internet'] : published ? ['edge'] : [];
    const expected = new Set([...servers, ...meshes, ...(serves ? [w.name] : []), ...out]);
    expect(
      networks(w.name)
        .map((n) => n.name.slice('${docker_network.'.length, -'.id}'.length))
        .sort(),
    ).toEqual([...expected].sort());
    for (const server of servers) expect(memberOf(server, server)?.aliases).toEqual([server]);
    for (const mesh of meshes) expect(memberOf(w.name, mesh)?.aliases).toEqual([w.name]);
  });

  test.each(workloads)('$name may open connections on a cluster exactly where it says so', (w) => {
    const policy = k8s.resource['kubernetes_network_policy_v1']![w.name];
    const egress: string[] = (policy?.spec.egress ?? []).flatMap((rule: Json) =>
      rule.to.flatMap((to: Json) =>
        to.ip_block
          ? ['internet']
          : rule.ports.map((p: Json) => `${to.pod_selector.match_labels['app.kubernetes.io/name']}:${p.port}`),
      ),
    );
    const mesh = workloads.filter((o) => o !== w && o.joins?.some((m) => w.joins?.some((own) => own.mesh === m.mesh)));
    const expected = [
      ...(w.uses ?? []).map((e) => e.address),
      ...mesh.flatMap((o) => Object.values(o.ports ?? {}).map((p) => `${o.name}:${p.number}`)),
      ...(w.internet ? ['internet'] : []),
    ];
    expect(egress.sort()).toEqual([...new Set(expected)].sort());
  });

  test('nothing reaches anything on a cluster unless it is declared', () => {
    const { spec } = k8s.resource['kubernetes_network_policy_v1']!['default-deny'];
    expect([spec.pod_selector, spec.policy_types, spec.ingress]).toEqual([
      { match_labels: {} },
      ['Ingress', 'Egress'],
      [],
    ]);
    expect(spec.egress).toHaveLength(1);
    expect(spec.egress[0].ports.every((p: Json) => p.port === '53')).toBe(true);
  });

  test('only the producer may open connections to the internet, and not even it where users come from the twin', () => {
    expect(workloads.filter((w) => w.internet).map((w) => w.name)).toEqual(['producer']);
    expect(declared({ userSource: 'twin' }).filter((w) => w.internet)).toEqual([]);
  });

  test('Docker networks have no way out but one, and none lies in another', () => {
    const all = Object.entries(local.resource['docker_network']!);
    for (const [name, n] of all) {
      const open = ['edge', 'internet'].includes(name);
      expect([name, n.internal]).toEqual([name, !open]);
      if (open) expect(n.options['com.docker.network.bridge.enable_icc']).toBe('false');
    }
    expect(local.resource['docker_network']!['edge'].options['com.docker.network.bridge.enable_ip_masquerade']).toBe(
      'false',
    );
    const subnets = all.map(([, n]) => n.ipam_config[0].subnet);
    expect(new Set(subnets).size).toBe(subnets.length);
  });
});

describe('every container', () => {
  test.each(containers)('defect 21: %s has limits, a restart policy and a log that ends', (_, c) => {
    expect(c.memory).toBeGreaterThan(0);
    // Without it the engine gives the same amount again as swap, and every plan shows a difference.
    expect(c.memory_swap).toBe(c.memory);
    expect(c.cpu_shares).toBeGreaterThan(0);
    expect(c.restart).toBe(c.attach ? 'no' : 'unless-stopped');
    expect(c.log_driver).toBe('json-file');
    expect(c.log_opts).toEqual({ 'max-size': '10m', 'max-file': '3' });
  });

  test.each(controllers)('defect 21: %s has limits and a restart policy on a cluster', (_, { spec }, kind) => {
    const [c] = spec.template.spec.container;
    expect(c.resources.limits.memory).toMatch(/^\d+[MG]i$/);
    expect(Object.keys(c.resources.requests).sort()).toEqual(['cpu', 'ephemeral-storage', 'memory']);
    expect(spec.template.spec.restart_policy).toBe(kind === 'kubernetes_job_v1' ? 'Never' : 'Always');
  });

  test.each(containers)(
    '%s cannot become more than its user: no root, no capability, nothing to write but its own',
    (_, c) => {
      expect(c.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
      expect(c.read_only).toBe(true);
      expect(c.capabilities).toEqual({ drop: ['ALL'] });
      expect(c.security_opts).toEqual(['no-new-privileges:true']);
      expect(c.privileged).toBeUndefined();
      const hostPaths = (c.volumes ?? []).filter((v: Json) => v.host_path).map((v: Json) => [v.host_path, v.read_only]);
      for (const [path, readOnly] of hostPaths) {
        expect(path).not.toContain('docker.sock');
        expect(readOnly).toBe(true);
      }
    },
  );

  test.each(controllers)('%s cannot become more than its user on a cluster', (_, { spec }) => {
    const pod = spec.template.spec;
    const [c] = pod.container;
    const user = {
      run_as_user: expect.stringMatching(/^[1-9]\d*$/),
      run_as_group: expect.stringMatching(/^[1-9]\d*$/),
      run_as_non_root: true,
    };
    expect(c.security_context).toEqual({
      ...user,
      privileged: false,
      allow_privilege_escalation: false,
      read_only_root_filesystem: true,
      capabilities: { drop: ['ALL'] },
      seccomp_profile: { type: 'RuntimeDefault' },
    });
    expect(pod.security_context).toEqual({
      ...user,
      fs_group: c.security_context.run_as_group,
      seccomp_profile: { type: 'RuntimeDefault' },
    });
    expect(pod.automount_service_account_token).toBe(false);
    expect(pod.enable_service_links).toBe(false);
    expect(pod.host_network ?? pod.host_pid ?? pod.host_ipc).toBeUndefined();
    expect(JSON.stringify(pod.volume)).not.toContain('host_path');
  });

  test.each(containers)('%s is asked to stop before it is killed', (_, c) => {
    expect(c.destroy_grace_seconds).toBeGreaterThanOrEqual(10);
    expect(c.stop_timeout).toBe(c.destroy_grace_seconds);
    // The image knows its program: another signal here, and Kubernetes, which cannot choose one, would do something else.
    expect(c.stop_signal).toBeUndefined();
  });
});

describe('health', () => {
  const foreverOnDocker = services.map(([name, c]): [string, Json] => [name, c.healthcheck]);
  const foreverOnKubernetes = controllers.filter(([, , kind]) => kind !== 'kubernetes_job_v1');

  test.each(foreverOnDocker)('defect 17: %s is healthy when it answers its own protocol', (_, health) => {
    const command = health.test.join(' ');
    expect(health.test[0]).toBe('CMD');
    expect(command).toMatch(/\/dev\/tcp\/|pg_isready/);
    expect(command).not.toMatch(/\bps\b|pgrep|pidof|\.pid\b|\bjava\b|\bnode\b/);
  });

  test.each(foreverOnKubernetes)('defect 17: %s gets traffic when it answers its own protocol', (name, { spec }) => {
    const [c] = spec.template.spec.container;
    expect(c.startup_probe.exec).toEqual(c.readiness_probe.exec);
    expect(c.startup_probe.failure_threshold * c.startup_probe.period_seconds).toBeGreaterThanOrEqual(
      named(name).health!.startSeconds,
    );
  });
});

describe('plans stay empty: values are spelled as the platforms spell them', () => {
  test.each(services)('durations of %s', (_, { healthcheck }) => {
    for (const key of ['interval', 'timeout', 'start_period']) {
      const [, , m, s] = /^(\d+h)?(?:(\d+)m)?(\d+)s$/.exec(healthcheck[key])!;
      expect(Number(s)).toBeLessThan(60);
      if (m !== undefined) expect(Number(m)).toBeLessThan(60);
    }
  });

  test.each(containers)('capabilities and processors of %s', (_, c) => {
    for (const added of c.capabilities.add ?? []) expect(added).toMatch(/^CAP_/);
    if (c.cpus !== undefined) expect(c.cpus).toMatch(/^\d+\.\d*[1-9]$|^\d+\.0$/);
  });

  test('quantities on a cluster', () => {
    const quantities = [...JSON.stringify(k8s.resource).matchAll(/"(cpu|memory|storage|size_limit)":"([^"]+)"/g)];
    expect(quantities.length).toBeGreaterThan(40);
    for (const [, what, quantity] of quantities) {
      const amount = Number.parseInt(quantity!);
      if (what === 'cpu') expect(quantity).toMatch(/^([1-9]\d{0,2}m|\d+|\d+[1-9]\d{0,2}m)$/);
      else
        expect([quantity, quantity!.endsWith('Gi') || (quantity!.endsWith('Mi') && amount % 1024 !== 0)]).toEqual([
          quantity,
          true,
        ]);
    }
  });

  test('labels that never change stand on what would be replaced, with its data, if they did', () => {
    for (const type of ['docker_volume', 'docker_network']) {
      for (const object of Object.values(local.resource[type]!)) {
        expect(object.labels).toEqual([{ label: 'io.streaming-platform.deployment', value: 'streaming' }]);
      }
    }
    for (const [name, { spec }, kind] of controllers) {
      if (kind !== 'kubernetes_job_v1') expect(spec.selector.match_labels).toEqual({ 'app.kubernetes.io/name': name });
    }
  });

  test('everything of a deployment carries its name, so that destroying one touches no other', () => {
    for (const type of ['docker_container', 'docker_volume', 'docker_network']) {
      for (const object of Object.values(synthesise('local', { name: 'other' }).resource[type]!))
        expect(object.name).toMatch(/^other-/);
    }
  });
});

describe('images', () => {
  const ours = /^streaming-platform\/[a-z-]+:[0-9a-f]{12}$/;

  test.each(views)('defect 2: every image of the %s stack is from the table and named by its content', (_, of) => {
    for (const [name, view] of of) expect([name, view.image]).toEqual([name, expect.stringMatching(ours)]);
  });

  test.each(['local', 'k8s'] as const)(
    'defect 2: the vendor’s images of the %s stack are from the table, by version',
    (stack) => {
      const images = Object.fromEntries(Object.keys(vendorImages).map((service) => [service, 'vendor' as const]));
      const synthesised = synthesise(stack, { images });
      const of = stack === 'local' ? dockerViews(synthesised) : kubernetesViews(synthesised);
      for (const [service, reference] of Object.entries(vendorImages)) {
        expect(of.get(service)!.image).toBe(reference);
        expect(reference).toMatch(/:\d+\.\d+/);
      }
    },
  );

  test('defect 5, 13: nothing is installed or downloaded when a container starts', () => {
    for (const w of workloads)
      expect(told(w)).not.toMatch(/\b(pip|npm|apt|apt-get|curl|wget)\b|--packages|spark\.jars\.(packages|ivy)/);
  });
});

describe('state', () => {
  test('defect 18: everything that is not derived from something else lies on a volume', () => {
    const own = (name: string) => Object.values(named(name).volumes ?? {}).map((v) => v.path);
    for (const name of ['zookeeper', 'kafka', 'cassandra', 'postgres', 'spark-master', 'stream'])
      expect(own(name)).toHaveLength(1);
    expect(named('airflow-scheduler').mounts!.some((m) => 'sharedVolume' in m.source && m.writable)).toBe(true);
  });

  test('defect 6: the checkpoint is on a volume, not in /tmp', () => {
    const { env, volumes } = named('stream');
    expect(Object.values(volumes!).map((v) => v.path)).toEqual([env!['CHECKPOINT_DIR']]);
  });

  test('defect 4: the driver is sent to the deployed master', () => {
    expect(named('stream').env!['SPARK_MASTER']).toBe('spark://spark-master:7077');
    expect(told(named('stream'))).not.toMatch(/local\[|localhost/);
  });

  test('defect 14: the database is made by a job of its own, before anything uses it', () => {
    expect(named('airflow-init').runs).toBe('once');
    for (const name of ['airflow-api-server', 'airflow-scheduler', 'airflow-dag-processor']) {
      expect(named(name).after!.map((a) => a.workload)).toContain('airflow-init');
      expect(told(named(name))).not.toMatch(/db (init|migrate|upgrade)|users create/);
    }
  });

  test('defect 16: the web server reads the task logs that the scheduler writes', () => {
    const logs = (name: string) => named(name).mounts!.find((m) => 'sharedVolume' in m.source)!;
    expect(logs('airflow-api-server').source).toEqual(logs('airflow-scheduler').source);
    expect(logs('airflow-api-server').path).toBe(logs('airflow-scheduler').path);
    expect(logs('airflow-api-server').writable).toBeFalsy();
  });

  test('defect 20: the web server has no DAG files', () => {
    expect(named('airflow-api-server').mounts!.filter((m) => 'folder' in m.source)).toEqual([]);
  });
});

/** Arguments that provider 2.38 has and 1.13 has not: one of them anywhere, and the stack works with one of the two only. */
const onlyInNewProvider = [
  'seccomp_profile',
  'ephemeral-storage',
  'topology_spread_constraint',
  'grpc',
  'fs_group_change_policy',
  'sub_path_expr',
  'immutable',
  'binary_data',
  'end_port',
  'persistent_volume_claim_retention_policy',
  'volume_mode',
  'ephemeral',
  'ip_families',
  'ip_family_policy',
  'internal_traffic_policy',
  'app_protocol',
  'wait_for_load_balancer',
];

describe('the k8s stack works with both generations of the provider', () => {
  const old = synthesise('k8s', {}, { [PROVIDER]: 'stand-in' });

  test('the older one is given no argument that it does not know', () => {
    const keys = new Set<string>();
    JSON.stringify(old.resource, (key, value: unknown) => (keys.add(key), value));
    expect(onlyInNewProvider.filter((key) => keys.has(key))).toEqual([]);
  });

  test('it differs in what is left out and in nothing else', () => {
    // The name of a job carries a hash of what it runs with.
    const version = /(airflow-init|migrate)-[0-9a-f]{8}/g;
    const without = (value: Json): Json => {
      if (typeof value === 'string') return value.replaceAll(version, '$1');
      if (Array.isArray(value)) return value.map(without);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).flatMap(([key, v]) =>
          ['seccomp_profile', 'ephemeral-storage', 'annotations', 'pod-security.kubernetes.io/enforce'].includes(key)
            ? []
            : [[key, without(v)]],
        ),
      );
    };
    expect(without(old)).toEqual(without(k8s));
  });

  test('its jobs are not deleted before they are read', () => {
    for (const job of Object.values(k8s.resource['kubernetes_job_v1']!)) {
      expect(Number(job.spec.ttl_seconds_after_finished)).toBeGreaterThan(3600);
      // Waited for by a program of ours, which shows the log of one that fails.
      expect(job.wait_for_completion).toBe(false);
      expect(job.provisioner[0]['local-exec'].command).toMatch(/wait-until-ready\.ts .* 'job' /);
    }
  });

  test('its StatefulSets say how they are updated, and start as a whole', () => {
    for (const { spec, timeouts } of Object.values(k8s.resource['kubernetes_stateful_set_v1']!)) {
      expect(spec.update_strategy).toEqual([{ type: 'RollingUpdate', rolling_update: [{ partition: 0 }] }]);
      expect(spec.pod_management_policy).toBe('Parallel');
      expect(timeouts).toBeUndefined();
    }
  });

  test('the pod of a server that is one of a kind is gone before its successor starts', () => {
    for (const { spec } of Object.values(k8s.resource['kubernetes_deployment_v1']!)) {
      expect([spec.replicas, spec.strategy.type]).toEqual(['1', 'Recreate']);
    }
  });
});
