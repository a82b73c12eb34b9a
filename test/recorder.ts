import type { Workload } from '../constructs/workload';
import { declaredWorkloads } from '../stacks/declared';
import { resolveSettings, type SettingsInput } from '../stacks/settings';

export { Recorder } from '../stacks/declared';

/** The workloads of the whole platform, as both renderers receive them. */
export function declared(input: SettingsInput = {}): readonly Workload[] {
  return declaredWorkloads(resolveSettings(input));
}
