import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuota, parseRate } from './rate-text.ts';

test('rates are read in every unit', () => {
  const expected: readonly [string, number, number][] = [
    ['100/1m', 100, 60],
    ['1000/1h', 1000, 3600],
    ['10/s', 10, 1],
    ['5/30s', 5, 30],
    ['7/2d', 7, 172_800],
    ['100000/1mo', 100_000, 30 * 86_400],
    ['100/m', 100, 60],
  ];
  for (const [text, permits, windowSeconds] of expected) {
    assert.deepEqual(parseRate(text), { ok: true, permits, windowSeconds }, text);
  }
});

test('quotas of one day and one month follow the calendar, others count seconds', () => {
  assert.deepEqual(parseQuota('100000/1mo'), { ok: true, permits: 100_000, window: 'month' });
  assert.deepEqual(parseQuota('100000/mo'), { ok: true, permits: 100_000, window: 'month' });
  assert.deepEqual(parseQuota('5000/1d'), { ok: true, permits: 5000, window: 'day' });
  assert.deepEqual(parseQuota('5000/7d'), { ok: true, permits: 5000, window: 604_800 });
  assert.deepEqual(parseQuota('200/10m'), { ok: true, permits: 200, window: 600 });
});

test('anything else is a problem that quotes what was written', () => {
  const texts = [
    '',
    '100',
    '100/',
    '/1m',
    '100/1',
    '100/1w',
    '100/1M',
    '100 /1m',
    ' 100/1m',
    '100/1m ',
    '-1/1m',
    '1e3/1m',
  ];
  for (const text of [
    ...texts,
    '1.5/1m',
    '100/-1m',
    '100/1m\n',
    '１００/1m',
    '0/1m',
    '100/0m',
    '99999999999/1m',
    '1/9999999d',
  ]) {
    for (const parse of [parseRate, parseQuota]) {
      const parsed = parse(text);
      assert.equal(parsed.ok, false, JSON.stringify(text));
      if (!parsed.ok) assert.ok(parsed.problem.includes(`"${text}"`), parsed.problem);
    }
  }
  assert.equal(parseQuota('1/2mo').ok, false);
  assert.equal(parseRate('1073741824/1s').ok, false);
  assert.equal(parseRate('1073741823/1s').ok, true);
});

test('a long text is cut in the message', () => {
  const parsed = parseRate('9'.repeat(100_000));
  assert.equal(parsed.ok, false);
  if (!parsed.ok) assert.ok(parsed.problem.length < 200);
});
