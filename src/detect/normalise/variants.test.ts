import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DECODERS, Variants } from './variants.ts';

function readings(text: string): { text: string; decoders: string[] }[] {
  const variants = new Variants();
  variants.decode(variants.load(text));
  return variants.list.slice(0, variants.count).map(({ units, length, decoders }) => ({
    text: String.fromCharCode(...units.subarray(0, length)),
    decoders: DECODERS.filter((_, bit) => (decoders & (1 << bit)) !== 0),
  }));
}

for (const [text, meant, decoder] of [
  ['%3Cb%3E', '<b>', 'percent'],
  ['%253Cb%253E', '<b>', 'percent-twice'],
  ['%u003cb%u003e', '<b>', 'percent-u'],
  ['..%c0%af..%c0%af', '../../', 'overlong-utf8'],
  ['&lt;b&#62;', '<b>', 'html-entity'],
  ['&ltb&gt &quotx&ampy', '<b> "x&y', 'html-entity'],
  ['&#0000060b&#x3e', '<b>', 'html-entity'],
  ['\\x3cb\\u003e', '<b>', 'escape'],
  ['\uff1cb\uff1e', '<b>', 'compatibility'],
  ['un/**/ion', 'un ion', 'comments'],
  ["c''at", 'cat', 'comments'],
  ['PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==', '<script>alert(1)</script>', 'base64'],
] as const) {
  test(`${JSON.stringify(text)} is also read as ${JSON.stringify(meant)}, by ${decoder}`, () => {
    const found = readings(text).find((reading) => reading.text === meant);
    assert.ok(found, JSON.stringify(readings(text)));
    assert.ok(found.decoders.includes(decoder), found.decoders.join());
  });
}

test('a value has at most four readings, the first as it came', () => {
  const text = "%2527 or/**/1=1 &lt; c''at";
  const found = readings(text);
  assert.ok(found.length <= 4);
  assert.equal(found[0]?.text, text);
});
