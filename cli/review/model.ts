/** What a change does to a service, in the words of the person who runs it. */
export type Happening = 'created' | 'replaced' | 'restarted' | 'changed' | 'removed' | 'runs again' | 'unchanged';

/**
 * What a change does to data and to those who use the service, from harmless to not: nothing; a gap while the service
 * starts again; the data is kept but not where the service looks for it; the data is gone.
 */
export const dataClasses = ['none', 'restart', 'moved', 'lost'] as const;
export type DataClass = (typeof dataClasses)[number];

export interface Change {
  /** For example `image`, `memory`, `environment USER_SOURCE`, `file server.properties`. */
  readonly what: string;
  /** Undefined where there was none. `(secret)` is never the value. */
  readonly before?: string;
  readonly after?: string;
  /** Of a file with several lines: its lines with `+`, `-` or a space in front. */
  readonly diff?: readonly string[];
}

export interface ServiceReview {
  readonly service: string;
  readonly happening: Happening;
  readonly data: DataClass;
  readonly changes: readonly Change[];
  /** What the changes alone do not say, in sentences. */
  readonly notes: readonly string[];
}

/** A connection that the platform lets through; without ports it is all that the server listens on. */
export interface Reach {
  readonly from: string;
  readonly to: string;
  readonly ports?: readonly string[];
}

export interface StackReview {
  readonly stack: string;
  readonly platform: 'docker' | 'kubernetes';
  /** What the stack was compared with: `nothing` is deployed, or what is deployed is `unknown` here. */
  readonly basis: 'deployment' | 'state' | 'nothing' | 'unknown';
  readonly changed: boolean;
  /** Why a deployment would end before it changes anything; empty if it would not. */
  readonly refused: readonly string[];
  readonly data: DataClass;
  /** Those that change, the worst first. */
  readonly services: readonly ServiceReview[];
  readonly unchanged: readonly string[];
  readonly reach: { readonly opened: readonly Reach[]; readonly closed: readonly Reach[] };
  readonly notes: readonly string[];
}

export interface Review {
  readonly data: DataClass;
  readonly changed: boolean;
  readonly stacks: readonly StackReview[];
}

/** One value of a service. Two are compared by `value`; a secret one is never shown. */
export interface Fact {
  readonly value: string;
  readonly secret?: boolean;
}

/** A service on one side of a change, in the same words whatever its platform is. */
export interface ServiceFacts {
  readonly facts: ReadonlyMap<string, Fact>;
  /** Where it finds each volume that keeps its data. */
  readonly volumes: ReadonlyMap<string, string>;
}

/** What a platform's reader finds in a plan. */
export interface ServicePlan {
  readonly service: string;
  readonly once: boolean;
  readonly happening: Happening;
  readonly before?: ServiceFacts;
  readonly after?: ServiceFacts;
  /** Volumes that are destroyed with what is in them. */
  readonly lost: readonly string[];
  /** Volumes that stay, but that the service does not look at any more. */
  readonly left: readonly string[];
  readonly notes: readonly string[];
}

export interface PlatformPlan {
  readonly services: readonly ServicePlan[];
  readonly reach: { readonly before: readonly Reach[]; readonly after: readonly Reach[] };
  /** What is destroyed, in sentences, where no service says so. */
  readonly losses: readonly string[];
  readonly notes: readonly string[];
}

export function worst(classes: readonly DataClass[]): DataClass {
  return dataClasses[Math.max(0, ...classes.map((one) => dataClasses.indexOf(one)))]!;
}
