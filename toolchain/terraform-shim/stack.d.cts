export interface Stack {
  readonly state: string;
  readonly deployment: string | undefined;
  readonly beforeApply: string | undefined;
}
export function readStack(folder: string): Stack | undefined;
export function isForCluster(folder: string): boolean;
export function idsInState(file: string): ReadonlySet<string> | undefined;
