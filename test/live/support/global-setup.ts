import { keep, makeCheckout } from './checkout';
import { removeLeftovers } from './engine';

export default async function globalSetup(): Promise<void> {
  if (!keep) await removeLeftovers();
  makeCheckout();
}
