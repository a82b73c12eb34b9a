import { createHash } from 'node:crypto';
import { errors } from '../../errors';

/** Addresses per network: 2^(32 - 27) less network, broadcast and gateway leaves room for 29 containers. */
const NETWORK_BITS = 27;

export interface Subnet {
  /** CIDR */
  readonly subnet: string;
  /**
   * First address. Left to itself the engine takes the same one, but tells it only after its next restart: every network,
   * and with it every container, would be replaced then.
   */
  readonly gateway: string;
}

/**
 * Gives each network its own small subnet of the range. The engine's default pools hold about 30 networks in all, and
 * the user has other projects.
 *
 * The place of a network comes from its name, not from its position in a list: adding a network must not move the
 * others, because a moved subnet replaces the network and restarts its members.
 *
 * @param range CIDR, for example `10.213.0.0/21`
 * @returns network by name
 */
export function assignSubnets(range: string, networks: readonly string[]): Map<string, Subnet> {
  const [address, bits] = range.split('/') as [string, string];
  const base = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const slots = 2 ** (NETWORK_BITS - Number(bits));
  if (networks.length > slots) throw errors.meshTooLarge(range, networks.length, slots);
  const taken = new Set<number>();
  const result = new Map<string, Subnet>();
  for (const name of [...networks].sort()) {
    let slot = createHash('sha256').update(name).digest().readUInt32BE(0) % slots;
    while (taken.has(slot)) slot = (slot + 1) % slots;
    taken.add(slot);
    const first = base + slot * 2 ** (32 - NETWORK_BITS);
    result.set(name, { subnet: `${dotted(first)}/${NETWORK_BITS}`, gateway: dotted(first + 1) });
  }
  return result;
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
