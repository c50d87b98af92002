import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ATTACK_CLASSES, PROFILES } from '../attack-class.ts';
import { payloadSignals, readPayloadSignals, usedException } from './payload-record.ts';

const value = fc.record({
  attack: fc.constantFrom(...ATTACK_CLASSES),
  severity: fc.constantFrom(...PROFILES, 'near' as const),
  path: fc.constantFrom('body.a', 'body.a[].b', 'query.q', 'header.x:y', `body.${'x'.repeat(200)}`),
});
const excepted = fc.record({ exception: fc.constantFrom('0123456789ab', 'ffffffffffff'), refused: fc.boolean() });

test('what is recorded is read again, and what there was no room for is known to be missing', () => {
  fc.assert(
    fc.property(
      fc.array(value, { maxLength: 8 }),
      fc.array(fc.tuple(value, excepted), { maxLength: 8 }),
      fc.array(value, { maxLength: 2 }),
      fc.boolean(),
      (values, withExceptions, near, isCut) => {
        const record = {
          values,
          excepted: withExceptions.map(([one, by]) => ({ ...one, ...by })),
          together: near.map(({ attack, severity }) => ({ attack, severity })),
          isComplete: true,
          isCut,
        };
        const names = payloadSignals(record);
        const read = readPayloadSignals(['limit.near', ...names]);
        assert.ok(names.join(' ').length < 400);
        assert.equal(read.isCut, isCut);
        const missing = [
          [record.values, read.values],
          [record.excepted, read.excepted],
          [record.together, read.together],
        ].some(([before, after]) => (before?.length ?? 0) > (after?.length ?? 0));
        assert.equal(read.isComplete, !missing);
        for (const one of read.values) assert.ok(values.some((known) => JSON.stringify(known) === JSON.stringify(one)));
        if (!missing) {
          assert.equal(
            names.filter((name) => usedException(name) !== undefined).length,
            record.excepted.filter(({ refused }) => refused).length,
          );
          assert.deepEqual(
            new Set(read.values.map((one) => JSON.stringify(one))),
            new Set(values.map((one) => JSON.stringify(one))),
          );
        }
      },
    ),
  );
});

test('signals that may have been cut are not taken for all there were', () => {
  const filler = Array.from({ length: 64 }, () => 'x'.repeat(7));
  assert.equal(readPayloadSignals(['payload.sqli:strict:body.a']).isComplete, true);
  assert.equal(readPayloadSignals(['payload.sqli:strict:body.a', ...filler]).isComplete, false);
});
