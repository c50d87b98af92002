import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { CheckRun } from './check-run.ts';
import type { SchemaOptions } from './compiling.ts';
import { type Judgement, judgeValue } from './judgement.ts';
import { SchemaCompiler } from './schema-compiler.ts';
import { schemas, values } from './schema-fixture.test.ts';

const OPEN: SchemaOptions = { direction: 'request', refusesUnknown: false };
const CLOSED: SchemaOptions = { direction: 'request', refusesUnknown: true };

function judgementOf(
  schema: unknown,
  value: unknown,
  options = OPEN,
  components: Record<string, unknown> = {},
  openapi = '3.1.0',
  bytes = 1_000,
): Judgement {
  const compiler = new SchemaCompiler({ openapi, components: { schemas: components } }, options);
  return judgeValue(compiler.cell(schema, ''), value, '', bytes);
}

/** The pointer of what is wrong, or `ok`. */
function pointerOf(...given: Parameters<typeof judgementOf>): string {
  const judgement = judgementOf(...given);
  if (judgement === undefined) return 'ok';
  return judgement.kind === 'complex' ? 'complex' : judgement.fault.pointer;
}

/** Undefined where the code Ajv made fails, which it does of some schemas with unevaluated members. */
function ajvSays(validate: (value: unknown) => unknown, value: unknown): boolean | undefined {
  try {
    return validate(value) === true;
  } catch {
    return undefined;
  }
}

test('what it says of any schema and any value is what Ajv says', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false });
  let taken = 0;
  let refused = 0;
  fc.assert(
    fc.property(schemas, fc.array(values, { minLength: 4, maxLength: 4 }), (schema, samples) => {
      const validate = ajv.compile(schema);
      for (const sample of samples) {
        const expected = ajvSays(validate, sample);
        if (expected === undefined) continue;
        assert.equal(judgementOf(schema, sample) === undefined, expected, JSON.stringify([schema, sample]));
        if (expected) taken++;
        else refused++;
      }
      if (typeof schema === 'object') ajv.removeSchema(schema);
    }),
    { numRuns: 600 },
  );
  assert.ok(taken > 200 && refused > 200, `${taken} taken, ${refused} refused`);
});

test('an alternative that names no field leaves every field to unevaluatedProperties', () => {
  const ajv = new Ajv2020({ strict: false, logger: false });
  for (const parts of [
    { anyOf: [true, false] },
    JSON.parse('{"anyOf":[true,false],"if":false,"then":true,"else":true}') as object,
    { anyOf: [{ required: ['a'] }, { required: ['b'] }] },
    { oneOf: [true, false] },
    { allOf: [{ anyOf: [{}, { properties: { b: {} } }] }] },
  ]) {
    const schema = { ...parts, unevaluatedProperties: false };
    assert.equal(ajv.validate(schema, { a: null }), false);
    for (const options of [OPEN, CLOSED]) assert.equal(pointerOf(schema, { a: null }, options), '/a');
  }
});

test('a field that no schema names is refused, and one of a sibling in allOf is not', () => {
  const named = { type: 'object', properties: { name: { type: 'string' } } };
  const aged = { type: 'object', properties: { age: { type: 'integer' } } };
  const both = { allOf: [{ $ref: '#/components/schemas/Named' }, aged], properties: { note: { type: 'string' } } };
  const components = { Named: named };
  assert.equal(pointerOf(both, { name: 'a', age: 1, note: '' }, CLOSED, components), 'ok');
  assert.equal(pointerOf(both, { name: 'a', admin: true }, CLOSED, components), '/admin');
  assert.equal(pointerOf(both, { name: 'a', admin: true }, OPEN, components), 'ok');
  assert.equal(pointerOf(named, { role: 1 }, CLOSED), '/role');
});

test('an unknown field is found however deep it stands: in items, in alternatives, in maps', () => {
  const order = {
    type: 'object',
    properties: {
      items: { type: 'array', items: { type: 'object', properties: { sku: { type: 'string' } } } },
      payment: {
        oneOf: [
          { type: 'object', properties: { card: { type: 'string' } }, required: ['card'] },
          { type: 'object', properties: { iban: { type: 'string' } }, required: ['iban'] },
        ],
      },
      labels: { type: 'object', additionalProperties: { type: 'object', properties: { on: { type: 'boolean' } } } },
    },
  };
  assert.equal(pointerOf(order, { items: [{ sku: 'a' }, { sku: 'b', price: 0 }] }, CLOSED), '/items/1/price');
  assert.equal(pointerOf(order, { payment: { card: '1', iban: '2' } }, CLOSED), '/payment');
  assert.equal(pointerOf(order, { payment: { card: '1', limit: 9 } }, CLOSED), '/payment/limit');
  assert.equal(pointerOf(order, { labels: { any: { on: true, off: true } } }, CLOSED), '/labels/any/off');
  assert.equal(pointerOf(order, { payment: { iban: '2' }, labels: { any: { on: true } } }, CLOSED), 'ok');
});

test('schemas that say what they want of other fields keep their word', () => {
  for (const open of [{ additionalProperties: true }, { additionalProperties: {} }, { unevaluatedProperties: true }])
    assert.equal(pointerOf({ type: 'object', properties: { a: {} }, ...open }, { b: 1 }, CLOSED), 'ok');
  assert.equal(pointerOf({ type: 'object' }, { anything: { goes: 1 } }, CLOSED), 'ok');
  assert.equal(pointerOf({}, { anything: 1 }, CLOSED), 'ok');
  assert.equal(pointerOf({ properties: { a: {} }, additionalProperties: false }, { b: 1 }, OPEN), '/b');
  // An alternative without fields opens a place where nothing else names any, and none where something does.
  const either = [{ type: 'object' }, { type: 'object', properties: { a: {} }, required: ['a'] }];
  assert.equal(pointerOf({ anyOf: either }, { b: 1 }, CLOSED), 'ok');
  assert.equal(
    pointerOf({ properties: { c: {} }, anyOf: [{ required: ['c'] }, { type: 'object' }] }, { b: 1 }, CLOSED),
    '/b',
  );
});

test('alternatives that differ only in their fields are told apart by them', () => {
  const schema = {
    oneOf: [
      { type: 'object', properties: { name: { type: 'string' } } },
      { type: 'object', properties: { login: { type: 'string' } } },
    ],
  };
  assert.equal(pointerOf(schema, { name: 'a' }, CLOSED), 'ok');
  assert.equal(pointerOf(schema, { login: 'a' }, CLOSED), 'ok');
  assert.equal(pointerOf(schema, { name: 'a', login: 'b' }, CLOSED), '');
  // Open, both fit: JSON Schema says so.
  assert.equal(pointerOf(schema, { name: 'a' }, OPEN), '');
});

test('a discriminator chooses the alternative, and so does the base of an inheritance', () => {
  const components = {
    Pet: {
      type: 'object',
      required: ['kind'],
      properties: { kind: { type: 'string' } },
      discriminator: { propertyName: 'kind', mapping: { c: '#/components/schemas/Cat' } },
    },
    Cat: {
      allOf: [{ $ref: '#/components/schemas/Pet' }, { type: 'object', properties: { lives: { type: 'integer' } } }],
    },
    Dog: {
      allOf: [
        { $ref: '#/components/schemas/Pet' },
        { type: 'object', required: ['bark'], properties: { bark: { type: 'boolean' } } },
      ],
    },
  };
  const base = { $ref: '#/components/schemas/Pet' };
  assert.equal(pointerOf(base, { kind: 'c', lives: 9 }, CLOSED, components), 'ok');
  assert.equal(pointerOf(base, { kind: 'Cat', lives: 'nine' }, CLOSED, components), '/lives');
  assert.equal(pointerOf(base, { kind: 'Dog' }, CLOSED, components), '/bark');
  assert.equal(pointerOf(base, { kind: 'Fish', lives: 1 }, CLOSED, components), '/lives');
  const union = {
    oneOf: [{ $ref: '#/components/schemas/A' }, { $ref: '#/components/schemas/B' }],
    discriminator: { propertyName: 't' },
  };
  const ab = {
    A: { type: 'object', properties: { t: { type: 'string' }, a: { type: 'integer' } } },
    B: { type: 'object', properties: { t: { type: 'string' }, b: { type: 'integer' } } },
  };
  assert.equal(pointerOf(union, { t: 'A', a: 1 }, CLOSED, ab), 'ok');
  assert.equal(pointerOf(union, { t: 'A', b: 1 }, CLOSED, ab), '/b');
  assert.equal(pointerOf(union, { t: 'A', a: '1' }, CLOSED, ab), '/a');
  assert.equal(pointerOf(union, { t: 'C' }, CLOSED, ab), '/t');
  assert.equal(pointerOf(union, { a: 1 }, CLOSED, ab), '/t');
});

test('fields for answers must not stand in requests, and those for requests not in answers', () => {
  const schema = {
    type: 'object',
    required: ['id', 'secret'],
    properties: { id: { type: 'integer', readOnly: true }, secret: { type: 'string', writeOnly: true } },
  };
  const answers: SchemaOptions = { direction: 'response', refusesUnknown: true };
  assert.equal(pointerOf(schema, { secret: 's' }, CLOSED), 'ok');
  assert.equal(pointerOf(schema, { id: 1, secret: 's' }, CLOSED), '/id');
  assert.equal(pointerOf(schema, {}, CLOSED), '/secret');
  assert.equal(pointerOf(schema, { id: 1 }, answers), 'ok');
  assert.equal(pointerOf(schema, { id: 1, secret: 's' }, answers), '/secret');
});

test('OpenAPI 3.0 keeps its own words: nullable, boolean bounds, nothing beside a reference', () => {
  const in30 = (schema: unknown, value: unknown, components = {}): string =>
    pointerOf(schema, value, OPEN, components, '3.0.3');
  assert.equal(in30({ type: 'string', nullable: true, enum: ['a'] }, null), 'ok');
  assert.equal(in30({ type: 'string' }, null), '');
  assert.equal(
    in30({ allOf: [{ $ref: '#/components/schemas/A' }], nullable: true }, null, { A: { type: 'object' } }),
    'ok',
  );
  assert.equal(in30({ type: 'number', minimum: 1, exclusiveMinimum: true }, 1), '');
  assert.equal(in30({ type: 'number', minimum: 1, exclusiveMinimum: false }, 1), 'ok');
  assert.equal(in30({ $ref: '#/components/schemas/A', type: 'string' }, 1, { A: { type: 'integer' } }), 'ok');
  assert.equal(pointerOf({ type: 'string', nullable: true }, null), '', 'nullable is no word of 3.1');
});

test('whole numbers that a double does not hold exactly are refused, and so is what is too large for one', () => {
  for (const text of ['9007199254740993', '1e400', '-9007199254740992', '1e16']) {
    assert.equal(pointerOf({ type: 'integer' }, JSON.parse(text)), '', text);
    assert.equal(pointerOf({ type: 'number' }, JSON.parse(text)), '', text);
  }
  assert.equal(pointerOf({ type: 'number', format: 'double' }, 1e16), 'ok');
  assert.equal(pointerOf({ type: 'integer' }, 9007199254740991), 'ok');
  assert.equal(pointerOf({ type: 'integer', format: 'int32' }, 2147483648), '');
});

test('names such as __proto__ are names: refused where they are not documented, and never looked through', () => {
  const closed = { type: 'object', properties: { a: { type: 'integer' } }, required: ['constructor'] };
  assert.equal(pointerOf(closed, JSON.parse('{"a":1}'), CLOSED), '/constructor');
  assert.equal(pointerOf({ properties: { a: {} } }, JSON.parse('{"__proto__":{"a":1}}'), CLOSED), '/__proto__');
  assert.equal(pointerOf({ properties: { a: {} } }, JSON.parse('{"toString":1}'), CLOSED), '/toString');
  const documented = JSON.parse('{"properties":{"__proto__":{"type":"integer"}}}');
  assert.equal(pointerOf(documented, JSON.parse('{"__proto__":"x"}'), CLOSED), '/__proto__');
});

test('a name the caller made up is told only where it is short and plain', () => {
  const closed = { type: 'object', properties: { a: {} } };
  const secret = 'sk_0123456789abcdefghijklmnopqrstuvwxyz';
  assert.equal(pointerOf(closed, { [secret]: 1 }, CLOSED), '/*');
  assert.equal(pointerOf(closed, { 'a b\nc': 1 }, CLOSED), '/*');
  assert.equal(pointerOf({ additionalProperties: { type: 'integer' } }, { [secret]: 'x' }, CLOSED), '/*');
});

test('alternatives that repeat each other at every level end in bounded work, as a refusal', () => {
  const components = {
    T: {
      anyOf: [1, 2, 3, 4].map((n) => ({
        type: 'object',
        properties: { c: { $ref: '#/components/schemas/T' }, n: { const: n } },
      })),
    },
  };
  let value: unknown = {};
  for (let i = 0; i < 40; i++) value = { c: value, n: 0 };
  assert.equal(pointerOf({ $ref: '#/components/schemas/T' }, value, OPEN, components), 'complex');
  // Not even where the answer is turned round.
  assert.equal(pointerOf({ not: { $ref: '#/components/schemas/T' } }, value, OPEN, components), 'complex');
});

test('what is compared or looked at again at every level ends in bounded work too', () => {
  const items = Array.from({ length: 20_000 }, (_, index) => ({ index }));
  let nested: unknown = items;
  for (let i = 0; i < 60; i++) nested = [nested, i];
  const components = { U: { uniqueItems: true, items: { $ref: '#/components/schemas/U' } } };
  assert.equal(pointerOf({ $ref: '#/components/schemas/U' }, nested, OPEN, components), 'complex');
  const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`m${index}`, index]));
  const part = (n: number): unknown => ({ patternProperties: { '^m': { type: 'integer' } }, not: { const: n } });
  const parts = { oneOf: Array.from({ length: 50 }, (_, n) => part(n)) };
  assert.equal(pointerOf(parts, wide, CLOSED), 'complex');
  assert.equal(pointerOf({ type: 'string', pattern: '[a-z]*x[a-z]{200}y' }, 'x'.repeat(100_000), OPEN), 'complex');
});

test('an array without equal elements is told from one with them, by any order of members', () => {
  const unique = { uniqueItems: true };
  const distinct = [
    0,
    '0',
    false,
    null,
    '',
    [],
    {},
    [[]],
    [{}],
    { a: 1 },
    { b: 1 },
    { a: '1' },
    { a: [1, 2] },
    0.5,
    'é',
  ];
  assert.equal(pointerOf(unique, [...distinct, { a: [2, 1] }, [1, 2], [2, 1]]), 'ok');
  for (const [index, value] of distinct.entries())
    assert.equal(pointerOf(unique, [...distinct, value]), `/${distinct.length}`, `element ${index}`);
  assert.equal(
    pointerOf(unique, [
      { a: 1, b: { c: 2, d: 3 } },
      { b: { d: 3, c: 2 }, a: 1 },
    ]),
    '/1',
  );
  assert.equal(pointerOf(unique, [[0], [-0]]), '/1');
});

test('large bodies of plain schemas are not too complex', () => {
  const schema = {
    type: 'array',
    items: { type: 'object', required: ['a'], properties: { a: { type: 'integer' }, b: { type: 'string' } } },
  };
  const value = Array.from({ length: 58_000 }, (_, index) => ({ a: index, b: 'x' }));
  assert.equal(judgementOf(schema, value, CLOSED, {}, '3.1.0', 1_000_000), undefined);
});

test('nesting beyond its bound is a refusal, not a fault', () => {
  let value: unknown = 1;
  for (let i = 0; i < 5_000; i++) value = [value];
  const components = { L: { items: { $ref: '#/components/schemas/L' } } };
  assert.equal(pointerOf({ $ref: '#/components/schemas/L' }, value, OPEN, components), 'complex');
});

test('a schema that is a part of itself at one place is refused when it is compiled', () => {
  const compiler = new SchemaCompiler(
    { components: { schemas: { A: { allOf: [{ $ref: '#/components/schemas/A' }] } } } },
    OPEN,
  );
  compiler.cell({ $ref: '#/components/schemas/A' }, '');
  assert.throws(() => compiler.compileAll(), /part of itself/);
});

test('what a pattern asks for takes linear time, and patterns that cannot are refused', () => {
  const run = new CheckRun(1_000_000);
  const compiler = new SchemaCompiler({}, OPEN);
  const cell = compiler.cell({ pattern: '^(a+)+$' }, '');
  assert.equal(cell.run(`${'a'.repeat(50_000)}b`, run, undefined), false);
  for (const pattern of ['(?=a)b', '(a)\\1', '(?<!x)y', '('])
    assert.throws(() => {
      const other = new SchemaCompiler({}, OPEN);
      other.cell({ pattern }, '/p');
      other.compileAll();
    }, /linear time/);
});
