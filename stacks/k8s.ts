import { KubernetesPlatform } from '../constructs/platforms/kubernetes';
import { type DeploymentFacts, PipelineStack } from './pipeline-stack';
import { requestedCpu, type Settings } from './settings';

/** Key of the app's context that holds what the set-up chose: the provider that will apply the stack. */
export const PROVIDER = 'kubernetesProvider';

/** The platform in a namespace of a Kubernetes cluster. */
export class KubernetesStack extends PipelineStack {
  protected platform(settings: Settings, facts: DeploymentFacts): KubernetesPlatform {
    return new KubernetesPlatform(this, {
      ...facts,
      ...settings.k8s,
      requestedCpu: requestedCpu[settings.profile],
      provider: this.node.tryGetContext(PROVIDER),
    });
  }
}
