import { renderText, text } from './workload';

const self = { self: 'host' } as const;

test('facts about the replica stand where they were written', () => {
  expect(renderText(text`INTERNAL://${self}:${29092},x`, () => 'kafka')).toBe('INTERNAL://kafka:29092,x');
  expect(renderText(text`${self}`, () => 'kafka')).toBe('kafka');
  expect(renderText('plain', () => 'kafka')).toBe('plain');
});
