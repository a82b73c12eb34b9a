import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deployerRole } from '../../constructs/platforms/kubernetes/rights';
import { deployer } from '../../docs/generate';
import { kubeconfig, type Kubeconfig } from '../../toolchain/kubernetes/kubeconfig';
import { deployment as docker, makeCheckout } from '../live/support/checkout';
import { begin, cdktf, checkout, deployed, end, passed, streaming } from '../live/kubernetes/support';
import { Kubectl, onCluster } from './support/cluster';

const k8s = ['--platform', 'k8s'];
const user = 'deployer';
const role = deployerRole().metadata.name;
const home = 'default';

onCluster('somebody who may do only', () => {
  let admin: Kubectl;

  beforeAll(async () => {
    await begin();
    passed(await streaming(['setup', ...k8s], { timeoutSeconds: 1800 }));
    passed(await streaming(['cluster', 'load'], { timeoutSeconds: 900 }));
    const file = deployed().settings.k8s.kubeconfig;
    admin = new Kubectl({ kubeconfig: file }, home);
    await forget();
    await admin.run('create', 'serviceaccount', user);
    const token = await admin.run('create', 'token', user, '--duration', '2h');
    const { cluster } = (JSON.parse(readFileSync(file, 'utf8')) as Kubeconfig).clusters[0];
    const certificateAuthority = Buffer.from(cluster['certificate-authority-data'], 'base64').toString();
    const own = join(checkout, 'deployer.kubeconfig');
    makeCheckout(checkout, { ...docker, userSource: 'twin', k8s: { context: user, kubeconfig: own } }, true);
    writeFileSync(own, kubeconfig(user, { server: cluster.server, certificateAuthority, token }), { mode: 0o600 });
  }, 3_600_000);

  afterAll(async () => {
    await streaming(['down', '--yes', ...k8s]);
    await forget();
    await end();
  }, 400_000);

  async function forget(): Promise<void> {
    for (const made of [`clusterrolebinding/${user}`, `serviceaccount/${user}`, `clusterrole/${role}`])
      await admin.run('delete', made, '--ignore-not-found');
  }

  async function bind(clusterRole: string): Promise<void> {
    const binding = ['clusterrolebinding', user];
    await admin.run('delete', ...binding, '--ignore-not-found'); // its role cannot be changed
    await admin.run('create', ...binding, '--clusterrole', clusterRole, '--serviceaccount', `${home}:${user}`);
  }

  test('nothing is told each right that is missing, before anything is created', async () => {
    const { code, output } = await cdktf('deploy', 'k8s', '--auto-approve');
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/get\/create\/patch\/update\/delete namespaces \(cluster\)/),
    ]);
    for (const missing of ['statefulsets.apps', 'jobs.batch', 'networkpolicies.networking.k8s.io', 'pods/portforward'])
      expect(output).toContain(missing);
    expect(output).toContain('ask for a role that has them');
    expect((await deployed().belongings()).nothing).toBe(true);
  }, 240_000);

  test('the role in the documents can deploy and prove: no other right is needed', async () => {
    await admin.run('apply', '--filename', deployer.file);
    await bind(role);
    const up = await streaming(['up', ...k8s], { timeoutSeconds: 1200 });
    passed(up);
    expect(up.output).toContain('proof passed');
    passed(await streaming(['status', ...k8s]));
    passed(await streaming(['logs', 'kafka', '--tail', '3', ...k8s]));
  }, 1_300_000);

  test('looking at pods, and no more, is told why no port opens; the role can destroy', async () => {
    await bind('view');
    try {
      for (const command of ['proof', 'open --print']) {
        const { code, output } = await streaming([...command.split(' '), ...k8s]);
        expect([code, output]).toEqual([
          1,
          expect.stringContaining('missing the right to get/create pods/portforward'),
        ]);
        expect(output).not.toContain('still waiting');
      }
    } finally {
      await bind(role);
    }
    passed(await streaming(['down', '--yes', ...k8s]));
  }, 600_000);
});
