import { structuredPatch } from 'diff';
import { type ImageNames, readDocker } from './docker';
import { readKubernetes } from './kubernetes';
import {
  type Change,
  type DataClass,
  dataClasses,
  type Fact,
  type Happening,
  type PlatformPlan,
  type Reach,
  type Review,
  type ServiceFacts,
  type ServicePlan,
  type ServiceReview,
  type StackReview,
  worst,
} from './model';
import type { Plan } from './plan';
import { scrub } from './scrub';

/** A plan with what is known about it. */
export interface StackPlan {
  readonly stack: string;
  readonly plan: Plan;
  readonly basis: StackReview['basis'];
  readonly images?: ImageNames;
  /** Sentences about how the plan was made. */
  readonly notes?: readonly string[];
  /** What the change of the contract means, where it could be told. */
  readonly contract?: ContractChange;
}

/** The schema of the users against the one that is registered. */
export interface ContractChange {
  /** One sentence per field. */
  readonly changes: readonly string[];
  /** Why the registry will refuse it; empty if it will not. */
  readonly refused: readonly string[];
}

/** The worst first. */
const order: readonly Happening[] = [
  'removed',
  'replaced',
  'restarted',
  'runs again',
  'changed',
  'created',
  'unchanged',
];

/**
 * Says what plans will do to the services and their data. Pure.
 *
 * @param secrets values that must not be shown, beside those that the plans mark themselves
 */
export function review(plans: readonly StackPlan[], secrets: readonly string[] = []): Review {
  const read = plans.map((one) => ({ ...one, read: readPlan(one) }));
  const stacks = read.map(reviewStack);
  const whole = {
    data: worst(stacks.map(({ data }) => data)),
    changed: stacks.some(({ changed }) => changed),
    stacks,
  };
  return scrub(whole, [...secrets, ...read.flatMap((one) => secretValues(one.read))]);
}

function readPlan({ plan, images }: StackPlan): PlatformPlan {
  return isKubernetes(plan) ? readKubernetes(plan) : readDocker(plan, images);
}

function secretValues({ services }: PlatformPlan): string[] {
  return services
    .flatMap(({ before, after }) => [...(before?.facts.values() ?? []), ...(after?.facts.values() ?? [])])
    .flatMap(({ value, secret }) => (secret ? [value] : []));
}

function reviewStack(one: StackPlan & { readonly read: PlatformPlan }): StackReview {
  const { stack, plan, basis, notes = [], contract, read } = one;
  const services = read.services.map((service) => reviewService(service, contract));
  const changing = services
    .filter(({ happening }) => happening !== 'unchanged')
    .sort(
      (a, b) =>
        dataClasses.indexOf(b.data) - dataClasses.indexOf(a.data) ||
        order.indexOf(a.happening) - order.indexOf(b.happening) ||
        (a.service < b.service ? -1 : 1),
    );
  const { before, after } = read.reach;
  const gone = new Set(services.filter(({ happening }) => happening === 'removed').map(({ service }) => service));
  const reach = {
    opened: missing(after, before),
    closed: missing(before, after).filter(({ from, to }) => !gone.has(from) && !gone.has(to)),
  };
  return {
    stack,
    platform: isKubernetes(plan) ? 'kubernetes' : 'docker',
    basis,
    changed: changing.length + reach.opened.length + reach.closed.length + read.losses.length + read.notes.length > 0,
    // A volume may be lost of which no service is left that says so.
    data: worst([...changing.map(({ data }) => data), ...(read.losses.length > 0 ? (['lost'] as const) : [])]),
    services: changing,
    unchanged: services.filter(({ happening }) => happening === 'unchanged').map(({ service }) => service),
    reach,
    refused: (contract?.refused ?? []).map((why) => `the contract: ${why}`),
    notes: [...notes, ...read.losses, ...read.notes],
  };
}

export function isKubernetes(plan: Plan): boolean {
  return (plan.resource_changes ?? []).some(({ type }) => type.startsWith('kubernetes_'));
}

/** Connections of the first list that the second does not have. */
function missing(these: readonly Reach[], those: readonly Reach[]): Reach[] {
  const key = ({ from, to, ports }: Reach) => `${from} ${to} ${ports?.join() ?? ''}`;
  const known = new Set(those.map(key));
  return these.filter((one) => !known.has(key(one)));
}

/** The program that registers the schema and makes the tables. */
const MIGRATE = 'migrate';

function reviewService(plan: ServicePlan, contract: ContractChange | undefined): ServiceReview {
  const { service, lost, left } = plan;
  // A shared claim can go while nothing of the pod changes.
  const happening = plan.happening === 'unchanged' && lost.length > 0 ? 'changed' : plan.happening;
  return {
    service,
    happening,
    data: dataClass(plan),
    changes: happening === 'unchanged' || happening === 'removed' ? [] : changes(plan.before, plan.after),
    notes: [
      ...lost.map((volume) => `volume ${volume} is removed with everything in it`),
      ...left.map((volume) => `volume ${volume} is kept with what is in it, but ${whereNow(volume, plan)}`),
      ...(service === MIGRATE ? (contract?.changes ?? []) : []),
      ...plan.notes,
    ],
  };
}

function dataClass({ happening, once, lost, left }: ServicePlan): DataClass {
  if (lost.length > 0) return 'lost';
  if (left.length > 0) return 'moved';
  const gap = happening === 'replaced' || happening === 'restarted' || happening === 'removed';
  return gap && !once ? 'restart' : 'none';
}

function whereNow(volume: string, { after }: ServicePlan): string {
  const path = after?.volumes.get(volume);
  return path === undefined ? 'nothing looks at it any more' : `the service finds it at ${path} now`;
}

function changes(before: ServiceFacts | undefined, after: ServiceFacts | undefined): Change[] {
  const names = [...new Set([...(before?.facts.keys() ?? []), ...(after?.facts.keys() ?? [])])];
  return [
    ...names.flatMap((what) => change(what, before?.facts.get(what), after?.facts.get(what))),
    ...[...new Set([...(before?.volumes.keys() ?? []), ...(after?.volumes.keys() ?? [])])].flatMap((volume) =>
      change(`volume ${volume}`, textFact(before?.volumes.get(volume)), textFact(after?.volumes.get(volume))),
    ),
  ];
}

function textFact(value: string | undefined): Fact | undefined {
  return value === undefined ? undefined : { value };
}

function change(what: string, before: Fact | undefined, after: Fact | undefined): Change[] {
  if (before?.value === after?.value) return [];
  if (before?.secret || after?.secret) {
    const shown = (fact: Fact | undefined) => fact && '(secret)';
    return [defined({ what, before: shown(before), after: shown(after) })];
  }
  if ([before, after].some((fact) => fact?.value.includes('\n')))
    return [{ what, diff: lineDiff(before?.value ?? '', after?.value ?? '') }];
  return [defined({ what, before: before?.value, after: after?.value })];
}

function defined(change: Change): Change {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as unknown as Change;
}

function lineDiff(before: string, after: string): string[] {
  const { hunks } = structuredPatch('', '', before, after, '', '', { context: 1 });
  return hunks.flatMap(({ lines }, i) => [...(i > 0 ? ['…'] : []), ...lines]).filter((line) => !line.startsWith('\\'));
}
