import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Parts, read } from './leaves-fixture.test.ts';

/** Strings of a JSON value, keys included, in order; texts that hold JSON themselves are another test's. */
function stringsOf(value: unknown, out: string[] = []): string[] {
  if (typeof value === 'string' && value !== '') out.push(value);
  else if (Array.isArray(value)) for (const item of value) stringsOf(item, out);
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) {
      if (key !== '') out.push(key);
      stringsOf(item, out);
    }
  return out;
}

const plain = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replace(/^[{[eW\s]/, 'x'));
/** Keys that are integers would be moved to the front by an object; `query` begins a document of GraphQL. */
const key = plain.map((text) => `k${text}`);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    plain,
    fc.double({ noDefaultInfinity: true, noNaN: true }),
    fc.constantFrom(null, true, false),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 25 }),
  ),
}));

test('every string of well-formed JSON is shown as JSON.parse reads it, however it is spaced', () => {
  fc.assert(
    fc.property(json.value, fc.constantFrom(0, 2), (value, indent) => {
      const { leaves, report } = read({ type: 'application/json', body: JSON.stringify(value, null, indent) });
      assert.deepEqual(
        leaves.map(({ text }) => text),
        stringsOf(value),
      );
      assert.deepEqual(report.malformations, []);
    }),
    { numRuns: 200 },
  );
});

test('what JSON.parse refuses is malformed', () => {
  fc.assert(
    fc.property(
      json.value,
      fc.nat(),
      fc.constantFrom('', '"', ',', '}', ']', ':', '\\', '-', '0', 'e', '\u0001'),
      (value, at, put) => {
        const whole = JSON.stringify({ kx: value });
        const place = at % whole.length;
        const text = whole.slice(0, place) + put + whole.slice(place + 1);
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        const { malformations } = read({ type: 'application/json', body: text }).report;
        assert.equal(malformations.includes('json'), !parses, text);
      },
    ),
    { numRuns: 300 },
  );
});

test('names and values of a query are those of URLSearchParams', () => {
  const pairs = fc.array(
    fc.tuple(
      key,
      plain.filter((text) => text !== ''),
    ),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(pairs, (list) => {
      const distinct = [...new Map(list)];
      const { leaves } = read({ query: new URLSearchParams(Object.fromEntries(distinct)).toString() });
      assert.deepEqual(
        leaves.map(({ text }) => text),
        distinct.flat().map((text) => text.toWellFormed()),
      );
    }),
    { numRuns: 200 },
  );
});

test('a form as fetch writes it is cut as it was put together', async () => {
  for (const value of ['plain', "x' or 1=1--", 'zwei\r\nZeilen', 'größe', '--b', '"']) {
    const form = new FormData();
    form.set('a', value);
    form.set('b c', 'second');
    form.set('file', new File(['content'], 'n.txt', { type: 'text/plain' }));
    const response = new Response(form);
    const { leaves, report } = read({
      type: response.headers.get('content-type') ?? '',
      body: new Uint8Array(await response.arrayBuffer()),
    });
    assert.deepEqual(report.malformations, []);
    assert.deepEqual(
      leaves.map(({ text }) => text),
      ['a', value, 'b c', 'second', 'file', 'n.txt', 'content'],
    );
  }
});

const TYPES = [
  'application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=b',
  'application/xml',
  'text/plain',
  'application/graphql',
  'application/x-ndjson',
  'application/x-protobuf',
  'application/grpc',
  'application/octet-stream',
  'x',
] as const;

const SEEDS = [
  '{"a":[{"b":"c\\u0041"}],"d":"{\\"e\\":1}","query":"{ a(b: \\"c\\") }"}',
  '--b\r\nContent-Disposition: form-data; name="a"; filename="b"\r\nContent-Type: text/xml\r\n\r\n<a b="c">&lt;</a>\r\n--b--\r\n',
  '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a b=\'c\'><![CDATA[d]]><!--e-->&#x41;</a>',
  'a=1&b=%41+c&b=2&=&d',
  `a=${Buffer.from('{"alg":"x"}').toString('base64url')}.${Buffer.from('{"a":"b"}').toString('base64url')}.c`,
  '\0\0\0\0\x12\x08\x01\x12\x08\n\x06abcdef\x13\n\x01g\x14',
].map((text) => Buffer.from(text));

test('nothing a call holds makes the reader throw or go beyond its bounds', () => {
  const mutated = fc
    .tuple(fc.constantFrom(...SEEDS), fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.boolean()), { maxLength: 12 }))
    .map(([seed, edits]) => {
      const bytes = [...seed];
      for (const [at, byte, insert] of edits) bytes.splice(at % (bytes.length + 1), insert ? 0 : 1, byte);
      return Uint8Array.from(bytes);
    });
  const bodies = fc.oneof(mutated, fc.uint8Array({ maxLength: 200 }));
  const run = (parts: Parts) => {
    const { leaves, report } = read({ ...parts, limits: { leavesMax: 24, charactersMax: 256 } });
    assert.ok(leaves.length <= 24);
    assert.ok(report.characters <= 256);
    assert.ok(leaves.every(({ path }) => path.length <= 260));
  };
  fc.assert(
    fc.property(bodies, fc.constantFrom(...TYPES), fc.constantFrom('', 'gzip', 'br'), (body, type, coding) => {
      run({ type, body, headers: coding === '' ? [] : ['content-encoding', coding] });
      const text = Buffer.from(body).toString('latin1');
      run({ path: `/${text}`, query: text, headers: ['cookie', text, 'authorization', `Basic ${text}`, 'x-a', text] });
    }),
    { numRuns: 1500 },
  );
});
