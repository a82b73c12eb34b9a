import { LocalBackend, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { join } from 'node:path';
import { StreamingPipeline } from '../constructs/pipeline';
import { KubernetesPlatform } from '../constructs/platforms/kubernetes';
import { deploymentFolder, ROOT, type Settings } from './settings';

/** The platform in a namespace of a Kubernetes cluster. */
export class KubernetesStack extends TerraformStack {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const folder = deploymentFolder(settings);
    new LocalBackend(this, { path: `${backToRoot}/.deployments/${settings.name}/${id}.tfstate` });
    const platform = new KubernetesPlatform(this, {
      deployment: settings.name,
      namespace: settings.kubernetesNamespace,
      root: ROOT,
      secretsFolder: join(folder, 'secrets'),
    });
    new StreamingPipeline(this, 'Pipeline', {
      platform,
      memoryMiB: settings.memory,
      usersPerRun: settings.usersPerRun,
      userSource: settings.userSource,
      publish: settings.ports,
      images: settings.images,
    });
    platform.render();
  }
}

/** From the folder that Terraform runs in, `cdktf.out/stacks/<stack>`. */
const backToRoot = '../../..';
