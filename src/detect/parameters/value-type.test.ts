import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nameOf, numberOf } from '../model.ts';
import { parameterPath } from './parameter-path.ts';
import { UNFORGIVABLE } from './unforgivable.ts';
import { isOfType, NARROW_TYPES, VALUE_TYPES, type ValueType } from './value-type.ts';

const narrowest = (text: string): ValueType | undefined => VALUE_TYPES.find((type) => isOfType(type, text));

test('a text is of the narrowest type it fits', () => {
  const cases: Readonly<Record<string, ValueType>> = {
    true: 'boolean',
    '-17': 'integer',
    '3.50': 'decimal',
    '123e4567-e89b-12d3-a456-426614174000': 'uuid',
    '2027-01-31': 'date',
    '2027-01-31T10:00:00.5+01:00': 'date',
    deadbeef: 'hex',
    'conan@example.com': 'email',
    'order_17.b-2': 'identifier',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln': 'identifier',
    'aGVsbG8gd29ybGQhIQ==': 'base64',
    'https://example.com/a b': 'url',
    '{"a":1}': 'json',
    'a plain note': 'text',
  };
  for (const [text, type] of Object.entries(cases)) assert.equal(narrowest(text), type, text);
});

test('no narrow type has room for what attacks are written in', () => {
  const signs = [' ', "'", '"', '<', '>', '(', ')', ';', '|', '&', '$', '{', '`', '\\', '%', '\n'];
  fc.assert(
    fc.property(fc.string(), fc.constantFrom(...signs), fc.string(), (head, sign, tail) => {
      const text = `x${head}${sign}${tail}`;
      for (const type of NARROW_TYPES) assert.equal(isOfType(type, text), false, `${type}: ${text}`);
    }),
  );
  for (const text of ['__proto__', '..', 'a..b']) assert.equal(isOfType('identifier', text), false, text);
});

test('keys that are values are one parameter, and names stay what they are', () => {
  assert.equal(parameterPath('body.items[].note'), 'body.items[].note');
  assert.equal(parameterPath('body.users.42.name'), 'body.users.{key}.name');
  assert.equal(parameterPath('body.users.anna@example%2Ecom.name'), 'body.users.{key}.name');
  assert.equal(parameterPath('body.123e4567-e89b-12d3-a456-426614174000[].a'), 'body.{key}[].a');
  assert.equal(parameterPath('query.line1'), 'query.line1');
});

test('every feature of the list that nothing forgives is found again by its name', () => {
  assert.ok(UNFORGIVABLE.length > 0);
  for (const feature of UNFORGIVABLE) assert.equal(numberOf(nameOf(feature)), feature);
  for (const name of ['sql S+', 'sql ^S+', 'word union', 'text ../', 'decoder percent'])
    if (numberOf(name) >= 0) assert.equal(nameOf(numberOf(name)), name);
  assert.equal(numberOf('sql.no-such-structure'), -1);
});
