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

const SCRIPT = '<script>alert(1)</script>';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const hex = (text: string): string => Buffer.from(text).toString('hex');

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
  ['PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==', SCRIPT, 'base64'],
  ['PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg', SCRIPT, 'base64'],
  ['PHNjcmlwdD5hbGVy\r\ndCgxKTwvc2NyaXB0\r\nPg==\r\n', SCRIPT, 'base64'],
  ['PHNjcm\tlwdD5h!bGVydCgx.KTwvc2NyaXB0Pg====', SCRIPT, 'base64'],
  ['PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg%3D%3D', SCRIPT, 'base64'],
  ['Jz8_Pz4-Pz8_IG9yIDE9MS0t', "'???>>??? or 1=1--", 'base64'],
  [base64(base64(SCRIPT)), SCRIPT, 'base64-twice'],
  [`data:text/html;base64,${base64(SCRIPT)}`, `${SCRIPT}\n`, 'base64'],
  [
    `url(data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUA) "data:text/html;BASE64,${base64(SCRIPT)}" x`,
    `${SCRIPT}\n`,
    'base64',
  ],
  [`data%3Atext/html%3Bbase64,${base64(SCRIPT)}`, `${SCRIPT}\n`, 'base64'],
  [`data:text/html;bas\te64 , ${base64(SCRIPT).replace(/.{7}/g, '$&\n')}`, `${SCRIPT}\n`, 'base64'],
  [`${base64(SCRIPT)}\u00e9`, SCRIPT, 'base64'],
  [Buffer.concat([Buffer.from(SCRIPT), Buffer.alloc(40, 0xff)]).toString('base64'), `${SCRIPT}\u00ff\u00ff`, 'base64'],
  [
    base64(`\u00fc\u20ac\u{1f422}\u00fc\u00fc ${SCRIPT}`),
    Buffer.from(`\u00fc\u20ac\u{1f422}\u00fc\u00fc ${SCRIPT}`).toString('latin1'),
    'base64',
  ],
  [base64(base64(base64(SCRIPT))), SCRIPT, 'base64-twice'],
  [base64(hex(SCRIPT)), SCRIPT, 'hex'],
  [base64(encodeURIComponent(SCRIPT)), SCRIPT, 'percent'],
  [hex(SCRIPT), SCRIPT, 'hex'],
  [hex(SCRIPT).toUpperCase(), SCRIPT, 'hex'],
  [hex(base64(SCRIPT)), SCRIPT, 'base64'],
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

test('a data URL inside of another text in base64, or of another URL, hides nothing of either', () => {
  const harmless = base64('a harmless text');
  for (const text of [
    `${base64(SCRIPT)}=;:base64,${harmless}`,
    `data:;base64,${base64(SCRIPT)};base64,${harmless}`,
    `data:;base64,${harmless};base64,${base64(SCRIPT)}`,
  ]) {
    const unpacked = readings(text)[1]?.text ?? '';
    assert.ok(unpacked.includes(SCRIPT) && unpacked.includes('a harmless text'), unpacked);
  }
});

test('behind the end of a reading stands nothing of the value before', () => {
  const variants = new Variants();
  for (const text of [
    `%41${'='.repeat(90)}`,
    "%3Cb%3E un/**/ion c''at",
    base64(base64(SCRIPT)),
    'PHNjcmlwdD5hbGVydCgxKTw',
  ]) {
    variants.load('\'"='.repeat(200));
    variants.decode(variants.load(text));
    for (const { units, length } of variants.list.slice(0, variants.count))
      assert.deepEqual([...units.subarray(length, length + 4)], [0, 0, 0, 0], text);
  }
});

test('identifiers, hashes, numbers and prose are read as they came', () => {
  for (const text of [
    'd25addea5c3c4ce19e1bcc9f0a430ff0',
    '6f1ed002ab5595859014ebf0951522d9',
    '2023112903450012',
    '4111111111111111',
    'OldWAF_WhiteList',
    '7468697320697320686578a',
    'a word and another word and one more',
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
  ])
    assert.equal(readings(text).length, 1, text);
});
