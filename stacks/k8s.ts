import { KubernetesPlatform } from '../constructs/platforms/kubernetes';
import { type DeploymentFacts, PipelineStack } from './pipeline-stack';
import type { Settings } from './settings';

/** The platform in a namespace of a Kubernetes cluster. */
export class KubernetesStack extends PipelineStack {
  protected platform(settings: Settings, facts: DeploymentFacts): KubernetesPlatform {
    return new KubernetesPlatform(this, { ...facts, ...settings.k8s });
  }
}
