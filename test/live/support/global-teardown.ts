import { keep } from './checkout';
import { removeLeftovers } from './engine';

/** Also after a failure: nothing of the test may stay on the user's engine. */
export default async function globalTeardown(): Promise<void> {
  if (!keep) await removeLeftovers();
}
