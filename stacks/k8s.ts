import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StreamingPipelineProps } from '../constructs/pipeline';
import { KubernetesPlatform } from '../constructs/platforms/kubernetes';
import { type DeploymentFacts, PipelineStack } from './pipeline-stack';
import { ingressHosts, ROOT, type Settings } from './settings';

/** Key of the app's context that holds what the set-up chose: the provider that will apply the stack. */
export const PROVIDER = 'kubernetesProvider';

/** The platform in a namespace of a Kubernetes cluster. */
export class KubernetesStack extends PipelineStack<KubernetesPlatform> {
  protected platform(settings: Settings, facts: DeploymentFacts): KubernetesPlatform {
    const { ingress, ...k8s } = settings.k8s;
    return new KubernetesPlatform(this, {
      ...facts,
      ...k8s,
      registry: settings.images.registry,
      pullSecretFile: settings.images.pullSecretFile,
      ingress: ingress && {
        hosts: ingressHosts(settings),
        className: ingress.class,
        tlsSecret: ingress.tlsSecret,
        controllerNamespace: ingress.controllerNamespace,
      },
      provider: this.node.tryGetContext(PROVIDER),
    });
  }

  protected override charts({ k8s }: Settings, platform: KubernetesPlatform): Partial<StreamingPipelineProps> {
    if (!k8s.charts.includes('airflow')) return {};
    const path = 'helm-values/airflow.yaml';
    return { airflowChart: { platform, values: { path, text: readFileSync(join(ROOT, path), 'utf8') } } };
  }
}
