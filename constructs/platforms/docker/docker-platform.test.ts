import { TerraformStack, Testing } from 'cdktf';
import { anEndpoint, aWorkload } from '../../../test/workload';
import type { Json, Synthesised } from '../../../test/synth';
import { text, type Workload } from '../../workload';
import { DockerPlatform, type DockerPlatformProps } from './docker-platform';

function synthesise(...workloads: Workload[]): Synthesised {
  return synthesiseWith({}, ...workloads);
}

function synthesiseWith(props: Partial<DockerPlatformProps>, ...workloads: Workload[]): Synthesised {
  const stack = new TerraformStack(Testing.app({ fakeCdktfJsonPath: true }), 'local');
  const platform = new DockerPlatform(stack, {
    deployment: 'demo',
    root: '/repository',
    secretsFolder: '/repository/.deployments/demo/secrets',
    subnetRange: '10.213.0.0/21',
    ...props,
  });
  for (const workload of workloads) platform.deploy(stack, workload);
  platform.render();
  return JSON.parse(Testing.synth(stack)) as Synthesised;
}

const container = (stack: Synthesised, name = 'server'): Json => stack.resource['docker_container']![name];

test('a client reaches its server by name, and nothing else of the deployment does', () => {
  const stack = synthesise(
    aWorkload({ ports: { http: { number: 80 } } }),
    aWorkload({ name: 'client', uses: [anEndpoint('server')] }),
    aWorkload({ name: 'stranger' }),
  );
  expect(container(stack).networks_advanced).toEqual([{ name: '${docker_network.server.id}', aliases: ['server'] }]);
  expect(container(stack, 'client').networks_advanced).toEqual([{ name: '${docker_network.server.id}', aliases: [] }]);
  expect(container(stack, 'client').depends_on).toEqual(['docker_container.server']);
  expect(container(stack, 'stranger').network_mode).toBe('none');
});

test('a secret never passes through Terraform: neither plan nor state can hold it', () => {
  const stack = synthesise(aWorkload({ secrets: [{ secret: 'token' }] }));
  expect(stack.resource['docker_container']!['server-secrets'].upload).toEqual([
    {
      file: '/run/secrets/token',
      source: '../../../.deployments/demo/secrets/token',
      source_hash: '1',
      permissions: '0400',
      owner: '1000',
      group: '1000',
    },
  ]);
});

test('a rotated secret replaces the workloads that hold it, and no other', () => {
  const workloads = [
    aWorkload({ secrets: [{ secret: 'token' }] }),
    aWorkload({ name: 'other', secrets: [{ secret: 'password' }] }),
  ];
  const before = synthesise(...workloads);
  const after = synthesiseWith({ secretGeneration: (secret) => (secret === 'token' ? 2 : 1) }, ...workloads);
  expect(container(after, 'server-secrets').upload[0].source_hash).toBe('2');
  expect(container(after).lifecycle.replace_triggered_by).toEqual(['docker_container.server-secrets.id']);
  for (const name of ['other-secrets', 'other', 'server'])
    expect(container(after, name)).toEqual(container(before, name));
});

test('a changed file replaces the workload that reads it', () => {
  const stack = synthesise(aWorkload({ config: { 'a.conf': 'x=${y}' } }));
  expect(stack.resource['docker_container']!['server-config'].upload[0].content).toBe('x=$${y}');
  expect(container(stack).lifecycle.replace_triggered_by).toEqual(['docker_container.server-config.id']);
});

test('a server announces the port of the machine that its clients outside use', () => {
  const stack = synthesise(
    aWorkload({
      ports: { http: { number: 80, publish: 8180 } },
      env: { HOST: text`${{ self: 'host' }}`, URL: text`http://${{ self: 'published', port: 'http' }}/` },
    }),
  );
  expect(container(stack).env).toEqual(['HOST=server', 'URL=http://localhost:8180/']);
});

test.each<[string, Partial<Workload>, RegExp]>([
  ['several replicas', { replicas: 3 }, /"server" has replicas 3: the Docker platform runs exactly one.*k8s stack/],
  [
    'a port that is not declared',
    { env: { URL: text`${{ self: 'published', port: 'rpc' }}` } },
    /"server" has no port "rpc"/,
  ],
])('%s cannot be had, and the message says what to do', (_, changes, message) => {
  expect(() => synthesise(aWorkload(changes))).toThrow(message);
});

test('two sizes for one shared volume are refused', () => {
  const mount = (storageGiB: number) => ({ mounts: [{ source: { sharedVolume: 'logs', storageGiB }, path: '/logs' }] });
  expect(() => synthesise(aWorkload(mount(1)), aWorkload({ name: 'other', ...mount(2) }))).toThrow(
    /"logs".*1 GiB and with 2 GiB/,
  );
});
