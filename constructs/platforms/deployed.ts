import { errors } from '../errors';
import type { Deployed, Workload } from '../workload';

/** What clients may know of a declared workload: its name and the addresses of its ports. */
export function deployedHandle(workload: Pick<Workload, 'name' | 'ports'>): Deployed {
  const ports = workload.ports ?? {};
  return {
    workload: workload.name,
    endpoint: (port) => {
      const declared = ports[port];
      if (!declared) throw errors.portUnknown(workload.name, port, Object.keys(ports));
      return { workload: workload.name, port, number: declared.number, address: `${workload.name}:${declared.number}` };
    },
  };
}
