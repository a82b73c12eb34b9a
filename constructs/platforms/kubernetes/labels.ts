/** Labels by which Services, controllers and network policies find the pods of a workload. They never change. */
export function podLabels(workload: string): Record<string, string> {
  return { 'app.kubernetes.io/name': workload };
}
