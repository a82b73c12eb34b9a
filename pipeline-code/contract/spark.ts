import { fieldList, keyField } from './record';

/** A record for which `when` holds must not be stored; `reason` says why in the dead-letter topic. */
export interface SparkRule {
  readonly when: string;
  readonly reason: string;
}

/**
 * The columns of the table out of the struct that `from_avro` returns, as Spark SQL expressions.
 *
 * @param record name of the struct column
 */
export function sparkColumns(record: string): string[] {
  return fieldList.map(({ name, kind }) => `cast(${record}.${name} as ${kind.spark}) as ${name}`);
}

/**
 * True for bytes that could not be decoded. `from_avro` in PERMISSIVE mode returns a struct of nulls, never a null
 * struct, unless the value itself is null; a field that the schema demands tells them apart.
 */
export function sparkDecodeFailed(record: string): string {
  return `${record} is null or ${record}.${keyField} is null`;
}

/** The rules of the record's values: bytes of another shape can decode by chance. */
export function sparkRules(record: string): SparkRule[] {
  return fieldList.flatMap(({ name, kind }): SparkRule[] => {
    const column = `${record}.${name}`;
    if (kind.pattern) {
      return [
        { when: `not (${column} rlike '${kind.pattern}')`, reason: `rule: ${name} does not match ${kind.pattern}` },
      ];
    }
    if (kind.range) {
      const [low, high] = kind.range;
      const reason = `rule: ${name} is not from ${plain(low)} to ${plain(high)}`;
      return [{ when: `${column} < ${low} or ${column} >= ${high}`, reason }];
    }
    return [];
  });
}

/** {@link sparkDecodeFailed} and {@link sparkRules} as the arms of a `case`: `when ... then '...' when ...`. */
export function sparkReasonArms(record: string): string {
  return [{ when: sparkDecodeFailed(record), reason: 'avro decode failed' }, ...sparkRules(record)]
    .map(({ when, reason }) => `when ${when} then '${reason}'`)
    .join(' ');
}

function plain(literal: string): string {
  return literal.replace(/^[a-z]*'(.*)'$/, '$1');
}
