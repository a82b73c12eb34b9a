import { errors } from '../errors';
import type { Workload } from './workload';

/** Everything about one workload that is wrong on any platform. */
export function validate(workload: Workload): void {
  const { name } = workload;
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name) || name.endsWith('-')) throw errors.invalidName(name);
  if (workload.runs === 'forever' && !workload.health) throw errors.healthMissing(name);
  if (workload.runs === 'once' && (workload.replicas ?? 1) !== 1)
    throw errors.jobHasReplicas(name, workload.replicas ?? 1);
  for (const [file, content] of Object.entries(workload.config ?? {})) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(file)) throw errors.invalidFileName(name, file);
    // The Docker provider refuses empty content, but only in the middle of an apply.
    if (content === '') throw errors.emptyConfig(name, file);
  }
}
