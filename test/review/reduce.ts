import { isUnset, type Json, type Plan } from '../../cli/review/plan';
import type { StackPlan } from '../../cli/review/review';

/** Of a resource that stays as it is: who it is, and what it is connected to. */
const IDENTITY = new Set('id name labels start restart networks_advanced volumes image_id'.split(' '));

/**
 * A recorded plan without what no review reads: resources that stay keep their identity, the others lose what is not
 * set, and long ids lose their end. One resource per line, so that a difference can be read.
 */
export function reduce({ plan, images, ...rest }: StackPlan): string {
  const all = plan.resource_changes ?? [];
  const changed = new Set(all.filter(({ change }) => change.actions.join() !== 'no-op').map(({ address }) => address));
  const resource_changes = all.map(({ address, mode, type, name, action_reason, change }) => ({
    address,
    mode,
    type,
    name,
    action_reason,
    change: changed.has(address)
      ? {
          actions: change.actions,
          before: compact(change.before),
          after: compact(change.after),
          after_unknown: marks(change.after_unknown),
          before_sensitive: marks(change.before_sensitive),
          after_sensitive: marks(change.after_sensitive),
        }
      : { actions: change.actions, before: compact(pick(change.before, (key) => IDENTITY.has(key))) },
  }));
  const declared = (plan.configuration?.root_module?.resources ?? [])
    .filter(({ address, mode, type }) => mode === 'data' || type === 'docker_image' || changed.has(address))
    .map(({ address, mode, type, name, expressions }) => ({ address, mode, type, name, expressions }));
  const read = (plan.prior_state?.values?.root_module?.resources ?? [])
    .filter(({ mode }) => mode === 'data')
    .map(({ values, ...one }) => ({ ...one, values: pick(values, (key) => IDENTITY.has(key)) }));
  const reduced: StackPlan = {
    ...rest,
    images: pick(images, (id) => JSON.stringify(resource_changes).includes(id)),
    plan: {
      resource_changes: resource_changes as Plan['resource_changes'],
      configuration: { root_module: { resources: declared } },
      prior_state: { values: { root_module: { resources: read } } },
    },
  };
  return `${JSON.stringify(reduced, undefined, 1)
    .replaceAll(/\n {5,}/g, ' ')
    .replaceAll(/\n {4}\}/g, ' }')
    .replaceAll(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1')}\n`;
}

/** The plan again. */
export function restore(text: string): StackPlan {
  const reduced = JSON.parse(text) as StackPlan;
  const resource_changes = reduced.plan.resource_changes?.map((resource) => {
    const { change } = resource;
    return change.actions.join() === 'no-op' ? { ...resource, change: { ...change, after: change.before } } : resource;
  });
  return { ...reduced, plan: { ...reduced.plan, resource_changes } };
}

/** Without what is not set, however deep; that a carrier is never started is a value. */
function compact(value: Json): Json {
  if (Array.isArray(value)) return value.map(compact);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => key === 'start' || !isUnset(inner))
      .map(([key, inner]) => [key, compact(inner)]),
  );
}

/** Only what is marked. */
function marks(mark: Json): Json {
  return pick(mark, (_, value) => JSON.stringify(value ?? false).includes('true'));
}

function pick(values: Json, keep: (key: string, value: Json) => boolean): Json {
  return Object.fromEntries(Object.entries(values ?? {}).filter(([key, value]) => keep(key, value)));
}
