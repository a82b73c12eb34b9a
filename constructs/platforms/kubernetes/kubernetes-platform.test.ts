import { TerraformStack, Testing } from 'cdktf';
import { anEndpoint, aWorkload } from '../../../test/workload';
import type { Json, Synthesised } from '../../../test/synth';
import { text, type Workload } from '../../workload';
import { KubernetesPlatform, type KubernetesPlatformProps } from './kubernetes-platform';

function synthesise(...workloads: Workload[]): Synthesised {
  return synthesiseWith({}, ...workloads);
}

function synthesiseWith(props: Partial<KubernetesPlatformProps>, ...workloads: Workload[]): Synthesised {
  const stack = new TerraformStack(Testing.app({ fakeCdktfJsonPath: true }), 'k8s');
  const platform = new KubernetesPlatform(stack, {
    deployment: 'demo',
    kubeconfig: '~/.kube/config',
    context: 'a-cluster',
    namespace: 'demo',
    root: '/repository',
    secretsFolder: '/repository/.deployments/demo/secrets',
    ...props,
  });
  for (const workload of workloads) platform.deploy(stack, workload);
  platform.render();
  return JSON.parse(Testing.synth(stack)) as Synthesised;
}

const controller = (stack: Synthesised, name = 'server'): Json =>
  ['deployment', 'stateful_set', 'job']
    .map((k) => stack.resource[`kubernetes_${k}_v1`]?.[name])
    .find((c) => c !== undefined);
const pod = (stack: Synthesised, name?: string): Json => controller(stack, name).spec.template.spec;
const container = (stack: Synthesised, name?: string): Json => pod(stack, name).container[0];

const http = { http: { number: 80 } };
const host = { self: 'host' } as const;

describe('the kind of a workload is never guessed', () => {
  test.each<[string, Partial<Workload>, string]>([
    ['nothing of its own', {}, 'deployment'],
    ['data', { volumes: { data: { path: '/data', storageGiB: 1 } } }, 'stateful_set'],
    ['peers', { joins: [{ mesh: 'quorum' }] }, 'stateful_set'],
    ['a name that it says itself', { command: ['server', text`${host}`] }, 'stateful_set'],
    ['an end', { runs: 'once', health: undefined }, 'job'],
  ])('a workload with %s', (_, changes, kind) => {
    expect(Object.keys(synthesise(aWorkload(changes)).resource)).toContain(`kubernetes_${kind}_v1`);
  });
});

describe('names', () => {
  test('a server can bind to its own name, before it is ready', () => {
    const stack = synthesise(aWorkload({ ports: http, command: ['server', '--host', text`${host}`] }));
    expect(container(stack).args).toEqual(['--host', 'server.demo.svc']);
    expect(stack.resource['kubernetes_service_v1']!['server'].spec).toMatchObject({
      cluster_ip: 'None',
      publish_not_ready_addresses: true,
    });
  });

  test('each of several replicas says its own name', () => {
    const stack = synthesise(aWorkload({ replicas: 3, ports: http, env: { A: '1', HOST: text`http://${host}:80` } }));
    expect(container(stack).env).toEqual([
      // It expands only in what comes after it.
      { name: 'POD_NAME', value_from: { field_ref: { field_path: 'metadata.name' } } },
      { name: 'A', value: '1' },
      { name: 'HOST', value: 'http://$(POD_NAME).server.demo.svc:80' },
    ]);
    expect(controller(stack).spec.replicas).toBe('3');
  });

  test.each(['echo $(date) ${HOME} $$ $(POD_NAME)', '$$(x) $$$(POD_NAME) $', '%{x} $${y}'])(
    'text that looks like a variable of the platform reaches the program as it was written: %s',
    (script) => {
      const [, written] = container(synthesise(aWorkload({ command: ['bash', '-c', script] }))).args as [
        string,
        string,
      ];
      const afterTerraform = written.replaceAll('$${', () => '${').replaceAll('%%{', '%{');
      expect(kubelet(afterTerraform, { POD_NAME: 'server-0' })).toBe(script);
    },
  );

  test('a published port is announced where port-forward opens it', () => {
    const ports = { http: { number: 80, publish: 8180 } };
    const stack = synthesise(aWorkload({ ports, env: { URL: text`http://${{ self: 'published', port: 'http' }}` } }));
    expect(container(stack).env).toEqual([{ name: 'URL', value: 'http://localhost:8180' }]);
    expect(stack.resource['kubernetes_service_v1']!['server'].spec.type).toBe('ClusterIP');
  });
});

describe('files', () => {
  test('a changed file replaces the pod, which would not notice it', () => {
    const version = (content: string): Json =>
      controller(synthesise(aWorkload({ config: { 'a.conf': content } }))).spec.template.metadata.annotations;
    expect(version('x=1')).not.toEqual(version('x=2'));
  });

  test('a product’s own ${...} reaches its file as it was written', () => {
    const { resource } = synthesise(aWorkload({ config: { 'a.xml': '${sys:log} %{x}' } }));
    expect(resource['kubernetes_config_map_v1']!['server'].data).toEqual({ 'a.xml': '$${sys:log} %%{x}' });
  });

  test('a secret of the environment is not a file as well, where foreign code could read it', () => {
    const stack = synthesise(aWorkload({ secrets: [{ secret: 'token' }], secretEnv: { KEY: { secret: 'key' } } }));
    expect(pod(stack).volume.find((v: Json) => v.secret).secret).toEqual({
      secret_name: 'server',
      default_mode: '0400',
      items: [{ key: 'token', path: 'token' }],
    });
    expect(container(stack).env).toEqual([
      { name: 'KEY', value_from: { secret_key_ref: { name: 'server', key: 'key' } } },
    ]);
  });

  test('a workload gets no secret but its own', () => {
    const { resource } = synthesise(
      aWorkload({ secrets: [{ secret: 'token' }] }),
      aWorkload({ name: 'other', secrets: [{ secret: 'key' }] }),
    );
    expect(resource['kubernetes_secret_v1']!['server'].data).toEqual({
      token: '${sensitive(file("../../../.deployments/demo/secrets/token"))}',
    });
  });
});

describe('start and stop', () => {
  test('a workload has the time to end that it asked for', () => {
    expect(pod(synthesise(aWorkload({ stop: { graceSeconds: 30 } }))).termination_grace_period_seconds).toBe(30);
    expect(pod(synthesise(aWorkload())).termination_grace_period_seconds).toBe(10);
  });

  test('nothing but the signal of its image ends a workload: the first process of a pod is not its own', () => {
    expect(container(synthesise(aWorkload({ stop: { graceSeconds: 30 } }))).lifecycle).toBeUndefined();
  });

  test('another version of a job is another job, because nothing in its pod can be changed', () => {
    const nameOf = (changes: Partial<Workload>, props: Partial<KubernetesPlatformProps> = {}): string =>
      controller(
        synthesiseWith(props, aWorkload({ runs: 'once', health: undefined, secrets: [{ secret: 'key' }], ...changes })),
      ).metadata.name;
    expect(nameOf({})).toMatch(/^server-[0-9a-f]{8}$/);
    expect(nameOf({})).toBe(nameOf({}));
    expect(nameOf({ env: { A: '1' } })).not.toBe(nameOf({}));
    expect(nameOf({}, { secretGeneration: () => 2 })).not.toBe(nameOf({}));
  });

  test('a slow start is not taken for a failure', () => {
    const { startup_probe: probe } = container(
      synthesise(aWorkload({ health: { ready: ['true'], startSeconds: 181 } })),
    );
    expect(probe.failure_threshold * probe.period_seconds).toBeGreaterThanOrEqual(181);
  });

  test('a client is declared after its server, whatever the order of declaration', () => {
    const stack = synthesise(
      aWorkload({ name: 'client', uses: [anEndpoint('server')], after: [{ workload: 'prepare' }] }),
      aWorkload({ ports: http, volumes: { data: { path: '/data', storageGiB: 1 } } }),
      aWorkload({ name: 'prepare', runs: 'once', health: undefined }),
    );
    expect(controller(stack, 'client').depends_on).toEqual(
      expect.arrayContaining(['kubernetes_stateful_set_v1.server', 'kubernetes_job_v1.prepare']),
    );
  });
});

describe('networks', () => {
  const policies = (...workloads: Workload[]): Record<string, Json> =>
    synthesise(...workloads).resource['kubernetes_network_policy_v1']!;
  const peer = (name: string) => [{ pod_selector: { match_labels: { 'app.kubernetes.io/name': name } } }];

  test('a client reaches the port it uses and no other port of the same server', () => {
    const server = aWorkload({ ports: { http: { number: 80 }, admin: { number: 81 } } });
    const { server: inside, client } = policies(
      server,
      aWorkload({ name: 'client', uses: [anEndpoint('server', 80)] }),
    );
    expect(inside.spec.ingress).toEqual([{ from: peer('client'), ports: [{ port: '80', protocol: 'TCP' }] }]);
    expect(client.spec.egress).toEqual([{ to: peer('server'), ports: [{ port: '80', protocol: 'TCP' }] }]);
  });

  test('several replicas of a mesh reach each other', () => {
    const { server } = policies(aWorkload({ replicas: 3, ports: http, joins: [{ mesh: 'quorum' }] }));
    expect(server.spec.egress).toEqual([{ to: peer('server'), ports: [{ port: '80', protocol: 'TCP' }] }]);
  });

  test('the way to the internet leads past the cluster and its neighbours', () => {
    const { server } = policies(aWorkload({ internet: true }));
    expect(server.spec.egress).toEqual([
      { to: [{ ip_block: { cidr: '0.0.0.0/0', except: expect.arrayContaining(['10.0.0.0/8', '169.254.0.0/16']) } }] },
    ]);
  });
});

describe('what the cluster is told about pods', () => {
  const logs = { mounts: [{ source: { sharedVolume: 'logs', storageGiB: 1 }, path: '/logs' }] };

  test('ready, alive and started are three questions', () => {
    const c = container(synthesise(aWorkload({ ports: http, health: { ready: ['ask'], startSeconds: 60 } })));
    expect(c.readiness_probe.exec.command).toEqual(['ask']);
    expect(c.liveness_probe.exec).toBeUndefined();
    expect(c.liveness_probe.tcp_socket).toEqual([{ port: '80' }]);
    // A service that is busy, or waits for another one, is not restarted for it.
    expect(c.liveness_probe.period_seconds * c.liveness_probe.failure_threshold).toBeGreaterThanOrEqual(120);
  });

  test('a program without ports is restarted when it ends, and never because of a server behind it', () => {
    expect(container(synthesise(aWorkload({ ports: undefined }))).liveness_probe).toBeUndefined();
  });

  test('replicas stand on different nodes where there are several', () => {
    const stack = synthesise(aWorkload({ replicas: 3, ports: http }));
    const [apart] = pod(stack).affinity.pod_anti_affinity.preferred_during_scheduling_ignored_during_execution;
    expect(apart.pod_affinity_term.label_selector).toEqual([{ match_labels: { 'app.kubernetes.io/name': 'server' } }]);
    expect(stack.resource['kubernetes_pod_disruption_budget_v1']!['server'].spec.max_unavailable).toBe('1');
    expect(pod(synthesise(aWorkload())).affinity).toBeUndefined();
  });

  test('those who share a disk of one node are on that node, and nobody else is', () => {
    const workloads = [aWorkload(logs), aWorkload({ ...logs, name: 'reader' }), aWorkload({ name: 'other' })];
    const stack = synthesise(...workloads);
    for (const name of ['server', 'reader']) {
      const [together] = pod(stack, name).affinity.pod_affinity.required_during_scheduling_ignored_during_execution;
      const [{ match_labels: labels }] = together.label_selector;
      expect(controller(stack, name).spec.template.metadata.labels).toMatchObject(labels);
    }
    expect(pod(stack, 'other').affinity).toBeUndefined();
    const many = synthesiseWith({ sharedAccessMode: 'ReadWriteMany' }, ...workloads);
    expect(pod(many, 'server').affinity).toBeUndefined();
  });

  test('a share of the processor keeps its proportion', () => {
    const stack = synthesiseWith({ requestedCpu: 0.4 }, aWorkload({ cpu: 1 }), aWorkload({ name: 'b', cpu: 0.25 }));
    expect([container(stack).resources.requests.cpu, container(stack, 'b').resources.requests.cpu]).toEqual([
      '400m',
      '100m',
    ]);
  });

  test('a pod that takes the place of another one fits the quota beside it', () => {
    const stack = synthesise(aWorkload({ memoryMiB: 1024 }), aWorkload({ name: 'b', memoryMiB: 1024 }));
    expect(stack.resource['kubernetes_resource_quota_v1']!['all'].spec.hard).toMatchObject({
      pods: '3',
      'limits.memory': '3Gi',
      'services.nodeports': '0',
    });
  });

  test('the default limit of a container is within what a container may have, also where all are small', () => {
    const range = (memoryMiB: number) =>
      synthesise(aWorkload({ memoryMiB })).resource['kubernetes_limit_range_v1']!['container'].spec.limit[0];
    expect(range(64)).toMatchObject({ default: { memory: '64Mi' }, max: { memory: '64Mi' } });
    expect(range(256)).toMatchObject({ default: { memory: '128Mi' }, max: { memory: '256Mi' } });
  });

  test('no pod has the token of an account', () => {
    const stack = synthesise(aWorkload());
    expect(stack.resource['kubernetes_service_account_v1']!['workload'].automount_service_account_token).toBe(false);
    expect(pod(stack)).toMatchObject({ service_account_name: 'workload', automount_service_account_token: false });
  });
});

describe('what the older provider cannot say', () => {
  const replicated = aWorkload({ replicas: 3, ports: http });

  test('is rendered where the registry’s provider applies the stack', () => {
    const stack = synthesise(replicated);
    const namespace = stack.resource['kubernetes_namespace_v1']!['namespace'].metadata;
    expect(namespace.labels['pod-security.kubernetes.io/enforce']).toBe('restricted');
    expect(namespace.annotations).toBeUndefined();
    expect(pod(stack).security_context.seccomp_profile).toEqual({ type: 'RuntimeDefault' });
    expect(pod(stack).topology_spread_constraint).toHaveLength(1);
  });

  test('is left out elsewhere, and the namespace lists it', () => {
    const stack = synthesiseWith({ provider: 'stand-in' }, replicated);
    const namespace = stack.resource['kubernetes_namespace_v1']!['namespace'].metadata;
    expect(namespace.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'baseline',
      'pod-security.kubernetes.io/warn': 'restricted',
    });
    expect(namespace.annotations['streaming-platform.io/left-out']).toMatch(
      /seccomp.*disk.*budgets.*zones.*restricted/,
    );
    expect(JSON.stringify(stack.resource)).not.toMatch(
      /seccomp_profile|ephemeral-storage|topology_spread|disruption_budget/,
    );
  });
});

test.each<[string, Partial<Workload>, RegExp]>([
  [
    'a port name that a Service cannot have',
    { ports: { 'a-name-too-long-for-it': { number: 1 } } },
    /"server".*"a-name-too-long-for-it".*1 to 15/,
  ],
  [
    'a folder to write to',
    { mounts: [{ source: { folder: 'dags' }, path: '/dags', writable: true }] },
    /"server" mounts the folder "dags" of the repository writable.*read-only/,
  ],
])('%s cannot be had, and the message says what to do', (_, changes, message) => {
  expect(() => synthesise(aWorkload(changes))).toThrow(message);
});

/** How the kubelet expands arguments and environment (k8s.io/kubernetes/third_party/forked/golang/expansion). */
function kubelet(text: string, env: Record<string, string>): string {
  return text.replaceAll(/\$\$|\$\(([^)]*)\)/g, (found, name?: string) =>
    name === undefined ? '$' : (env[name] ?? found),
  );
}
