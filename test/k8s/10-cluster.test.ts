import { existsSync } from 'node:fs';
import Docker from 'dockerode';
import { imageReference } from '../../toolchain/images/reference';
import { type Cluster, clusterDown, clusterUp, execute, runningCluster } from '../../toolchain/kubernetes/cluster';
import { imagesOn, loadImages } from '../../toolchain/kubernetes/load-images';
import { eventually, Kubectl, onCluster } from './support/cluster';

/** Its own cluster, beside the one that somebody may be working with. */
const name = 'streaming-cluster-test';
const namespace = 'smoke';
const image = imageReference('node');
const docker = new Docker();
const quiet = () => {};

let cluster: Cluster;
let kubectl: Kubectl;

/** A pod that sleeps, or serves its host name on port 8080. */
function pod(podName: string, more: { serves?: boolean; labels?: Record<string, string>; spec?: object } = {}) {
  const script = more.serves
    ? `require('http').createServer((_, r) => r.end('${podName}')).listen(8080)`
    : 'setInterval(() => {}, 1e6)';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: podName, namespace, labels: { app: podName, ...more.labels } },
    spec: {
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000, runAsNonRoot: true },
      containers: [
        {
          name: 'main',
          image,
          imagePullPolicy: 'Never',
          command: ['node', '-e', script],
          resources: { limits: { memory: '128Mi' } },
          ports: [{ name: 'http', containerPort: 8080 }],
          ...(more.spec ?? {}),
        },
      ],
    },
  };
}

const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 'http' }] },
});

/** What a client gets at an address: the answer, or why not. */
function fetched(client: string, url: string): Promise<string> {
  const script =
    `fetch('${url}', { signal: AbortSignal.timeout(3000) }).then((r) => r.text())` +
    `.then(console.log, (e) => console.log(e.cause?.code ?? e.name))`;
  return kubectl.inPod(client, 'node', '-e', script);
}

onCluster('the test cluster', () => {
  beforeAll(async () => {
    cluster = await clusterUp({ name });
    kubectl = new Kubectl(cluster, namespace);
    await loadImages({ kind: 'own', container: name }, [image]);
    await kubectl.run('create', 'namespace', namespace);
  }, 1_800_000);

  afterAll(() => clusterDown(name, quiet), 60_000);

  test('a second start of a running cluster changes nothing, and takes a moment', async () => {
    const { Id } = await docker.getContainer(name).inspect();
    const started = Date.now();
    await clusterUp({ name, log: quiet });
    expect((await docker.getContainer(name).inspect()).Id).toBe(Id);
    expect(Date.now() - started).toBeLessThan(20_000);
  });

  test('images travel once, or every deployment would carry gigabytes', async () => {
    expect(await imagesOn(name)).toContain(image);
    const lines: string[] = [];
    await loadImages({ kind: 'own', container: name }, [image], (line) => lines.push(line));
    expect(lines).toEqual([`images: all 1 are on ${name}`]);
  });

  test('pods run as they are told, and find each other by name', async () => {
    await kubectl.apply(pod('server', { serves: true }), service('server'), pod('client'), pod('stranger'));
    for (const one of ['server', 'client', 'stranger']) await kubectl.ready(one);
    expect(await kubectl.inPod('client', 'id', '-u')).toBe('1000');
    await eventually(20, async () => {
      for (const host of ['server', `server.${namespace}`, `server.${namespace}.svc.cluster.local`])
        expect(await fetched('client', `http://${host}`)).toBe('server');
    });
  });

  test('a pod that takes more memory than its limit is ended, or one could take the machine down', async () => {
    const greedy = pod('greedy', {
      spec: { command: ['node', '-e', 'const a = []; for (;;) a.push(Buffer.alloc(1e7, 1))'] },
    });
    await kubectl.apply({ ...greedy, spec: { ...greedy.spec, restartPolicy: 'Never' } });
    await eventually(60, async () => {
      const reason = '{.status.containerStatuses[0].state.terminated.reason}';
      expect(await kubectl.run('get', 'pod', 'greedy', '-o', `jsonpath=${reason}`)).toBe('OOMKilled');
    });
  });

  describe('network policies', () => {
    const policy = (policyName: string, spec: object) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: policyName, namespace },
      spec,
    });

    test('refuse what nobody declared, in both directions', async () => {
      await kubectl.apply(policy('deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }));
      await eventually(10, async () => {
        const address = await kubectl.run('get', 'pod', 'server', '-o', 'jsonpath={.status.podIP}');
        expect(await fetched('client', `http://${address}:8080`)).toMatch(/ECONNREFUSED|TimeoutError/);
        expect(await fetched('client', 'http://kubernetes.default:443')).toMatch(/ENOTFOUND|EAI_AGAIN|TimeoutError/);
        expect(await fetched('client', 'http://10.96.0.1:443')).toMatch(/ECONNREFUSED|TimeoutError/);
      });
    });

    test('allow what is declared, and only for the pods that it names', async () => {
      const dns = {
        to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
        ports: ['UDP', 'TCP'].map((protocol) => ({ port: 53, protocol })),
      };
      const to = (app: string) => ({ podSelector: { matchLabels: { app } } });
      await kubectl.apply(
        policy('dns', { podSelector: {}, policyTypes: ['Egress'], egress: [dns] }),
        policy('client', {
          podSelector: { matchLabels: { app: 'client' } },
          policyTypes: ['Egress'],
          egress: [{ to: [to('server')], ports: [{ port: 'http', protocol: 'TCP' }] }],
        }),
        policy('server', {
          podSelector: { matchLabels: { app: 'server' } },
          policyTypes: ['Ingress'],
          ingress: [{ from: [to('client')], ports: [{ port: 8080, endPort: 8081, protocol: 'TCP' }] }],
        }),
      );
      await eventually(10, async () => expect(await fetched('client', 'http://server')).toBe('server'));
      expect(await fetched('stranger', 'http://server')).toMatch(/ECONNREFUSED|TimeoutError/);
      expect(await fetched('server', 'http://server')).not.toBe('server');
    });

    test('apply to a pod that comes later', async () => {
      await kubectl.apply(pod('late', { labels: { app: 'client' } }));
      await kubectl.ready('late');
      await eventually(10, async () => expect(await fetched('late', 'http://server')).toBe('server'));
    });

    test('end with their policy', async () => {
      await kubectl.run('delete', 'networkpolicy', '--all');
      await eventually(10, async () => expect(await fetched('stranger', 'http://server')).toBe('server'));
    });
  });

  describe('data', () => {
    const database = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace },
      spec: {
        serviceName: 'db',
        selector: { matchLabels: { app: 'db' } },
        template: {
          metadata: { labels: { app: 'db' } },
          spec: pod('db', { spec: { volumeMounts: [{ name: 'data', mountPath: '/data', subPath: 'inner' }] } }).spec,
        },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    };

    test('is written by a program that is not root, and outlives its pod', async () => {
      await kubectl.apply(database);
      await eventually(90, () => kubectl.ready('db-0', 5));
      await kubectl.inPod('db-0', 'sh', '-c', 'echo kept > /data/file');
      await kubectl.run('delete', 'pod', 'db-0');
      await eventually(90, () => kubectl.ready('db-0', 5));
      expect(await kubectl.inPod('db-0', 'cat', '/data/file')).toBe('kept');
    });

    test('outlives a restart of the node, and everything runs again', async () => {
      await docker.getContainer(name).restart({ t: 30 });
      await clusterUp({ name, log: quiet });
      await eventually(120, async () => expect(await kubectl.inPod('db-0', 'cat', '/data/file')).toBe('kept'));
      await eventually(60, async () => expect(await fetched('client', 'http://server')).toBe('server'));
    }, 300_000);

    test('goes with its namespace, or the disk would fill up', async () => {
      await kubectl.run('delete', 'namespace', namespace, '--timeout', '120s');
      await eventually(30, async () => {
        const folders = await execute(docker.getContainer(name), ['ls', '-A', '/var/lib/volumes']);
        expect(folders.output.trim()).toBe('');
      });
    }, 180_000);
  });

  test('taken down, nothing of the cluster is left', async () => {
    const { Mounts } = await docker.getContainer(name).inspect();
    const volumes = Mounts.flatMap(({ Name }) => Name ?? []);
    expect(volumes).toHaveLength(4);
    await clusterDown(name, quiet);
    expect(await runningCluster(name)).toBeUndefined();
    expect(existsSync(cluster.kubeconfig)).toBe(false);
    const left = (await docker.listVolumes()).Volumes.map(({ Name }) => Name);
    expect(left.filter((volume) => volumes.includes(volume))).toEqual([]);
  });

  test('a container of somebody else under that name is left alone', async () => {
    const foreign = await docker.createContainer({ name, Image: image, Cmd: ['true'] });
    try {
      await expect(clusterDown(name, quiet)).rejects.toThrow('was not made by this project and is left alone');
      await expect(clusterUp({ name, log: quiet })).rejects.toThrow('was not made by this project and is left alone');
    } finally {
      await foreign.remove({ force: true });
    }
  });
});
