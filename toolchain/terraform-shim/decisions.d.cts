export interface Decisions {
  readonly terraform?: string;
  readonly cliConfigFile?: string;
  readonly dockerHost?: string;
  /** Which provider applies the k8s stack: the registry's, or the one that the set-up built in its place. */
  readonly kubernetesProvider?: 'hashicorp' | 'stand-in';
  readonly pluginCache?: string;
  /** Undefined until a set-up for the `k8s` stack has decided. */
  readonly kubernetesProvider?: 'hashicorp' | 'stand-in';
}
export const decisionsFile: string;
export function decisions(): Decisions;
export function realBinary(env?: NodeJS.ProcessEnv, decided?: Decisions): string;
export function environment(env: NodeJS.ProcessEnv, decided?: Decisions): NodeJS.ProcessEnv;
