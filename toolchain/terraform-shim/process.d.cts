export interface Identity {
  readonly pid: number;
  readonly start: string | undefined;
}
export interface Held {
  readonly owners: readonly Identity[];
  readonly since: string;
  readonly about: string;
}
export interface Lock {
  readonly takenOver: boolean;
  add(pid: number): void;
  release(finished?: boolean): void;
  readonly heldBy?: undefined;
}
export function startOf(pid: number): string | undefined;
export function identify(pid: number): Identity;
export function isAlive(known: Identity | undefined): boolean;
export function tryLock(file: string, about?: string): Lock | { readonly heldBy: Held };
export function lock(file: string, about: string, say: (held: Held) => void): Promise<Lock>;
