import { endpointsUsedBy, type Connected } from '../../workload';

/** Ports of a server by its name, for one client. */
export type Reach = ReadonlyMap<string, ReadonlySet<number>>;

/** Who may open connections to whom, exact per port: what `uses` and `joins` declare and nothing else. */
export function reach(workloads: readonly Connected[]): ReadonlyMap<string, Reach> {
  const result = new Map<string, Map<string, Set<number>>>(workloads.map((w) => [w.name, new Map()]));
  const open = (client: string, server: string, ports: readonly number[]): void => {
    const servers = result.get(client)!;
    servers.set(server, new Set([...(servers.get(server) ?? []), ...ports]));
  };
  for (const client of workloads) {
    for (const endpoint of endpointsUsedBy(client)) open(client.name, endpoint.workload, [endpoint.number]);
    for (const { mesh } of client.joins ?? []) {
      for (const member of workloads.filter((w) => w.joins?.some((m) => m.mesh === mesh))) {
        // A workload meets itself only where it has several replicas.
        if (member === client && (client.replicas ?? 1) === 1) continue;
        open(
          client.name,
          member.name,
          Object.values(member.ports ?? {}).map((p) => p.number),
        );
      }
    }
  }
  return result;
}
