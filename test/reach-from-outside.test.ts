import { resolveSettings } from '../stacks/settings';
import { type Json, synthesise } from './synth';
import { kubernetesControllers, kubernetesViews } from './views';

const pages = ['airflow', 'controlCenter', 'sparkMaster', 'sparkDriver'] as const;
const ingress = { host: 'streaming.example', class: 'nginx', tlsSecret: 'certificate', pages: [...pages] };
const plain = synthesise('k8s');
const policyOf = (stack: typeof plain, name: string): Json =>
  stack.resource['kubernetes_network_policy_v1']![name]?.spec;

describe('with a host name, people come in by an Ingress', () => {
  const stack = synthesise('k8s', { k8s: { ingress } });
  const made = stack.resource['kubernetes_ingress_v1']!;

  test('for each page a host of its own, with the certificate, and for nothing else', () => {
    expect(
      Object.entries(made).map(([name, { spec }]) => {
        const [{ host, http }] = spec.rule;
        return [name, host, http.path[0].backend.service.port.number, spec.ingress_class_name, spec.tls];
      }),
    ).toEqual(
      [
        ['airflow-api-server', 'airflow.streaming.example', 8080],
        ['control-center', 'control-center.streaming.example', 9021],
        ['spark-master', 'spark-master.streaming.example', 8080],
        ['stream', 'spark-driver.streaming.example', 4040],
      ].map(([name, host, port]) => [name, host, port, 'nginx', [{ hosts: [host], secret_name: 'certificate' }]]),
    );
  });

  test('the pods of the controller are let in at that port, and at no other server', () => {
    const rule = (port: string) => ({
      from: [{ namespace_selector: { match_labels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } }],
      ports: [{ port, protocol: 'TCP' }],
    });
    expect(policyOf(stack, 'control-center').ingress).toContainEqual(rule('9021'));
    expect(policyOf(stack, 'airflow-api-server').ingress).toContainEqual(rule('8080'));
    for (const name of ['kafka', 'cassandra', 'postgres', 'schema-registry', 'producer'])
      expect(JSON.stringify(policyOf(stack, name))).not.toContain('ingress-nginx');
  });

  test('Airflow knows the address that people type, or it would send them away after their login', () => {
    const url = (of: typeof plain) => kubernetesViews(of).get('airflow-api-server')!.env['AIRFLOW__API__BASE_URL'];
    expect(url(stack)).toBe('https://airflow.streaming.example');
    expect(url(synthesise('k8s', { k8s: { ingress: { host: 'streaming.example' } } }))).toBe(
      'http://airflow.streaming.example',
    );
    expect(url(plain)).toBe('http://localhost:8080');
  });

  test('only Airflow, which has a login, unless other pages are named', () => {
    const few = synthesise('k8s', { k8s: { ingress: { host: 'streaming.example' } } });
    expect(Object.keys(few.resource['kubernetes_ingress_v1']!)).toEqual(['airflow-api-server']);
  });

  test('the page of Airflow from its chart, too', () => {
    const charted = synthesise('k8s', { k8s: { ingress, charts: ['airflow'] } });
    expect(charted.resource['kubernetes_ingress_v1']).toHaveProperty('airflow-api-server');
    expect(charted.resource['helm_release']!['airflow-api-server'].values[1]).toContain(
      'https://airflow.streaming.example',
    );
  });

  test('a provider that knows no Ingress leaves it out and says so', () => {
    const standIn = synthesise('k8s', { k8s: { ingress } }, { kubernetesProvider: 'stand-in' });
    expect(standIn.resource).not.toHaveProperty('kubernetes_ingress_v1');
    const { annotations } = standIn.resource['kubernetes_namespace_v1']!['namespace'].metadata;
    expect(annotations['streaming-platform.io/left-out']).toContain('ingresses');
  });

  test('without one there is none', () => {
    expect(plain.resource).not.toHaveProperty('kubernetes_ingress_v1');
  });

  test.each([
    [{ host: 'streaming' }, /"k8s\.ingress\.host" is "streaming"; must be a domain name/],
    [{ host: 'streaming.example', pages: ['kafka'] }, /"k8s\.ingress\.pages\.0" is "kafka"/],
    [{ host: 'streaming.example', tls: 'x' }, /unknown key "k8s\.ingress\.tls"/],
  ])('%j is refused', (wrong, message) => {
    expect(() => resolveSettings({ k8s: { ingress: wrong } })).toThrow(message);
  });
});

describe('with a registry, the nodes pull our images from it', () => {
  const stack = synthesise('k8s', { images: { registry: 'registry.example:5000/team', pullSecretFile: 'login.json' } });

  test('under the tag that they have here; the vendors’ come from where they are', () => {
    const vendor = synthesise('k8s', { images: { registry: 'registry.example:5000', kafka: 'vendor' } });
    for (const [name, { image }] of kubernetesViews(stack))
      expect(image).toBe(`registry.example:5000/team/${kubernetesViews(plain).get(name)!.image}`);
    expect(kubernetesViews(vendor).get('kafka')!.image).toMatch(/^confluentinc\//);
  });

  test('with a login that every pod has by its account, and no stack has in clear text', () => {
    const secret = stack.resource['kubernetes_secret_v1']!['registry'];
    expect(secret.type).toBe('kubernetes.io/dockerconfigjson');
    expect(secret.data['.dockerconfigjson']).toMatch(/^\$\{sensitive\(file\("(\.\.\/)+login\.json"\)\)}$/);
    expect(stack.resource['kubernetes_service_account_v1']!['workload'].image_pull_secret).toEqual([
      { name: 'registry' },
    ]);
    for (const [, { spec }] of kubernetesControllers(stack))
      expect(spec.template.spec.service_account_name).toBe('workload');
    expect(plain.resource['kubernetes_secret_v1']).not.toHaveProperty('registry');
  });

  test('and Docker keeps its own', () => {
    expect(synthesise('local', { images: { registry: 'registry.example' } })).toEqual(synthesise('local'));
  });

  test.each([
    [{ registry: 'https://registry.example' }, /must be a host with an optional port and path/],
    [{ pullSecretFile: 'login.json' }, /set "registry" too/],
  ])('%j is refused', (images, message) => {
    expect(() => resolveSettings({ images })).toThrow(message);
  });
});
