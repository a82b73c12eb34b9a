import { literal } from './terraform-text';

test('a product’s own ${...} and %{...} reach its file as they were written', () => {
  expect(literal('${sys:log} %{name} $x')).toBe('$${sys:log} %%{name} $x');
});
