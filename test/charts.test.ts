import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { promisedValues } from '../constructs/airflow/chart-values';
import { checkValues } from '../constructs/chart-values';
import { chartHash } from '../constructs/platforms/kubernetes/helm';
import { ROOT } from '../stacks/settings';
import { synthesise } from './synth';
import { kubernetesViews } from './views';

const path = 'helm-values/airflow.yaml';
const text = readFileSync(join(ROOT, path), 'utf8');
const k8s = synthesise('k8s', { k8s: { charts: ['airflow'] } });
const release = k8s.resource['helm_release']!['airflow-api-server'];

describe('Airflow from its chart', () => {
  test('is one release in our namespace, pinned to a version, waited for, after what it uses', () => {
    expect(release).toMatchObject({
      name: 'airflow',
      repository: 'https://airflow.apache.org',
      chart: 'airflow',
      version: '1.22.0',
      namespace: '${kubernetes_namespace_v1.namespace.metadata[0].name}',
      wait: true,
      create_namespace: false,
    });
    expect(release.depends_on).toEqual(
      expect.arrayContaining([
        'kubernetes_network_policy_v1.default-deny',
        'kubernetes_network_policy_v1.airflow-api-server',
        'kubernetes_secret_v1.airflow-chart',
        'kubernetes_config_map_v1.folder-pipeline-code-dags',
        'kubernetes_stateful_set_v1.postgres',
        'kubernetes_deployment_v1.producer',
        'kubernetes_job_v1.airflow-init',
      ]),
    );
    expect(k8s['terraform'].required_providers.helm).toEqual({
      source: 'hashicorp/helm',
      version: '>= 1.3.2, < 3.0.0',
    });
  });

  test('takes the place of our three servers; the job before them stays ours', () => {
    const names = [...kubernetesViews(k8s).keys()].filter((name) => name.startsWith('airflow'));
    expect(names).toEqual(['airflow-init']);
  });

  test('runs our image with our configuration on top of the values file', () => {
    const [file, ours] = release.values.map((values: string) => load(values));
    expect(file).toEqual(load(text));
    expect(ours.images.airflow).toEqual({
      repository: 'streaming-platform/airflow',
      tag: expect.stringMatching(/^[0-9a-f]{12}$/),
      pullPolicy: 'IfNotPresent',
    });
    expect(ours.env).toEqual(
      expect.arrayContaining([
        { name: 'AIRFLOW__CORE__AUTH_MANAGER', value: 'platform_auth.PlatformAuthManager' },
        { name: 'AIRFLOW__CORE__EXECUTION_API_SERVER_URL', value: 'http://airflow-api-server:8080/execution/' },
      ]),
    );
  });

  test('finds its secrets under the keys of the chart, and none of them in its values', () => {
    const { data } = k8s.resource['kubernetes_secret_v1']!['airflow-chart'];
    expect(Object.keys(data).sort()).toEqual(['api-secret-key', 'connection', 'fernet-key', 'jwt-secret']);
    for (const value of Object.values(data)) expect(value).toMatch(/^\$\{sensitive\(trimspace\(file\("/);
    expect(JSON.stringify(release.values)).not.toMatch(/password"?:/i);
  });

  test('reaches the database and the producer, and its own programs each other', () => {
    const policy = k8s.resource['kubernetes_network_policy_v1']!['airflow-api-server'].spec;
    const pods = { match_labels: { release: 'airflow', tier: 'airflow' } };
    expect(policy.pod_selector).toEqual(pods);
    expect(policy.ingress).toEqual([{ from: [{ pod_selector: pods }] }]);
    const to = (name: string, port: string) => ({
      to: [{ pod_selector: { match_labels: { 'app.kubernetes.io/name': name } } }],
      ports: [{ port, protocol: 'TCP' }],
    });
    expect(policy.egress).toEqual([to('postgres', '5432'), to('producer', '8080'), { to: [{ pod_selector: pods }] }]);
    const postgres = k8s.resource['kubernetes_network_policy_v1']!['postgres'].spec;
    expect(postgres.ingress).toContainEqual({
      from: [{ pod_selector: pods }],
      ports: [{ port: '5432', protocol: 'TCP' }],
    });
  });

  test('counts in the quota, or its pods would be refused', () => {
    const quota = (stack: typeof k8s) => stack.resource['kubernetes_resource_quota_v1']!['all'].spec.hard;
    expect(Number.parseInt(quota(k8s)['limits.memory'])).toBe(
      Number.parseInt(quota(synthesise('k8s'))['limits.memory']),
    );
  });
});

test.each([
  ['another port', 'apiServer: 8080', 'apiServer: 9090', /"ports\.apiServer" is 9090 and must be 8080/],
  ['another name', 'fullnameOverride: airflow', 'fullnameOverride: flow', /"fullnameOverride" is "flow"/],
  [
    'a secret of another name',
    'jwtSecretName: airflow-chart',
    '',
    /"jwtSecretName" is not set and must be "airflow-chart"/,
  ],
  [
    'a database of its own',
    'postgresql:\n  enabled: false',
    'postgresql:\n  enabled: true',
    /"postgresql\.enabled" is true/,
  ],
  ['something that is no YAML', 'redis:', 'redis: [', /it is no YAML/],
])('values with %s are refused: the others rely on them', (_, from, to, message) => {
  expect(text).toContain(from);
  const check = (changed: string) => () => checkValues({ path, text: changed }, promisedValues);
  expect(check(text)).not.toThrow();
  expect(check(text.replace(from, to))).toThrow(message);
  expect(check(text.replace(from, to))).toThrow(/^helm-values\/airflow\.yaml/);
});

test('a chart in a folder has another hash when any of its files changes, and must be a chart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chart-'));
  try {
    expect(() => chartHash(folder)).toThrow(/is no chart/);
    cpSync(join(ROOT, 'test/k8s/chart'), folder, { recursive: true });
    const before = chartHash(folder);
    expect(chartHash(folder)).toBe(before);
    writeFileSync(join(folder, 'templates', 'more.yaml'), '');
    expect(chartHash(folder)).not.toBe(before);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('without a chart there is no Helm provider to install', () => {
  expect(synthesise('k8s')['terraform'].required_providers).not.toHaveProperty('helm');
});
