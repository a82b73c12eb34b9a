import { assignSubnets } from './subnets';

const names = Array.from({ length: 20 }, (_, i) => `network-${i}`);

test('networks of a deployment never overlap and stay in their range', () => {
  const subnets = [...assignSubnets('10.213.8.0/21', names).values()];
  expect(new Set(subnets).size).toBe(names.length);
  for (const subnet of subnets) {
    expect(subnet).toMatch(/^10\.213\.(8|9|1[0-5])\.(0|32|64|96|128|160|192|224)\/27$/);
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
