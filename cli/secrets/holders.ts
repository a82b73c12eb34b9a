import type { Workload } from '../../constructs/workload';
import { followsFrom, type MadeName, type SecretName } from '../../toolchain/secrets';

/** The workloads that are given a secret, as a file or in their environment. */
export function holdersOf(workloads: readonly Workload[], name: SecretName): Workload[] {
  return workloads.filter((workload) => given(workload).includes(name));
}

/** The workloads that a rotation replaces: those that hold the secret or what follows from it. */
export function replacedBy(workloads: readonly Workload[], name: MadeName): Workload[] {
  return workloads.filter((workload) => given(workload).some((held) => (followsFrom(held) ?? held) === name));
}

function given({ secrets = [], secretEnv = {} }: Workload): SecretName[] {
  return [...secrets, ...Object.values(secretEnv)].map(({ secret }) => secret as SecretName);
}
