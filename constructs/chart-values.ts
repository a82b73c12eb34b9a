import { load } from 'js-yaml';
import type { z } from 'zod';
import { errors } from './errors';

/** A file with the values of a chart, by its path in the repository. */
export interface ValuesFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Compares the values of a chart with what the interface in front of it promises to everybody else.
 *
 * @throws naming the file, each value that breaks a promise, and the one that keeps it
 */
export function checkValues({ path, text }: ValuesFile, promised: z.ZodType): void {
  let values: unknown;
  try {
    values = load(text);
  } catch (error) {
    throw errors.chartValues(path, [`it is no YAML: ${(error as Error).message.split('\n')[0]}`]);
  }
  const result = promised.safeParse(values);
  if (result.success) return;
  throw errors.chartValues(
    path,
    result.error.issues.map((issue) => {
      const found = issue.path.reduce<unknown>(
        (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
        values,
      );
      const wanted = issue.code === 'invalid_value' ? JSON.stringify(issue.values[0]) : issue.message;
      return `"${issue.path.join('.')}" is ${JSON.stringify(found) ?? 'not set'} and must be ${wanted}`;
    }),
  );
}
