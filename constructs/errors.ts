/**
 * Every message that a wrong declaration can produce: what is wrong, the value received, what is allowed, what to change.
 * Lower case, because Terraform and cdktf put their own text in front.
 */
export class DeclarationError extends Error {
  override readonly name = 'DeclarationError';
}

export const errors = {
  invalidName: (name: string) =>
    new DeclarationError(
      `workload name "${name}" is not a DNS label: use 1 to 40 lower-case letters, digits and hyphens, starting with a letter`,
    ),
  duplicateName: (name: string) =>
    new DeclarationError(`two workloads are called "${name}": the name is the address, give one of them another`),
  healthMissing: (name: string) =>
    new DeclarationError(
      `workload "${name}" runs forever without health: declare how its clients know that it is ready`,
    ),
  jobHasReplicas: (name: string, replicas: number) =>
    new DeclarationError(
      `workload "${name}" runs once with replicas ${replicas}: a one-shot program has exactly one replica`,
    ),
  emptyConfig: (name: string, file: string) =>
    new DeclarationError(
      `workload "${name}" has an empty configuration file "${file}": leave the file out or give it content`,
    ),
  invalidFileName: (name: string, file: string) =>
    new DeclarationError(
      `workload "${name}" has a configuration file "${file}": use a plain file name without folders`,
    ),
  portUnknown: (name: string, port: string, known: readonly string[]) =>
    new DeclarationError(
      `workload "${name}" has no port "${port}": ${known.length ? `it declares ${known.join(', ')}` : 'it declares no port'}`,
    ),
  usesUnknown: (name: string, used: string) =>
    new DeclarationError(`workload "${name}" uses "${used}", which is not deployed here: deploy it in the same stack`),
  cycle: (path: readonly string[]) =>
    new DeclarationError(
      `workloads wait for each other in a circle: ${path.join(' -> ')}; use "joins" for processes that need each other`,
    ),
  hostPortClash: (port: number, first: string, second: string) =>
    new DeclarationError(
      `port ${port} of the machine is published by "${first}" and by "${second}": change one of them`,
    ),
  replicasUnsupported: (name: string, replicas: number) =>
    new DeclarationError(
      `workload "${name}" has replicas ${replicas}: the Docker platform runs exactly one replica of each, use the k8s stack for more`,
    ),
  meshTooLarge: (range: string, wanted: number, slots: number) =>
    new DeclarationError(
      `the deployment needs ${wanted} networks, its address range ${range} has room for ${slots}: set a larger "subnetRange"`,
    ),
  sharedVolumeDiffers: (volume: string, first: number, second: number) =>
    new DeclarationError(
      `shared volume "${volume}" is declared with ${first} GiB and with ${second} GiB: use one object for both`,
    ),
  folderOnKubernetes: (name: string, folder: string) =>
    new DeclarationError(
      `workload "${name}" mounts the folder "${folder}" of the repository writable: a cluster gets a read-only copy, make the mount read-only`,
    ),
  folderNotText: (name: string, folder: string, file: string) =>
    new DeclarationError(
      `workload "${name}" mounts the folder "${folder}" of the repository, whose file "${file}" is not text: a cluster gets text files only, keep it elsewhere`,
    ),
  folderTooLarge: (name: string, folder: string, bytes: number, allowed: number) =>
    new DeclarationError(
      `workload "${name}" mounts the folder "${folder}" of the repository with ${bytes} bytes: a cluster takes ${allowed}, put large files into an image`,
    ),
  noChart: (folder: string) =>
    new DeclarationError(`"${folder}" is no chart: there is no Chart.yaml in it; name the folder of a Helm chart`),
  chartValues: (file: string, mistakes: readonly string[]) =>
    new DeclarationError(
      `${file} does not keep what the rest of the platform relies on: ${mistakes.join('; ')}. Change it back, or the component that reads it`,
    ),
  portName: (name: string, port: string) =>
    new DeclarationError(
      `workload "${name}" has a port called "${port}": Kubernetes takes 1 to 15 lower-case letters, digits and single hyphens, with a letter`,
    ),
};
