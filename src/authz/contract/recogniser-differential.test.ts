import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { parseJsonBody } from '../../http/json-body.ts';
import { CheckRun } from './check-run.ts';
import type { SchemaOptions } from './compiling.ts';
import { END, JsonOctets } from './json-octets.ts';
import { isRecognised, judgeValue } from './judgement.ts';
import { OctetTable } from './octet-table.ts';
import { SchemaCompiler } from './schema-compiler.ts';
import { schemas } from './schema-fixture.test.ts';

const OPEN: SchemaOptions = { direction: 'request', refusesUnknown: false };

const NAMES = ['a', 'b', 'c', 'x1', 'é', '😀', '__proto__', 'constructor', '\u0000', ''] as const;
const TEXTS = [
  '',
  'a',
  'ab',
  'abc',
  'é',
  '😀',
  '😀b',
  '2026-11-28',
  '2026-02-30',
  '\u0000',
  '\ufeff',
  'a'.repeat(9),
] as const;

/** Schemas that are recognised whole or in parts, over names and texts that are not plain ones. */
const ownSchemas = fc.letrec<{ schema: Record<string, unknown> }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.record(
      {
        type: fc.constant('string'),
        minLength: fc.integer({ min: 0, max: 2 }),
        maxLength: fc.integer({ min: 0, max: 9 }),
        pattern: fc.constantFrom('^a', '^[a-c]{0,3}$', 'b$'),
        enum: fc.uniqueArray(fc.constantFrom(...TEXTS), { minLength: 1, maxLength: 4 }),
      },
      { requiredKeys: [] },
    ),
    fc.record(
      {
        type: fc.constantFrom('integer', 'number', ['number', 'null']),
        minimum: fc.constantFrom(-1, 0, 0.5),
        exclusiveMaximum: fc.constantFrom(1, 10, 1e15),
        multipleOf: fc.constantFrom(1, 0.5),
      },
      { requiredKeys: [] },
    ),
    fc.constantFrom({}, { type: 'boolean' }, { type: ['string', 'null'] }, { const: 1 }, { enum: ['é', 0, null] }),
    fc.record({ type: fc.constant('array'), items: tie('schema'), minItems: fc.integer({ min: 0, max: 2 }) }),
    fc.record(
      {
        type: fc.constant('object'),
        properties: fc
          .uniqueArray(fc.tuple(fc.constantFrom(...NAMES), tie('schema')), { selector: ([name]) => name, maxLength: 5 })
          .map((entries) => Object.fromEntries(entries)),
        required: fc.uniqueArray(fc.constantFrom('a', 'é', '__proto__'), { maxLength: 2 }),
        additionalProperties: fc.oneof(fc.boolean(), tie('schema')),
        maxProperties: fc.integer({ min: 0, max: 3 }),
      },
      { requiredKeys: [] },
    ),
    fc.record({ allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
    fc.record({ not: tie('schema') }),
    fc.record({ oneOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }), type: fc.constant('object') }),
  ),
})).schema;

const space = fc.constantFrom('', '', '', '', ' ', '\n', '\t\r', '\u00a0', '\f', '\ufeff', '/**/', ',');

/** A text as it may stand between quotes: characters themselves, or escaped in one of the ways there are. */
function spelledText(text: string, ways: readonly number[]): string {
  const written = [...text].map((character, at) => {
    const way = ways[at % ways.length] ?? 0;
    const units = Array.from({ length: character.length }, (_, unit) => character.charCodeAt(unit));
    if (way === 1 || character < ' ') return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
    if (way === 2) return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0').toUpperCase()}`).join('');
    if (way === 3 && character === 'a') return '\\a';
    if (way === 4) return `\\u${(units[0] ?? 0).toString(16).padStart(4, '0')}`;
    return character;
  });
  return `"${written.join('')}"`;
}

const text = fc
  .tuple(fc.constantFrom(...TEXTS), fc.array(fc.constantFrom(0, 0, 0, 0, 1, 2, 3, 4), { minLength: 1, maxLength: 4 }))
  .map(([one, ways]) => spelledText(one, ways));
const name = fc
  .tuple(fc.constantFrom(...NAMES), fc.array(fc.constantFrom(0, 0, 0, 0, 0, 1, 2, 4), { minLength: 1, maxLength: 3 }))
  .map(([one, ways]) => spelledText(one, ways));
const number = fc.constantFrom(
  ...[
    '0',
    '-0',
    '1',
    '1.0',
    '1e0',
    '10E-1',
    '0.5',
    '5e-1',
    '-1',
    '2',
    '01',
    '1.',
    '.5',
    '+1',
    '1e400',
    '1e-400',
    '0x1',
  ],
  ...[
    '9007199254740993',
    '9007199254740991',
    '0.1',
    '1.0000000000000001',
    '0.99999999999999999',
    '-0.0',
    '1e',
    '3',
    '9',
  ],
);

/** Texts that are JSON, or nearly. */
const texts = fc.letrec<{ value: string }>((tie) => ({
  value: fc
    .tuple(
      space,
      fc.oneof(
        { maxDepth: 3, depthSize: 'small' },
        text,
        number,
        fc.constantFrom('true', 'false', 'null', 'tru', 'True', 'NaN', ''),
        fc.array(tie('value'), { maxLength: 3 }).map((elements) => `[${elements.join(',')}]`),
        fc
          .array(fc.tuple(name, tie('value')), { maxLength: 4 })
          .map((members) => `{${members.map(([one, value]) => `${one}:${value}`).join(',')}}`),
      ),
      space,
    )
    .map((parts) => parts.join('')),
})).value;

const bodies = fc.array(texts, { minLength: 8, maxLength: 8 });
const RUNS = 250;
const ajv = new Ajv2020({ strict: false, logger: false, ownProperties: true, formats: { date: true } });

test('what is recognised is JSON that every reader reads alike, and another checker of schemas takes it too', () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.oneof(ownSchemas, ownSchemas, schemas), bodies, (schema, candidates) => {
      const compiler = new SchemaCompiler({ openapi: '3.1.0' }, OPEN);
      const recogniser = compiler.recogniser(schema, '');
      for (const candidate of candidates) {
        const bytes = Buffer.from(candidate);
        if (!isRecognised(recogniser, bytes)) continue;
        taken++;
        const body = parseJsonBody(bytes);
        assert.equal(body.kind, 'value', candidate);
        if (body.kind !== 'value') return;
        assert.deepEqual(body.value, JSON.parse(candidate), candidate);
        assert.equal(judgeValue(compiler.cell(schema, ''), body.value, '', bytes.length), undefined, candidate);
        assert.ok(ajv.validate(schema, body.value), `${JSON.stringify(schema)} ${candidate}`);
      }
      ajv.removeSchema();
    }),
    { numRuns: RUNS },
  );
  assert.ok(taken > RUNS / 20, `${taken} recognised`);
});

/** Schemas by which a value passes where what is within them fails, and so where that only came to its end. */
const excluding = fc
  .tuple(fc.constantFrom<unknown>({ pattern: '(a|b|é)+' }, { items: { pattern: 'b' } }, { required: ['a'] }), schemas)
  .chain(([plain, inner]) => fc.constantFrom(plain, inner, { allOf: [plain, inner] }, { anyOf: [inner, plain] }))
  .chain((inner) =>
    fc.constantFrom<unknown>({ not: inner }, { if: inner, else: false }, { not: { not: inner } }, inner),
  )
  .map((inner) => ({
    properties: { a: inner, b: { type: 'array', contains: inner, minContains: 0, maxContains: 0 } },
  }));

test('however few steps are left, nothing is recognised that would have been refused', () => {
  let taken = 0;
  let ended = 0;
  fc.assert(
    fc.property(excluding, bodies, fc.integer({ min: 0, max: 60 }), (schema, candidates, steps) => {
      const compiler = new SchemaCompiler({ openapi: '3.1.0' }, OPEN);
      const recogniser = compiler.recogniser(schema, '');
      for (const [index, candidate] of [...candidates, '"ab"', '"ab"', '{"a":1}', '{"b":1}', '["a","b"]'].entries()) {
        const bytes = Buffer.from(index % 2 === 0 ? `{"a":${candidate}}` : `{"b":[${candidate}]}`);
        const run = new CheckRun(0);
        run.spend(run.stepsLeft - steps);
        const octets = new JsonOctets(bytes, run);
        if (!(recogniser.recognise(octets) && octets.next() === END)) {
          if (run.isTooComplex) ended++;
          continue;
        }
        taken++;
        const body = parseJsonBody(bytes);
        assert.ok(body.kind === 'value');
        assert.equal(judgeValue(compiler.cell(schema, ''), body.value, '', bytes.length), undefined, candidate);
      }
    }),
    { numRuns: RUNS },
  );
  assert.ok(taken > RUNS / 20 && ended > RUNS / 20, `${taken} recognised, ${ended} ended`);
});

test('what is excluded is not let through by having the work end before it is found', () => {
  const schema = { properties: { a: { not: { pattern: '(?:[a-z]+<[a-z]{20,90}|[0-9]{30}script)' } } } };
  const compiler = new SchemaCompiler({ openapi: '3.1.0' }, OPEN);
  const bytes = Buffer.from(JSON.stringify({ a: `${'x'.repeat(40_000)}<${'b'.repeat(50)}` }));
  assert.deepEqual(judgeValue(compiler.cell(schema, ''), JSON.parse(bytes.toString()), '', bytes.length), {
    kind: 'complex',
  });
  assert.equal(isRecognised(compiler.recogniser(schema, ''), bytes), false);
});

test('of thousands of names that differ in one digit each is found without a look at many others', () => {
  for (const size of [6, 40]) {
    const names = Array.from({ length: 5_000 }, (_, index) => `sku-${String(index).padStart(size, '0')}`);
    const table = new OctetTable([...names, '']);
    let reads = 0;
    for (const [index, one] of [...names, ''].entries()) {
      const octets = Buffer.from(`${one}"`);
      const counted = new Proxy(octets, {
        get: (target, key) => {
          reads++;
          return Reflect.get(target, key, target) as unknown;
        },
      });
      assert.equal(table.find(counted, 0, octets.length - 1), index);
    }
    assert.ok(reads < names.length * (size + 5) * 4, `${reads} octets read`);
    assert.equal(table.find(Buffer.from('sku-x"'), 0, 5), -1);
    assert.equal(table.find(Buffer.alloc(100, 'a"'), 0, 99), -1);
  }
});
