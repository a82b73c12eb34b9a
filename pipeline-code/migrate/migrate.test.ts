import { avroSchema, avroSchemaText, usersColumns, usersCompatibility, usersSubject } from '../contract';
import { migrations } from './migrations';
import { IncompatibleSchemaError, unreadableFields } from './subject';
import { refuseOtherTypes } from './tables';

describe('the migrations', () => {
  it('give every column the type of the contract, which is never changed afterwards (DEFECTS 8)', () => {
    const columns: Record<string, string> = {};
    for (const { cql } of migrations) {
      const created = /^CREATE TABLE IF NOT EXISTS [\w.]+ \(([^]*)\)$/.exec(cql)?.[1] ?? '';
      for (const part of created.split(',')) {
        const [, name, type] = /^\s*(\w+) (\w+)\s*$/.exec(part) ?? [];
        if (name && type) {
          columns[name] = type;
        }
      }
    }
    expect(Object.keys(columns)).not.toEqual([]);
    expect(usersColumns).toMatchObject(columns);
  });

  it('have rising numbers, so that each is applied once', () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1));
  });
});

describe('an incompatible schema', () => {
  const without = (name: string) => ({
    ...avroSchema,
    fields: avroSchema.fields.filter((field) => field.name !== name),
  });
  const withType = (name: string, type: unknown) => ({
    ...avroSchema,
    fields: avroSchema.fields.map((field) => (field.name === name ? { ...field, type } : field)),
  });

  it('is explained by the field: new without a default', () => {
    expect(unreadableFields(without('email'), avroSchema)).toEqual(["field 'email' is new and has no default"]);
  });

  it('is explained by the field: another type', () => {
    expect(unreadableFields(withType('sequence', 'string'), avroSchema)).toEqual([
      `field 'sequence' was "string" and is "int" now`,
    ]);
  });

  it.each([
    ['a new field with a default', without('phone'), avroSchema],
    ['a field that is gone', avroSchema, without('email')],
    ['a wider number', avroSchema, withType('sequence', 'long')],
    ['no change', avroSchema, avroSchema],
  ])('is not %s', (_name, before, after) => {
    expect(unreadableFields(before, after)).toEqual([]);
  });

  it('is shown beside the registered one (DEFECTS 10)', () => {
    const subject = { name: usersSubject, compatibility: usersCompatibility, schema: avroSchemaText };
    const { message } = new IncompatibleSchemaError(subject, 3, JSON.stringify(without('email')));
    expect(message).toMatch(
      /^the schema of 'users_created-value' is not BACKWARD compatible with its version 3:\n {2}field 'email'/,
    );
    expect(message).toContain('version 3 that this program has not (-)');
    expect(message).toMatch(/\n {2}id: \{[^]*\n\+ email: "string"$/);
  });
});

describe('a table with a column of another type', () => {
  it('is refused with the column, before anything is written to it', () => {
    const found = new Map([...Object.entries(usersColumns), ['sequence', 'text'] as const]);
    expect(() => refuseOtherTypes(found)).toThrow(/column 'sequence' was text and is int now\nkeep the type/);
  });

  it('is none where columns are only missing, or more than the contract has', () => {
    expect(() => refuseOtherTypes(new Map([['id', 'uuid']]))).not.toThrow();
    expect(() => refuseOtherTypes(new Map([...Object.entries(usersColumns), ['old', 'text'] as const]))).not.toThrow();
  });
});
