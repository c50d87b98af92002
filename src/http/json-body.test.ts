import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseJsonBody } from './json-body.ts';

const read = (text: string) => parseJsonBody(Buffer.from(text));

test('what JSON.parse reads is read alike, whatever its strings hold', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      assert.deepEqual(read(text), { kind: 'value', value: JSON.parse(text) });
    }),
  );
});

test('a member that is written twice is refused at any depth and however it is escaped', () => {
  for (const text of [
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '[{"x":{"role":"user","role":"admin"}}]',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":2}',
    '{"a:":":","a:":1}',
  ])
    assert.deepEqual(read(text), { kind: 'malformed', problem: 'duplicateMember' }, text);
});

test('one of several members that is doubled is always found', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue(), { minKeys: 1, noNullPrototype: true }),
      (object) => {
        const [name] = Object.keys(object);
        const text = `${JSON.stringify(object).slice(0, -1)},${JSON.stringify(name)}:0}`;
        assert.deepEqual(read(text), { kind: 'malformed', problem: 'duplicateMember' });
      },
    ),
  );
});

test('a name is refused of which readers keep different parts: half a character, and what follows a NUL', () => {
  for (const text of [
    '{"role\\ud800":1}',
    '{"\\uDC00role":1}',
    '{"a":[{"\\ud83d":1,"\\ud83e":2}]}',
    '{"\\ude00\\ud83d":1}',
    '{"role\\u0000":1}',
  ])
    assert.deepEqual(parseJsonBody(Buffer.from(text)), { kind: 'malformed', problem: 'ambiguousName' }, text);
  for (const text of ['{"\\ud83d\\ude00":1}', '{"a":"\\ud800\\u0000"}', '{"\\\\ud800":"\\\\u0000"}'])
    assert.equal(parseJsonBody(Buffer.from(text)).kind, 'value', text);
});

test('names that look like the prototype are members like any other', () => {
  const body = read('{"__proto__":{"admin":true},"constructor":{}}');
  assert.ok(body.kind === 'value' && typeof body.value === 'object' && body.value !== null);
  assert.deepEqual(Object.keys(body.value), ['__proto__', 'constructor']);
  assert.equal((body.value as { admin?: boolean }).admin, undefined);
});

test('no body, broken text, other encodings and endless nesting are told apart', () => {
  assert.deepEqual(read(''), { kind: 'none' });
  for (const text of ['{', '{"a"}', 'nul', "{'a':1}", '{"a":1}x', '"\\u00"', '{a:1}', ' ', '"open'])
    assert.deepEqual(read(text), { kind: 'malformed', problem: 'syntax' }, text);
  for (const bytes of [Buffer.from('\ufeff{}'), Buffer.from('{}', 'utf16le'), Buffer.from([0x22, 0xc0, 0xaf, 0x22])])
    assert.equal(parseJsonBody(bytes).kind, 'malformed');
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  assert.equal(read(nested(64)).kind, 'value');
  assert.deepEqual(read(nested(65)), { kind: 'malformed', problem: 'tooDeep' });
  assert.deepEqual(read('['.repeat(1_000_000)), { kind: 'malformed', problem: 'tooDeep' });
});
