export interface Stack {
  readonly state: string;
  readonly deployment: string | undefined;
  readonly beforeApply: string | undefined;
}
export function readStack(folder: string): Stack | undefined;
export function isForCluster(folder: string): boolean;
export function idsInState(file: string): ReadonlySet<string>;
export function stateProblem(file: string): string | undefined;
export function mendState(file: string): string;
export function recoverState(file: string): string | undefined;
