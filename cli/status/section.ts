import { explain, within } from '../../pipeline-code/console/outcome';

/** An answer, or why there is none: half of the platform may be down, and the other half is still worth showing. */
export type Section<T> = { readonly value: T } | { readonly unknown: string };

/** Asks, and gives up after a time: a person is waiting. */
export async function ask<T>(ms: number, work: () => Promise<T>): Promise<Section<T>> {
  try {
    return { value: await within(ms, Promise.resolve().then(work)) };
  } catch (error) {
    return { unknown: explain(error) };
  }
}
