import { LocalBackend, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { join } from 'node:path';
import { StreamingPipeline } from '../constructs/pipeline';
import { DockerPlatform } from '../constructs/platforms/docker';
import { deploymentFolder, ROOT, type Settings } from './settings';

/** The platform on the local Docker engine. */
export class LocalStack extends TerraformStack {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const folder = deploymentFolder(settings);
    new LocalBackend(this, { path: `${backToRoot}/.deployments/${settings.name}/${id}.tfstate` });
    const platform = new DockerPlatform(this, {
      deployment: settings.name,
      root: ROOT,
      secretsFolder: join(folder, 'secrets'),
      subnetRange: settings.subnetRange,
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
