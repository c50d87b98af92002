import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeEvent, encodeEvent, eventLength } from './event-codec.ts';
import { EVENT_BYTES_MAX, eventBytes } from './event-layout.ts';
import { sampleEvent } from './event-samples.test.ts';
import { emptyEventUsage, readEventUsage } from './event-usage.ts';

const target = eventBytes(new Uint8Array(EVENT_BYTES_MAX));

test('what is read of an event is what decoding all of it says', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  fc.assert(
    fc.property(
      fc.record({
        path: text,
        userAgent: text,
        routeId: text,
        consumer: text,
        credentialId: text,
        authenticator: text,
        method: fc.constantFrom('GET', 'BREW'),
        reason: fc.constantFrom('' as const, 'authz.scope' as const),
        error: fc.constantFrom('' as const, 'upstream.timeout' as const),
        detail: text,
        status: fc.integer({ min: 0, max: 599 }),
        durationMicros: fc.nat(),
        signals: fc.array(fc.stringMatching(/^[a-z.]{1,12}$/), { maxLength: 3 }),
        outcome: fc.constantFrom('permitted' as const, 'denied' as const, 'observed' as const),
      }),
      (change) => {
        const length = encodeEvent(sampleEvent(change), target, 0, EVENT_BYTES_MAX);
        assert.equal(eventLength(target, 0), length);
        const whole = decodeEvent(target, 0);
        assert.ok(whole.ok);
        const read = emptyEventUsage();
        assert.equal(readEventUsage(target, 0, read), true);
        const { requestId, signals, timeMs, address, userAgent, routeId, credentialId, authenticator, outcome } =
          whole.event;
        const { status, durationMicros, consumer, reason, error } = whole.event;
        assert.deepEqual(read, {
          outcome,
          status,
          durationMicros,
          consumer,
          reason,
          error,
          requestId,
          signals: signals.join(' '),
          timeMs,
          denied: outcome === 'denied',
          address,
          userAgent,
          routeId,
          credentialId,
          authenticator,
        });
      },
    ),
  );
});

test('a record of another version is passed over', () => {
  encodeEvent(sampleEvent({ credentialId: 'k' }), target, 0, EVENT_BYTES_MAX);
  target.bytes[4] = 1;
  assert.equal(readEventUsage(target, 0, emptyEventUsage()), false);
});
