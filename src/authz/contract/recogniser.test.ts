import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseJsonBody } from '../../http/json-body.ts';
import type { SchemaOptions } from './compiling.ts';
import { isRecognised, judgeValue } from './judgement.ts';
import { SchemaCompiler } from './schema-compiler.ts';
import { schemas, values } from './schema-fixture.test.ts';

const OPEN: SchemaOptions = { direction: 'request', refusesUnknown: false };
const CLOSED: SchemaOptions = { direction: 'request', refusesUnknown: true };

type Components = Readonly<Record<string, unknown>>;

function compilerOf(options: SchemaOptions, components: Components = {}, openapi = '3.1.0'): SchemaCompiler {
  return new SchemaCompiler({ openapi, components: { schemas: components } }, options);
}

function recognises(schema: unknown, text: string | Uint8Array, compiler = compilerOf(CLOSED)): boolean {
  return isRecognised(compiler.recogniser(schema, ''), typeof text === 'string' ? Buffer.from(text) : text);
}

/** What is said of a body that is read into a value first. */
function keeps(schema: unknown, bytes: Uint8Array, compiler: SchemaCompiler): boolean {
  const body = parseJsonBody(bytes);
  return body.kind === 'value' && judgeValue(compiler.cell(schema, ''), body.value, '', bytes.length) === undefined;
}

/** Schemas of which all is understood. */
const plainSchemas = fc.letrec<{ schema: Record<string, unknown> }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.record({ type: fc.constant('string'), maxLength: fc.integer({ min: 0, max: 3 }) }, { requiredKeys: ['type'] }),
    fc.record({ type: fc.constantFrom('integer', 'number'), minimum: fc.integer({ min: -1, max: 2 }) }),
    fc.record({ enum: fc.constant(['a', 'ab', 1, null, true]) }),
    fc.record({
      type: fc.uniqueArray(fc.constantFrom('object', 'array', 'string', 'number', 'null'), { minLength: 1 }),
    }),
    fc.constantFrom({}, { type: 'boolean' }, { type: 'string', format: 'date' }, { type: 'string', pattern: '^a' }),
    fc.record({ type: fc.constant('array'), items: tie('schema'), maxItems: fc.integer({ min: 1, max: 4 }) }),
    fc.record(
      {
        type: fc.constant('object'),
        properties: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'x1', 'é'), tie('schema'), { noNullPrototype: true }),
        required: fc.uniqueArray(fc.constantFrom('a', 'b')),
        additionalProperties: fc.oneof(fc.boolean(), tie('schema')),
        maxProperties: fc.integer({ min: 1, max: 4 }),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record({ allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
  ),
})).schema;

/** A text of a value with space and escapes where they may stand, and then perhaps one octet changed. */
const spelled = fc
  .record({
    value: values,
    spaces: fc.boolean(),
    escapes: fc.boolean(),
    change: fc.option(
      fc.record({
        at: fc.double({ min: 0, max: 0.999, noNaN: true }),
        octet: fc.oneof(fc.constantFrom(...Buffer.from('{}[],:"\\ \n01e.-+tfnua')), fc.integer({ min: 0, max: 255 })),
        how: fc.constantFrom('put', 'take', 'change', 'double'),
      }),
      { freq: 2 },
    ),
  })
  .map(({ value, spaces, escapes, change }) => {
    let text = JSON.stringify(value, undefined, spaces ? ' \t' : undefined);
    if (escapes) text = text.replace(/a/g, '\\u0061');
    const octets = [...Buffer.from(text)];
    if (change !== null) {
      const at = Math.floor(change.at * octets.length);
      if (change.how === 'put') octets.splice(at, 0, change.octet);
      else if (change.how === 'take') octets.splice(at, 1);
      else if (change.how === 'change') octets[at] = change.octet;
      else octets.splice(at, 0, ...octets.slice(at, at + (change.octet % 12)));
    }
    return Buffer.from(octets);
  });

test('what is recognised would have been taken as a value too, whatever the schema and the octets', () => {
  let taken = 0;
  fc.assert(
    fc.property(
      fc.oneof(plainSchemas, schemas),
      fc.array(spelled, { minLength: 8, maxLength: 8 }),
      fc.constantFrom(OPEN, CLOSED),
      fc.constantFrom('3.0.3', '3.1.0'),
      (schema, bodies, options, openapi) => {
        const compiler = compilerOf(options, {}, openapi);
        for (const bytes of bodies) {
          if (!recognises(schema, bytes, compiler)) continue;
          taken++;
          assert.ok(keeps(schema, bytes, compiler), `${JSON.stringify(schema)} ${bytes.toString('latin1')}`);
        }
      },
    ),
    { numRuns: 500 },
  );
  assert.ok(taken > 200, `${taken} recognised`);
});

test('of schemas of which all is understood, everything is recognised that keeps them', () => {
  let taken = 0;
  let refused = 0;
  fc.assert(
    fc.property(plainSchemas, fc.array(values, { minLength: 8, maxLength: 8 }), (schema, samples) => {
      const isMerged = JSON.stringify(schema).includes('allOf');
      const compiler = compilerOf(CLOSED);
      for (const sample of samples) {
        const bytes = Buffer.from(JSON.stringify(sample));
        const expected = keeps(schema, bytes, compiler);
        if (!isMerged) assert.equal(recognises(schema, bytes, compiler), expected, JSON.stringify([schema, sample]));
        if (expected) taken++;
        else refused++;
      }
    }),
    { numRuns: 500 },
  );
  assert.ok(taken > 200 && refused > 200, `${taken} taken, ${refused} refused`);
});

test('numbers are the ones JSON.parse reads, and texts that are no numbers of JSON are not taken', () => {
  const isNumber = (text: string, value: number): boolean =>
    recognises({ type: 'number', format: 'double', const: value }, text);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
        fc.stringMatching(/^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?$/),
      ),
      (text) => assert.ok(isNumber(text, JSON.parse(text)), text),
    ),
  );
  for (const text of [
    '01',
    '-',
    '+1',
    '.5',
    '1.',
    '1e',
    '1e+',
    '0x1',
    '1_0',
    '--1',
    'Infinity',
    'NaN',
    '1 2',
    '-01',
    '',
  ])
    assert.equal(recognises({}, text), false, text);
  assert.ok(recognises({ type: 'integer' }, '9007199254740991'));
  for (const text of ['9007199254740993', '1e400', '1e16', '9007199254740991.5', '-9007199254740992'])
    assert.equal(recognises({ type: 'number' }, text), false, text);
});

const PERSON = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string' }, role: { enum: ['user'] }, 'a"b': {}, more: { type: 'object' } },
};

test('nothing is taken in which readers could differ: doubled members, broken text, other encodings, endless nesting', () => {
  const { 'a"b': _, ...properties } = PERSON.properties;
  const person = { ...PERSON, properties };
  assert.ok(recognises(person, ' {"name" : "n\\u00e9\\n", "role":"user","more":{"x":[1,{}],"é":null}} \n'));
  for (const text of [
    '{"name":"a","name":"a"}',
    '{"name":"a","n\\u0061me":"a"}',
    '{"name":"a","role":"user","role":"user"}',
    '{"name":"a","more":{"x":1,"x":1}}',
    '{"name":"a","more":{"x":1,"\\u0078":1}}',
    '{"name":"a","more":{"x":[{"y":1,"y":1}]}}',
    '{"name":"a","more":{"x\\ud800":1}}',
    '{"name":"a","more":{"x":[{"x\\u0000":1}]}}',
    '{"name":"a"}}',
    '{"name":"a"} {}',
    '{"name":"a",}',
    '{,"name":"a"}',
    '{"name":"a" "role":"user"}',
    '{"name" "a"}',
    "{'name':'a'}",
    '{"name":"a\n"}',
    '{"name":"a\\x"}',
    '{"name":"\\u00e"}',
    '{"name":"a',
    '{"name":"a"',
    '{"name":"a","more":{"x":[1,]}}',
    '{"name":"a","more":{"x":[1 2]}}',
    '{"name":"a","more":{"x":tru}}',
    '{"name":"a"}//',
    '{"name":"a"}\u00a0',
    '\ufeff{"name":"a"}',
    '{"name":"a"}\0',
    '',
    ' ',
  ])
    assert.equal(recognises(person, text), false, text);
  const open = { ...person, additionalProperties: true };
  assert.ok(recognises(open, '{"name":"a","other":1}'));
  for (const text of ['{"name":"a","n\\u0061me":"a"}', '{"name":"a","x":1,"x":2}', '{"name":"a","x":1,"\\u0078":2}'])
    assert.equal(recognises(open, text), false, text);
  for (const bytes of [Buffer.from('{"name":"a"}', 'utf16le'), Buffer.from([0x22, 0xc0, 0xaf, 0x22])])
    assert.equal(recognises({}, bytes), false);
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  assert.ok(recognises({}, nested(64)));
  assert.equal(recognises({}, nested(65)), false);
  assert.equal(recognises({}, '['.repeat(1_000_000)), false);
  const list = { List: { type: 'array', items: { $ref: '#/components/schemas/List' } } };
  const compiler = compilerOf(CLOSED, list);
  assert.ok(recognises({ $ref: '#/components/schemas/List' }, nested(64), compiler));
  assert.equal(recognises({ $ref: '#/components/schemas/List' }, nested(65), compiler), false);
});

test('a name that cannot stand in a string as it is, or is that of another in UTF-8, is never compared by its octets', () => {
  for (const text of ['{"name":"a","a"b":1}', '{"name":"a","role":"user","a"b":1}'])
    assert.equal(recognises(PERSON, text), false);
  const surrogate = { type: 'object', properties: { '\ud800': {} } };
  assert.equal(recognises(surrogate, '{"\ufffd":1}'), false);
  assert.equal(recognises({ enum: ['a"b', '\ud800', 'a\\b'] }, '"\ufffd"'), false);
  assert.equal(recognises({ enum: ['a"b'] }, '"a"b"'), false);
  assert.equal(recognises({ enum: ['a\\nb'] }, '"a\\nb"'), false);
  const prototype = JSON.parse('{"type":"object","properties":{"__proto__":{"type":"integer"},"":{}}}') as unknown;
  assert.ok(recognises(prototype, '{"__proto__":1,"":2}'));
  assert.equal(recognises(prototype, '{"__proto__":"x"}'), false);
  assert.equal(recognises(prototype, '{"constructor":1}'), false);
});

test('of more members than bits in a number each is required, and none taken twice', () => {
  const names = Array.from({ length: 80 }, (_, index) => `m${index}`);
  const schema = {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, { type: 'integer' }])),
    required: names,
  };
  const text = (given: readonly string[]): string => `{${given.map((name) => `"${name}":1`).join(',')}}`;
  assert.ok(recognises(schema, text(names)));
  assert.ok(recognises(schema, text(names.toReversed())));
  for (const name of ['m0', 'm30', 'm31', 'm32', 'm63', 'm79']) {
    assert.equal(recognises(schema, text(names.filter((one) => one !== name))), false, name);
    assert.equal(recognises(schema, text([...names, name])), false, name);
  }
});

test('a schema that asks for more than is understood has the value made at its place alone, or for the whole', () => {
  const either = { oneOf: [{ type: 'integer' }, { type: 'string', maxLength: 1 }] };
  const schema = { type: 'object', properties: { a: either, list: { type: 'array', uniqueItems: true } } };
  assert.ok(recognises(schema, '{"a":1,"list":[1,2]}'));
  assert.equal(recognises(schema, '{"a":"ab","list":[1,2]}'), false);
  assert.equal(recognises(schema, '{"a":1,"list":[1,1]}'), false);
  assert.equal(recognises(schema, '{"a":{"x":1,"x":2}}'), false);
  assert.equal(recognises(either, '1'), false, 'left to the check of the whole value');
});

test('fields of the other direction, bases with a discriminator and closed places are as the checks have them', () => {
  const components = {
    Pet: {
      type: 'object',
      required: ['kind'],
      properties: { kind: { type: 'string' }, id: { type: 'integer', readOnly: true } },
      discriminator: { propertyName: 'kind' },
    },
    Cat: {
      allOf: [
        { $ref: '#/components/schemas/Pet' },
        { type: 'object', required: ['lives'], properties: { lives: { type: 'integer' } } },
      ],
    },
  };
  for (const openapi of ['3.0.3', '3.1.0']) {
    const compiler = compilerOf(CLOSED, components, openapi);
    const cat = { $ref: '#/components/schemas/Cat' };
    assert.ok(recognises(cat, '{"kind":"Cat","lives":9}', compiler));
    assert.equal(recognises(cat, '{"kind":"Cat","lives":9,"id":1}', compiler), false);
    assert.equal(recognises(cat, '{"kind":"Cat","lives":9,"claws":1}', compiler), false);
    assert.equal(recognises({ $ref: '#/components/schemas/Pet' }, '{"kind":"Cat"}', compiler), false);
  }
});

test('what several schemas say of one value is asked for together, or left to the checks', () => {
  const part = (properties: object, more: object = {}): object => ({ type: 'object', properties, ...more });
  const text = { type: 'string' };
  const both = { allOf: [part({ a: text }), part({ b: text }, { required: ['b'] })], properties: { c: text } };
  assert.ok(recognises(both, '{"a":"1","b":"2","c":"3"}'));
  for (const body of ['{"a":"1"}', '{"b":2}', '{"b":"2","d":"4"}', '{"b":"2","b":"2"}'])
    assert.equal(recognises(both, body), false, body);
  const shut = { allOf: [part({ a: text }, { additionalProperties: false }), part({ b: text })] };
  assert.equal(recognises(shut, '{"a":"1","b":"2"}'), false);
  const twice = { allOf: [part({ a: { type: 'string', maxLength: 1 } }), part({ a: text })] };
  for (const parts of [twice, { allOf: twice.allOf.toReversed() }])
    assert.equal(recognises(parts, '{"a":"12"}'), false);
  for (const lists of [
    [{ enum: [1, 2] }, { enum: [2, 3] }],
    [{ enum: [2, 3] }, { const: 2 }],
  ])
    for (const allOf of [lists, lists.toReversed()]) assert.equal(recognises({ allOf }, '3'), false);
  assert.equal(recognises({ allOf: [{ minLength: 3 }, { maxLength: 4 }] }, '"ab"'), false);
  assert.equal(recognises({ allOf: [{ type: 'array', items: text }, { items: { maxLength: 1 } }] }, '["12"]'), false);
});

test('work that is more than reading ends where it ends for values', () => {
  const many = { type: 'array', items: { type: 'string', pattern: '[a-z]*x[a-z]{200}y' } };
  assert.equal(recognises(many, JSON.stringify(['x'.repeat(100_000)])), false);
  // Sooner, for the value may have to be judged after all: what may be done together is hardly more than what values may cost.
  const costly = { type: 'array', items: { oneOf: Array.from({ length: 40 }, (_, n) => ({ const: n })) } };
  const body = (length: number): string => JSON.stringify(Array.from({ length }, () => 39));
  assert.ok(recognises(costly, body(60)));
  assert.equal(recognises(costly, body(200)), false);
  assert.ok(keeps(costly, Buffer.from(body(200)), compilerOf(CLOSED)));
});
