/** Labels by which Services, controllers and network policies find the pods of a workload. They never change. */
export function podLabels(workload: string): Record<string, string> {
  return { 'app.kubernetes.io/name': workload };
}

/** Labels of every object of a deployment. */
export function deploymentLabels(deployment: string): Record<string, string> {
  return { 'app.kubernetes.io/part-of': 'streaming-platform', 'app.kubernetes.io/instance': deployment };
}

/** What finds the objects that have all of these labels. */
export function selectorOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

/** Whether something on the cluster was made by this deployment. */
export function isOf(deployment: string, labels: Readonly<Record<string, string>> = {}): boolean {
  return Object.entries(deploymentLabels(deployment)).every(([key, value]) => labels[key] === value);
}
