import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AnswerUnreadable } from '../../core/answer-check.ts';
import type { ResponseVerb } from '../../core/field-rules.ts';
import { type FieldStep, parseFieldPath } from './field-path.ts';
import { JsonRewriter } from './json-rewriter.ts';
import { PathAutomaton } from './path-automaton.ts';

type Rules = readonly (readonly [ResponseVerb, string])[];

function automatonOf(rules: Rules): PathAutomaton {
  return new PathAutomaton(
    rules.map(([verb, path]) => {
      const parsed = parseFieldPath(path);
      assert.ok(parsed.ok, path);
      return { verb, steps: parsed.steps };
    }),
    rules.some(([verb]) => verb === 'allow'),
  );
}

function rewritten(
  text: string | Buffer,
  rules: Rules,
  pieceBytes = Number.POSITIVE_INFINITY,
  sequence = false,
): string {
  const rewriter = new JsonRewriter(automatonOf(rules), sequence);
  const bytes = Buffer.from(text);
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const passed = rewriter.write(bytes.subarray(at, at + pieceBytes));
    out.push(Buffer.from(passed));
  }
  out.push(rewriter.end());
  return Buffer.concat(out).toString();
}

const MASK_SSN: Rules = [['mask', '**.ssn']];

test('a masked text becomes three stars, and anything else null', () => {
  assert.equal(
    rewritten('{"ssn":"1","a":{"ssn":12},"b":[{"ssn":{"x":[1,"y"]}}],"c":1}', MASK_SSN),
    '{"ssn":"***","a":{"ssn":null},"b":[{"ssn":null}],"c":1}',
  );
});

test('dropped members take their commas along, wherever they stand', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['{"x":1}', '{}'],
    ['{"x":1,"a":2}', '{"a":2}'],
    ['{"a":2,"x":1}', '{"a":2}'],
    ['{"a":2,"x":1,"b":3}', '{"a":2,"b":3}'],
    ['{"x":1,"x":2,"a":[{"x":[]},{"x":{}},1]}', '{"a":[{},{},1]}'],
  ];
  for (const [text, expected] of cases) assert.equal(rewritten(text, [['drop', '**.x']]), expected);
});

test('a name is compared as it reads: escapes, cases and letters that fold are seen through', () => {
  for (const name of ['ss\\u006e', '\\u0073sn', 'SSN', 'sSn', '\u017f\u017fn', '\\u017fsn'])
    assert.doesNotMatch(rewritten(`{"${name}":"078-05-1120"}`, MASK_SSN), /078/, name);
});

test('an answer that becomes a list hides the same fields', () => {
  assert.equal(rewritten('[[{"user":[{"ssn":"1"}]}]]', [['drop', 'user.ssn']]), '[[{"user":[{}]}]]');
});

test('of what is allowed nothing else is seen: neither members, nor elements, nor objects in place of values', () => {
  const rules: Rules = [
    ['allow', 'id'],
    ['allow', 'address.*'],
    ['allow', 'items[].sku'],
    ['allow', 'free.**'],
  ];
  assert.equal(
    rewritten(
      '{"id":{"$x":1},"ID":1,"address":{"city":"W","inner":{"a":1}},"items":[{"sku":"s","cost":1},5,[1]],"free":{"a":[{"b":1}]},"role":1}',
      rules,
    ),
    '{"address":{"city":"W"},"items":[{"sku":"s"}],"free":{"a":[{"b":1}]}}',
  );
});

test('what denies is found, with the place of the first', () => {
  const rewriter = new JsonRewriter(automatonOf([['deny', '**.hash']]), false);
  rewriter.write(Buffer.from('{"users":[{"a/b":{}},{"a/b":{"hash":"x"}},{"hash":1}]}'));
  assert.deepEqual(rewriter.hidden, [{ verb: 'deny', count: 2, first: '/users/1/*/hash' }]);
});

test('what is not one JSON text in UTF-8 is unreadable, at any split', () => {
  const texts = [
    '{"a":1',
    '{"a":1}}',
    '{"a":1}{"a":1}',
    '{"a" 1}',
    '{"a":01}',
    '{"a":1.}',
    '{"a":-}',
    '{"a":1e}',
    '{"a":+1}',
    '[1,]',
    '{"a":1,}',
    '[,1]',
    '{a:1}',
    "{'a':1}",
    '{"a":tru}',
    '{"a":nul',
    '"a\nb"',
    '"\\x41"',
    '"\\u12g4"',
    '"\\ud8',
    '/* */{}',
    '{}//',
    'NaN',
    '[1 2]',
    '\u00a0{}',
    ' ',
    '\ufeff\ufeff{}',
    ')]}\',\n{"ssn":1}',
    'callback({"ssn":1})',
    '\u001e{"ssn":1}',
  ];
  for (const text of texts)
    for (const pieceBytes of [1, 2, 1_000])
      assert.throws(() => rewritten(text, MASK_SSN, pieceBytes), AnswerUnreadable, text);
  for (const encoding of ['utf16le'] as const)
    assert.throws(() => rewritten(Buffer.from('{"ssn":1}', encoding), MASK_SSN), AnswerUnreadable);
  assert.throws(() => rewritten(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), MASK_SSN), AnswerUnreadable);
  assert.throws(() => rewritten('['.repeat(129), MASK_SSN), AnswerUnreadable);
  assert.throws(() => rewritten(`{"${'k'.repeat(5_000)}":1}`, MASK_SSN), AnswerUnreadable);
});

test('a byte order mark is left out, and nothing at all stays nothing', () => {
  assert.equal(rewritten('\ufeff{"ssn":"1"}', MASK_SSN, 1), '{"ssn":"***"}');
  assert.equal(rewritten('', MASK_SSN), '');
});

test('every value of a sequence is looked at', () => {
  const text = '{"ssn":1}\n{"ssn":"2"}\n12 "x"\n';
  assert.equal(rewritten(text, MASK_SSN, 3, true), '{"ssn":null}\n{"ssn":"***"}\n12 "x"\n');
  assert.equal(rewritten('\u001e{"ssn":1}\n\u001e[]\n', MASK_SSN, 1, true), '\u001e{"ssn":null}\n\u001e[]\n');
});

// ---- the same by another way: parsed whole, changed by a definition that knows no automaton, written again

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

function reaches(steps: readonly FieldStep[], trail: readonly (string | null)[], exact: boolean): boolean {
  const [step, ...rest] = steps;
  const [token, ...further] = trail;
  if (step === undefined) return trail.length === 0;
  if (step.kind === 'anyDepth')
    return reaches(rest, trail, exact) || (trail.length > 0 && reaches(steps, further, exact));
  if (token === undefined) return false;
  if (token === null && !exact && reaches(steps, further, exact)) return true;
  if (token === null) return step.kind === 'element' && reaches(rest, further, exact);
  if (step.kind === 'anyMember') return reaches(rest, further, exact);
  return (
    step.kind === 'member' &&
    (exact ? step.name === token : fold(step.name) === fold(token)) &&
    reaches(rest, further, exact)
  );
}

function fold(name: string): string {
  return name.toUpperCase().toLowerCase();
}

/** Whether an allowed path could lead to something within. */
function leadsInto(
  steps: readonly FieldStep[],
  trail: readonly (string | null)[],
  next: 'member' | 'element',
): boolean {
  return steps.some((step, at) => {
    const isWay = step.kind === 'anyDepth' || (next === 'element') === (step.kind === 'element');
    if (!isWay) return false;
    return (
      reaches(steps.slice(0, at), trail, true) ||
      (step.kind === 'anyDepth' && reaches(steps.slice(0, at + 1), trail, true))
    );
  });
}

function expected(
  value: Json,
  rules: readonly (readonly [ResponseVerb, readonly FieldStep[]])[],
  trail: readonly (string | null)[],
): Json | undefined {
  const hits = rules.filter(([verb, steps]) => verb !== 'allow' && reaches(steps, trail, false)).map(([verb]) => verb);
  if (hits.includes('deny') || hits.includes('drop')) return undefined;
  if (hits.includes('mask')) return typeof value === 'string' ? '***' : null;
  const allowed = rules.filter(([verb]) => verb === 'allow').map(([, steps]) => steps);
  const isObject = typeof value === 'object' && value !== null;
  if (allowed.length > 0) {
    const next = Array.isArray(value) ? 'element' : 'member';
    if (!allowed.some((steps) => (isObject ? leadsInto(steps, trail, next) : reaches(steps, trail, true))))
      return undefined;
  }
  if (Array.isArray(value))
    return value.map((one) => expected(one, rules, [...trail, null])).filter((one) => one !== undefined);
  if (!isObject) return value;
  const kept: { [name: string]: Json } = Object.create(null);
  for (const [name, member] of Object.entries(value)) {
    const inner = expected(member, rules, [...trail, name]);
    if (inner !== undefined) kept[name] = inner;
  }
  return kept;
}

/** Written with escapes and white space that a reader has to see through. */
function written(value: Json, random: () => number): string {
  const space = (): string => [' ', '\n', '\t', '', '', ''][Math.floor(random() * 6)] ?? '';
  const text = (plain: string): string =>
    JSON.stringify(plain).replace(/[a-z]/g, (letter) =>
      random() < 0.1 ? `\\u00${letter.charCodeAt(0).toString(16)}` : letter,
    );
  if (typeof value === 'string')
    return `"${[...value].map((one) => (/[a-z]/.test(one) ? text(one).slice(1, -1) : JSON.stringify(one).slice(1, -1))).join('')}"`;
  if (Array.isArray(value))
    return `[${space()}${value.map((one) => written(one, random)).join(`${space()},${space()}`)}${space()}]`;
  if (typeof value === 'object' && value !== null)
    return `{${space()}${Object.entries(value)
      .map(([name, member]) => `${written(name, random)}${space()}:${space()}${written(member, random)}`)
      .join(`${space()},${space()}`)}${space()}}`;
  return JSON.stringify(value);
}

const names = fc.constantFrom('a', 'b', 'A', 'ssn', 'ſsn', '', '__proto__', 'a.b', '€', '*');
const json = fc.letrec<{ value: Json; list: Json[]; record: { [name: string]: Json } }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom<Json[]>(null, true, 0, -1.5e-7, 'x', 'a"\\\u0001ü😀'),
    tie('list'),
    tie('record'),
  ),
  list: fc.array(tie('value'), { maxLength: 3 }),
  record: fc.dictionary(names, tie('value'), { maxKeys: 4, noNullPrototype: false }),
}));
const path = fc
  .array(
    fc.oneof({ weight: 3, arbitrary: names.map((name) => JSON.stringify(name)) }, fc.constantFrom('*', '[]', '**')),
    { minLength: 1, maxLength: 4 },
  )
  .map((steps) =>
    steps.reduce(
      (text, step) =>
        step === '**' && text.endsWith('**') ? text : text + (step === '[]' || text === '' ? step : `.${step}`),
      '',
    ),
  );
const rule = fc.tuple(fc.constantFrom<ResponseVerb[]>('allow', 'mask', 'drop'), path);

test('random rules on random bodies in random pieces do what the definition says', () => {
  fc.assert(
    fc.property(
      json.value,
      fc.array(rule, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 40 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      (all, rules, pieceBytes, stream) => {
        const value = all as unknown as Json;
        const random = (): number => stream.next().value ?? 0;
        const text = written(value, random);
        const compiled = rules.map(([verb, one]) => {
          const parsed = parseFieldPath(one);
          assert.ok(parsed.ok, one);
          return [verb, parsed.steps] as const;
        });
        const wanted = expected(value, compiled, []);
        if (wanted === undefined) assert.throws(() => rewritten(text, rules, pieceBytes), AnswerUnreadable);
        else assert.deepEqual(JSON.parse(rewritten(text, rules, pieceBytes)), JSON.parse(JSON.stringify(wanted)));
      },
    ),
    { numRuns: 2_000 },
  );
});
