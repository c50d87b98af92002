import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type JsonLimits, parseStrictJson } from './strict-json.ts';

const LIMITS: JsonLimits = { depthMax: 8, membersMax: 64 };

function signalOf(json: string | Uint8Array, limits = LIMITS): string {
  const result = parseStrictJson(typeof json === 'string' ? Buffer.from(json) : json, limits);
  return result.ok ? 'ok' : result.fault.signal;
}

function readObject(json: string, limits = LIMITS): unknown {
  const result = parseStrictJson(Buffer.from(json), limits);
  assert.ok(result.ok, result.ok ? '' : result.fault.detail);
  return result.value;
}

const REFUSED: Readonly<Record<string, readonly (readonly [what: string, json: string | Uint8Array])[]>> = {
  'jwt.duplicate_member': [
    ['a name twice', '{"alg":"ES256","alg":"none"}'],
    ['the same value twice', '{"a":1,"a":1}'],
    ['a name once escaped', '{"alg":"ES256","\\u0061lg":"none"}'],
    ['two escapes of one name', '{"\\u0061":1,"\\u0061":2}'],
    ['an escaped slash', '{"a/b":1,"a\\/b":2}'],
    ['escapes in both cases', '{"\\u00eb":1,"\\u00EB":2}'],
    ['an escaped pair and its character', '{"\\ud83d\\ude00":1,"\u{1f600}":2}'],
    ['the empty name twice', '{"":1,"":2}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
    ['a name that looks like an index', '{"0":1,"0":2}'],
    ['a name twice within an object', '{"cnf":{"jkt":"a","jkt":"b"}}'],
    ['a name twice within an array', '{"keys":[{"kid":1},{"kid":1,"kid":2}]}'],
    ['a name twice far apart', '{"a":{"x":[1,{"y":{}}]},"b":2,"a":3}'],
  ],
  'jwt.utf8': [
    ['a byte order mark', Buffer.from('\ufeff{"a":1}')],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le').fill(0xff, 0, 1)],
    ['an overlong slash', Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])],
    ['a surrogate in UTF-8', Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
    ['a cut sequence', Buffer.from([0x7b, 0x22, 0xe2, 0x82, 0x22, 0x3a, 0x31, 0x7d])],
    ['a lone continuation', Buffer.from([0x7b, 0x22, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
    ['beyond Unicode', Buffer.from([0x7b, 0x22, 0xf4, 0x90, 0x80, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
    ['a lone high surrogate', '{"a":"\\ud83d"}'],
    ['a lone low surrogate', '{"a":"\\ude00"}'],
    ['a pair the wrong way round', '{"a":"\\ude00\\ud83d"}'],
    ['a high surrogate before a letter', '{"a":"\\ud83dx"}'],
    ['a high surrogate before another escape', '{"a":"\\ud83d\\n"}'],
    ['two high surrogates', '{"a":"\\ud83d\\ud83d"}'],
    ['half a pair in a name', '{"\\udc00":1}'],
  ],
  'jwt.json': [
    ['nothing', ''],
    ['white space', ' \n'],
    ['an array', '[{"a":1}]'],
    ['a string', '"{}"'],
    ['null', 'null'],
    ['an object that does not end', '{"a":1'],
    ['a string that does not end', '{"a":"1}'],
    ['an escape that does not end', '{"a":"\\'],
    ['an escape of no meaning', '{"a":"\\x41"}'],
    ['a cut escape', '{"a":"\\u00"}'],
    ['an escape with a sign', '{"a":"\\u+041"}'],
    ['an escape with white space', '{"a":"\\u 041"}'],
    ['an escape with foreign digits', '{"a":"\\u００４１"}'],
    ['a line feed in a string', '{"a":"\n"}'],
    ['a NUL in a string', '{"a":"\0"}'],
    ['a comma at the end', '{"a":1,}'],
    ['a comma at the start', '{,"a":1}'],
    ['two commas', '{"a":1,,"b":2}'],
    ['no comma', '{"a":1 "b":2}'],
    ['no colon', '{"a" 1}'],
    ['no value', '{"a":}'],
    ['no name', '{:1}'],
    ['a bare name', '{a:1}'],
    ['single quotes', "{'a':1}"],
    ['a comment', '{"a":1/**/}'],
    ['a comment of a line', '{"a":1}//'],
    ['a comma at the end of an array', '{"a":[1,]}'],
    ['an array closed by a brace', '{"a":[1}'],
    ['an object closed by a bracket', '{"a":1]'],
    ['something after it', '{"a":1}x'],
    ['another object after it', '{"a":1}{"b":2}'],
    ['a NUL after it', '{"a":1}\0'],
    ['a no-break space', '{\u00a0"a":1}'],
    ['a vertical tab', '{\v"a":1}'],
    ['a line separator', '{"a":1}\u2028'],
    ['True', '{"a":True}'],
    ['a cut word', '{"a":tru}'],
    ['a word that goes on', '{"a":truex}'],
    ['undefined', '{"a":undefined}'],
    ['NaN', '{"a":NaN}'],
    ['Infinity', '{"a":Infinity}'],
    ['a number with a leading zero', '{"a":01}'],
    ['a number with a plus', '{"a":+1}'],
    ['a bare minus', '{"a":-}'],
    ['a fraction without digits', '{"a":1.}'],
    ['a fraction alone', '{"a":.5}'],
    ['an exponent without digits', '{"a":1e}'],
    ['an exponent with a sign alone', '{"a":1e+}'],
    ['a hexadecimal number', '{"a":0x10}'],
    ['a number with underscores', '{"a":1_000}'],
    ['a big integer', '{"a":1n}'],
    ['a foreign digit', '{"a":\u0661}'],
    ['a number that is infinite', '{"a":1e400}'],
    ['a negative number that is infinite', '{"a":-1e309}'],
    ['a number of 400 digits', `{"a":${'9'.repeat(400)}}`],
  ],
  'jwt.depth': [
    ['objects nine deep', `${'{"a":'.repeat(8)}{}${'}'.repeat(8)}`],
    ['arrays nine deep', `{"a":${'['.repeat(8)}${']'.repeat(8)}}`],
    ['a million brackets', `{"a":${'['.repeat(1_000_000)}`],
    ['65 members', `{${Array.from({ length: 65 }, (_, i) => `"m${i}":0`).join()}}`],
    ['65 members in many objects', `{"a":[${Array.from({ length: 64 }, () => '{"b":0}').join()}]}`],
  ],
};

for (const [signal, cases] of Object.entries(REFUSED))
  for (const [what, json] of cases)
    test(`strict JSON refuses ${what} (${signal})`, () => assert.equal(signalOf(json), signal));

test('the depth is bounded whatever a caller allows', () => {
  const json = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  assert.equal(signalOf(json, { depthMax: Number.POSITIVE_INFINITY, membersMax: 1 }), 'jwt.depth');
});

test('what is at the bounds is read', () => {
  assert.equal(signalOf(`${'{"a":'.repeat(7)}{}${'}'.repeat(7)}`), 'ok');
  assert.equal(signalOf(`{${Array.from({ length: 64 }, (_, i) => `"m${i}":0`).join()}}`), 'ok');
  assert.equal(signalOf(`{"a":[${'0,'.repeat(5000)}0]}`), 'ok');
  assert.equal(signalOf('{}', { depthMax: 1, membersMax: 0 }), 'ok');
});

test('objects have no prototype, at any depth, and __proto__ is a member like any other', () => {
  const value = readObject('{"__proto__":{"isAdmin":true},"a":[{"constructor":{"prototype":1}}]}') as Record<
    string,
    unknown
  >;
  assert.equal(Object.getPrototypeOf(value), null);
  assert.deepEqual(Object.keys(value), ['__proto__', 'a']);
  assert.equal(value['isAdmin'], undefined);
  assert.equal(Object.getPrototypeOf(Object.entries(value)[0]![1]), null);
  const inner = (value['a'] as Record<string, unknown>[])[0]!;
  assert.equal(Object.getPrototypeOf(inner), null);
  assert.equal(Object.getPrototypeOf(inner['constructor']), null);
  assert.equal(({} as Record<string, unknown>)['isAdmin'], undefined);
});

test('names of prototypes are not taken for names seen before', () => {
  assert.deepEqual(Object.keys(readObject('{"toString":1,"constructor":2,"hasOwnProperty":3}') as object), [
    'toString',
    'constructor',
    'hasOwnProperty',
  ]);
});

test('everything of RFC 8259 is read as it stands', () => {
  const json =
    ' {\t"s" :\r\n"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\ud83d\\ude00é\u{1f600}\u007f" , "n":[0,-0,1.5,-2e3,1E-2,9e+1,1e-400],"w":[true,false,null,{},[]]} ';
  assert.equal(JSON.stringify(readObject(json)), JSON.stringify(JSON.parse(json)));
});

test('octets within a larger buffer are read alone', () => {
  const buffer = Buffer.from('xx{"a":1}yy');
  assert.equal(signalOf(new Uint8Array(buffer.buffer, buffer.byteOffset + 2, 7)), 'ok');
});

test('what JSON.stringify writes is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' })),
      (object) => {
        const json = JSON.stringify(object);
        const parsed = parseStrictJson(Buffer.from(json), { depthMax: 16, membersMax: 10_000 });
        assert.ok(parsed.ok);
        assert.equal(JSON.stringify(parsed.value), JSON.stringify(JSON.parse(json)));
      },
    ),
    { numRuns: 500 },
  );
});

test('nothing is read that JSON.parse does not read, and never as something else', () => {
  const seeds = [
    '{"alg":"ES256","kid":"k","n":[1.5e3,-0,true,null],"o":{"x":"\\u0041\\ud83d\\ude00"}}',
    '{"a":"é","b":[[],{}]}',
  ];
  const characters = [...'{}[]":,\\u0123dDaeE+-.tfn \n\0é'];
  let accepted = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(90), fc.nat(2), fc.constantFrom(...characters)), { minLength: 1, maxLength: 3 }),
      (seed, edits) => {
        let json = seed;
        for (const [at, removed, character] of edits) json = json.slice(0, at) + character + json.slice(at + removed);
        const parsed = parseStrictJson(Buffer.from(json), LIMITS);
        if (!parsed.ok) return;
        accepted++;
        assert.equal(JSON.stringify(parsed.value), JSON.stringify(JSON.parse(json)));
      },
    ),
    { numRuns: 20_000, seed: 7515 },
  );
  assert.ok(accepted > 100, `${accepted} accepted`);
});
