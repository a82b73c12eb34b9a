import { reasonAgainst } from '../kubernetes/support';
import { keep, makeCheckout } from './checkout';
import { removeLeftovers } from './engine';

export default async function globalSetup(): Promise<void> {
  // Tests that need a cluster are declared before anything can be asked.
  const reason = await reasonAgainst();
  if (reason !== undefined) process.env['STREAMING_NO_CLUSTER'] = reason;
  if (!keep) await removeLeftovers();
  makeCheckout();
}
