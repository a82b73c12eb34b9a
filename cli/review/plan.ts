/* Attributes have hundreds of shapes, each its provider's own; the readers look at what they name. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;

/** The part of `terraform show -json PLAN` that is read here. @see https://developer.hashicorp.com/terraform/internals/json-format */
export interface Plan {
  readonly resource_changes?: readonly ResourceChange[];
  readonly configuration?: { readonly root_module?: { readonly resources?: readonly DeclaredResource[] } };
  readonly prior_state?: {
    readonly values?: { readonly root_module?: { readonly resources?: readonly StateResource[] } };
  };
}

export type Action = 'no-op' | 'create' | 'read' | 'update' | 'delete';

export interface ResourceChange {
  readonly address: string;
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly name: string;
  readonly action_reason?: string;
  readonly change: {
    readonly actions: readonly Action[];
    readonly before: Json;
    readonly after: Json;
    readonly after_unknown?: Json;
    readonly before_sensitive?: Json;
    readonly after_sensitive?: Json;
  };
}

export interface DeclaredResource {
  readonly address: string;
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly name: string;
  readonly expressions?: Json;
}

interface StateResource {
  readonly address: string;
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly name: string;
  readonly values?: Json;
}

/** A resource with what is declared for it; values that follow from other resources are their text, `${...}`. */
export interface Resource {
  readonly type: string;
  readonly name: string;
  readonly does: 'nothing' | 'create' | 'update' | 'replace' | 'delete';
  readonly why: string | undefined;
  /** Undefined where there was none. */
  readonly before: Json;
  /** Undefined where there will be none. */
  readonly after: Json;
  /** As it is written, `${...}` and all. */
  readonly declared: Json;
  readonly beforeSensitive: Json;
  readonly afterSensitive: Json;
}

/** The managed resources of a plan. */
export function resources(plan: Plan): Resource[] {
  const declared = new Map(
    (plan.configuration?.root_module?.resources ?? []).map((r) => [r.address, declaredValues(r.expressions)]),
  );
  return (plan.resource_changes ?? [])
    .filter(({ mode }) => mode === 'managed')
    .map(({ address, type, name, action_reason: why, change }) => {
      const text = declared.get(address) ?? {};
      return {
        type,
        name,
        does: doing(change.actions),
        why,
        before: change.before ?? undefined,
        after: change.actions.join() === 'delete' ? undefined : planned(change.after, change.after_unknown, text),
        declared: text,
        beforeSensitive: change.before_sensitive ?? {},
        afterSensitive: change.after_sensitive ?? {},
      };
    });
}

/** Names of images by the engine's id, as far as the plan knows them, and what data sources are declared to look up. */
export function lookups(plan: Plan): { readonly declared: ReadonlyMap<string, Json>; readonly read: readonly Json[] } {
  const all = plan.configuration?.root_module?.resources ?? [];
  return {
    declared: new Map(all.filter(({ mode }) => mode === 'data').map((r) => [r.address, declaredValues(r.expressions)])),
    read: (plan.prior_state?.values?.root_module?.resources ?? [])
      .filter(({ mode }) => mode === 'data')
      .map(({ values }) => values),
  };
}

function doing(actions: readonly Action[]): Resource['does'] {
  if (actions.includes('delete')) return actions.includes('create') ? 'replace' : 'delete';
  if (actions.includes('create')) return 'create';
  return actions.includes('update') ? 'update' : 'nothing';
}

/** What is known of a value when it is planned; its text in the configuration where a part of it is not. */
function planned(after: Json, unknown: Json, declared: Json): Json {
  const known = Object.entries(after ?? {}).filter(([key]) => !somewhere(unknown?.[key]));
  return { ...declared, ...Object.fromEntries(known) };
}

/** What the provider says for "not set", in its several ways: null, "", 0, false, or nothing inside. */
export function isUnset(value: Json): boolean {
  return !value || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** Whether a mark (unknown, sensitive) is set on a value or anywhere inside it. */
export function somewhere(mark: Json): boolean {
  if (typeof mark === 'object' && mark !== null) return Object.values(mark).some(somewhere);
  return mark === true;
}

/** The expressions of a resource as values. Terraform keeps the text of a JSON configuration beside its references. */
function declaredValues(expressions: Json): Json {
  if (Array.isArray(expressions)) return expressions.map(declaredValues);
  if (typeof expressions !== 'object' || expressions === null) return expressions;
  if ('constant_value' in expressions) return verbatim(expressions.constant_value);
  if ('references' in expressions) return `\${${expressions.references?.[0] ?? '...'}}`;
  return Object.fromEntries(Object.entries(expressions).map(([key, value]) => [key, declaredValues(value)]));
}

/** Terraform's escapes taken back. */
function verbatim(value: Json): Json {
  if (typeof value === 'string')
    return refersTo(value) ? value : value.replaceAll('$${', () => '${').replaceAll('%%{', () => '%{');
  if (Array.isArray(value)) return value.map(verbatim);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, verbatim(inner)]));
}

/** Whether a declared text is calculated by Terraform: from another resource, a file, a function. */
export function refersTo(text: string): boolean {
  return /(?<!\$)\$\{/.test(text);
}

/** The stack as it is synthesised, read as the plan that creates everything in it. */
export function planOfCreation(synthesised: Json): Plan {
  const all = (part: Json, mode: 'managed' | 'data') =>
    Object.entries<Json>(part ?? {}).flatMap(([type, named]) =>
      Object.entries<Json>(named).map(([name, values]) => ({
        address: `${mode === 'data' ? 'data.' : ''}${type}.${name}`,
        mode,
        type,
        name,
        expressions: { ...values, lifecycle: undefined, depends_on: undefined, provisioner: undefined },
      })),
    );
  const managed = all(synthesised.resource, 'managed');
  const constants = (values: Json) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { constant_value: value }]));
  return {
    resource_changes: managed.map(({ expressions: _, ...resource }) => ({
      ...resource,
      change: { actions: ['create'], before: null, after: {} },
    })),
    configuration: {
      root_module: {
        resources: [...managed, ...all(synthesised.data, 'data')].map((r) => ({
          ...r,
          expressions: constants(r.expressions),
        })),
      },
    },
  };
}
