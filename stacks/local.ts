import { DockerPlatform } from '../constructs/platforms/docker';
import { type DeploymentFacts, PipelineStack } from './pipeline-stack';
import type { Settings } from './settings';

/** The platform on the local Docker engine. */
export class LocalStack extends PipelineStack {
  protected platform(settings: Settings, facts: DeploymentFacts): DockerPlatform {
    return new DockerPlatform(this, { ...facts, subnetRange: settings.subnetRange });
  }
}
