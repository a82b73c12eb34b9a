import { unreadableFields } from '../../pipeline-code/migrate/subject';
import type { ContractChange } from './review';

interface RecordSchema {
  readonly fields: readonly { readonly name: string; readonly type: unknown; readonly default?: unknown }[];
}

/** What a new schema of the users means for the records that are there. The check is the one that `migrate` makes. */
export function compareContract(registeredText: string, wantedText: string): ContractChange {
  const [registered, wanted] = [registeredText, wantedText].map((text) => JSON.parse(text) as RecordSchema) as [
    RecordSchema,
    RecordSchema,
  ];
  const old = new Map(registered.fields.map((field) => [field.name, JSON.stringify(field.type)]));
  const now = new Map(wanted.fields.map((field) => [field.name, JSON.stringify(field.type)]));
  const changes = [
    ...[...now].filter(([name]) => !old.has(name)).map(([name, type]) => `field ${name} is new: ${type}`),
    ...[...old].filter(([name]) => !now.has(name)).map(([name]) => `field ${name} is taken away`),
    ...[...now]
      .filter(([name, type]) => old.has(name) && old.get(name) !== type)
      .map(([name, type]) => `field ${name} was ${old.get(name)} and is ${type} now`),
  ];
  return { changes: changes.map((one) => `contract: ${one}`), refused: unreadableFields(registered, wanted) };
}
