/** What a Terraform resource type is for the API server. All of them are of version `v1` in their group. */
export interface ObjectType {
  readonly group: string;
  readonly kind: string;
  /** Its name in paths and rights. */
  readonly resource: string;
  /** @default false, in a namespace */
  readonly inCluster?: true;
}

/** Every resource type that the stack declares, but for `helm_release`, which is no object of the API server. */
export const objectTypes: Readonly<Record<string, ObjectType>> = {
  kubernetes_namespace_v1: { group: '', kind: 'Namespace', resource: 'namespaces', inCluster: true },
  kubernetes_config_map_v1: { group: '', kind: 'ConfigMap', resource: 'configmaps' },
  kubernetes_secret_v1: { group: '', kind: 'Secret', resource: 'secrets' },
  kubernetes_service_v1: { group: '', kind: 'Service', resource: 'services' },
  kubernetes_service_account_v1: { group: '', kind: 'ServiceAccount', resource: 'serviceaccounts' },
  kubernetes_persistent_volume_claim_v1: {
    group: '',
    kind: 'PersistentVolumeClaim',
    resource: 'persistentvolumeclaims',
  },
  kubernetes_resource_quota_v1: { group: '', kind: 'ResourceQuota', resource: 'resourcequotas' },
  kubernetes_limit_range_v1: { group: '', kind: 'LimitRange', resource: 'limitranges' },
  kubernetes_deployment_v1: { group: 'apps', kind: 'Deployment', resource: 'deployments' },
  kubernetes_stateful_set_v1: { group: 'apps', kind: 'StatefulSet', resource: 'statefulsets' },
  kubernetes_job_v1: { group: 'batch', kind: 'Job', resource: 'jobs' },
  kubernetes_ingress_v1: { group: 'networking.k8s.io', kind: 'Ingress', resource: 'ingresses' },
  kubernetes_network_policy_v1: { group: 'networking.k8s.io', kind: 'NetworkPolicy', resource: 'networkpolicies' },
  kubernetes_pod_disruption_budget_v1: {
    group: 'policy',
    kind: 'PodDisruptionBudget',
    resource: 'poddisruptionbudgets',
  },
};

export function apiVersion({ group }: ObjectType): string {
  return group === '' ? 'v1' : `${group}/v1`;
}
