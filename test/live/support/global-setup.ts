import { makeCheckout } from './checkout';
import { removeLeftovers } from './engine';

export default async function globalSetup(): Promise<void> {
  await removeLeftovers();
  makeCheckout();
}
