import type { Construct } from 'constructs';
import { DockerPlatform } from '../constructs/platforms/docker';
import { type DeploymentFacts, PipelineStack } from './pipeline-stack';
import { foreignNetworks } from './components';
import type { Settings } from './settings';

/** The platform on the local Docker engine. */
export class LocalStack extends PipelineStack<DockerPlatform> {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, settings);
    // Run by the terraform command of this project before it changes a deployment that is there.
    this.addOverride('locals.before_apply', '../../../cli/check-contract.ts');
  }

  protected platform(settings: Settings, facts: DeploymentFacts): DockerPlatform {
    return new DockerPlatform(this, {
      ...facts,
      subnetRange: settings.subnetRange,
      foreignNetworks: foreignNetworks(settings.components),
    });
  }
}
