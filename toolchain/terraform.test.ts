import { isUsable, parseVersion } from './terraform';

test('tells Terraform from OpenTofu, because they ask different registries', () => {
  expect(parseVersion('/t', 'Terraform v1.11.4\non linux_amd64\n')).toEqual({
    path: '/t',
    product: 'terraform',
    version: '1.11.4',
  });
  expect(parseVersion('/t', 'OpenTofu v1.12.6\non linux_amd64\n')?.product).toBe('tofu');
});

test('does not take another program for one of them', () => {
  expect(parseVersion('/t', 'terraform-docs version v0.19.0\n')).toBeUndefined();
});

test('refuses versions that cannot run the stacks', () => {
  expect(isUsable({ path: '', product: 'terraform', version: '1.4.9' })).toBe(false);
  expect(isUsable({ path: '', product: 'terraform', version: '1.11.4' })).toBe(true);
  expect(isUsable({ path: '', product: 'tofu', version: '1.7.9' })).toBe(false);
  expect(isUsable({ path: '', product: 'tofu', version: '1.12.6' })).toBe(true);
});
