import { errors } from '../errors';
import type { Connected, Endpoint, External } from './workload';

/** Names of the workloads that must be ready (or, for jobs, have succeeded) before this one starts. */
export function startsAfter(workload: Connected): string[] {
  return [...new Set([...endpointsUsedBy(workload), ...(workload.after ?? [])].map((d) => d.workload))];
}

/** Servers of this deployment that a workload talks to. */
export function endpointsUsedBy(workload: Connected): Endpoint[] {
  return (workload.uses ?? []).filter((server) => 'workload' in server);
}

/** Servers of somebody else that a workload talks to. */
export function externalsUsedBy(workload: Connected): External[] {
  return (workload.uses ?? []).filter((server) => 'external' in server);
}

/**
 * Everything about a whole deployment that is wrong on any platform.
 *
 * @throws for a name that is taken, a server that is not deployed, a circle (printed) and a port published twice
 */
export function validateAll(workloads: readonly Connected[]): void {
  const byName = new Map<string, Connected>();
  for (const workload of workloads) {
    if (byName.has(workload.name)) throw errors.duplicateName(workload.name);
    byName.set(workload.name, workload);
  }
  const publishedBy = new Map<number, string>();
  for (const workload of workloads) {
    for (const name of startsAfter(workload)) if (!byName.has(name)) throw errors.usesUnknown(workload.name, name);
    for (const { publish } of Object.values(workload.ports ?? {})) {
      if (publish === undefined) continue;
      const other = publishedBy.get(publish);
      if (other !== undefined) throw errors.hostPortClash(publish, other, workload.name);
      publishedBy.set(publish, workload.name);
    }
  }
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) throw errors.cycle([...path.slice(path.indexOf(name)), name]);
    if (done.has(name)) return;
    for (const next of startsAfter(byName.get(name)!)) visit(next, [...path, name]);
    done.add(name);
  };
  for (const { name } of workloads) visit(name, []);
}

/** Names of the servers that at least one other workload uses. */
export function serversOf(workloads: readonly Connected[]): Set<string> {
  return new Set(workloads.flatMap((w) => endpointsUsedBy(w).map((e) => e.workload)));
}
