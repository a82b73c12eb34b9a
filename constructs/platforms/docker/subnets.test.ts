import { assignSubnets } from './subnets';

const names = Array.from({ length: 20 }, (_, i) => `network-${i}`);

test('networks of a deployment never overlap and stay in their range', () => {
  const subnets = [...assignSubnets('10.213.8.0/21', names).values()];
  expect(new Set(subnets.map((s) => s.subnet)).size).toBe(names.length);
  for (const { subnet } of subnets) {
    expect(subnet).toMatch(/^10\.213\.(8|9|1[0-5])\.(0|32|64|96|128|160|192|224)\/27$/);
  }
});

test('the gateway is stated, or a restart of the engine would have the next deployment replace every network', () => {
  for (const { subnet, gateway } of assignSubnets('10.213.8.0/21', names).values()) {
    const [network, last] = [subnet.replace(/\.\d+\/27$/, ''), Number(/(\d+)\/27$/.exec(subnet)![1])];
    expect(gateway).toBe(`${network}.${last + 1}`);
  }
});

test('the place of a network does not depend on the order of declaration', () => {
  expect(assignSubnets('10.213.0.0/21', [...names].reverse())).toEqual(assignSubnets('10.213.0.0/21', names));
});

test('a range that is too small is refused with both numbers', () => {
  expect(() => assignSubnets('10.213.0.0/26', ['a', 'b', 'c'])).toThrow(
    /needs 3 networks.*10\.213\.0\.0\/26 has room for 2.*subnetRange/,
  );
});
