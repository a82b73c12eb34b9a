import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalBackend, TerraformStack, Testing } from 'cdktf';
import { service } from '../../../constructs/images';
import { Kafka } from '../../../constructs/kafka';
import { KubernetesPlatform, type KubernetesPlatformProps } from '../../../constructs/platforms/kubernetes';
import { Zookeeper } from '../../../constructs/zookeeper';

/**
 * Three ZooKeepers and three brokers with small heaps, as the profile `production` declares them, and somebody who writes.
 *
 * @param folder where Terraform runs, three levels below the root like that of every stack
 */
export function synthesiseQuorum(folder: string, props: KubernetesPlatformProps): void {
  const stack = new TerraformStack(Testing.app({ fakeCdktfJsonPath: true }), 'quorum');
  new LocalBackend(stack, { path: 'terraform.tfstate' });
  const platform = new KubernetesPlatform(stack, props);
  const zookeeper = new Zookeeper(stack, 'Zookeeper', { platform, memoryMiB: 192, replicas: 3 });
  const kafka = new Kafka(stack, 'Kafka', { platform, zookeeper, memoryMiB: 640, replicas: 3, storageGiB: 1 });
  platform.deploy(stack, {
    name: 'client',
    image: service('kafka'),
    runs: 'forever',
    command: ['sleep', 'infinity'],
    user: { uid: 1000, gid: 1000 },
    cpu: 0.1,
    memoryMiB: 768,
    health: { ready: ['true'], startSeconds: 120 },
    stop: { graceSeconds: 1 },
    uses: [kafka.connection.bootstrap],
  });
  platform.render();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'cdk.tf.json'), Testing.synth(stack));
}
