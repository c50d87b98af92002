import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { StageTrace } from '../core/decision.ts';
import { STAGE_IDS } from '../core/decision.ts';
import type { CallEvent } from '../core/event.ts';
import { decodeEvent, encodeEvent, eventLength, eventProfile, eventRequestId, eventTimeMs } from './event-codec.ts';
import { CHARACTERS_MAX, EVENT_BYTES_MAX, eventBytes, STAGES, stageCode, TRACE_ENTRIES_MAX } from './event-layout.ts';
import { eventArbitrary, sampleEvent } from './event-samples.test.ts';

const buffer = eventBytes(new Uint8Array(new SharedArrayBuffer(2 * EVENT_BYTES_MAX)));

function encoded(event: CallEvent): Uint8Array {
  const length = encodeEvent(event, buffer, 0, buffer.bytes.length);
  assert.ok(length > 0);
  return Uint8Array.from(buffer.bytes.subarray(0, length));
}

function roundTrip(event: CallEvent): CallEvent {
  const decoded = decodeEvent(eventBytes(encoded(event)), 0);
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.problem);
  return decoded.event;
}

test('every event within the bounds comes back exactly as it was', () => {
  fc.assert(
    fc.property(eventArbitrary, fc.nat(300), (event, offset) => {
      const length = encodeEvent(event, buffer, offset, buffer.bytes.length);
      assert.ok(length > 0 && length <= EVENT_BYTES_MAX);
      const decoded = decodeEvent(buffer, offset);
      assert.ok(decoded.ok);
      assert.deepEqual(decoded.event, event);
      assert.equal(decoded.next, offset + length);
      assert.equal(eventLength(buffer, offset), length);
      assert.equal(eventTimeMs(buffer, offset), event.timeMs);
    }),
    { numRuns: 400 },
  );
});

test('strings over their bound are cut, marked, and never cut through a surrogate pair', () => {
  for (const unit of ['a', 'é', '漢', '😀', 'a😀']) {
    const long = unit.repeat(70_000);
    const event = roundTrip(
      sampleEvent({
        path: long,
        userAgent: long,
        host: long,
        consumer: long,
        detail: long,
        requestId: long,
        address: long,
      }),
    );
    for (const name of ['path', 'userAgent', 'host', 'consumer', 'detail', 'requestId', 'address'] as const) {
      const text = event[name];
      assert.ok(text.length <= CHARACTERS_MAX[name] && text.length >= CHARACTERS_MAX[name] - 2, name);
      assert.ok(text.endsWith('…'), name);
      assert.ok(text.isWellFormed(), name);
      assert.ok(long.startsWith(text.slice(0, -1)), name);
    }
  }
});

test('a lone surrogate becomes U+FFFD and moves no other field', () => {
  const event = roundTrip(sampleEvent({ host: '\udc00h', path: 'p\ud800\ud800', userAgent: 'u\udc00u', routeId: 'r' }));
  assert.deepEqual(
    [event.host, event.path, event.userAgent, event.routeId],
    ['\ufffdh', 'p\ufffd\ufffd', 'u\ufffdu', 'r'],
  );
});

test('a string exactly at its bound is kept whole', () => {
  const path = 'p'.repeat(CHARACTERS_MAX.path);
  assert.equal(roundTrip(sampleEvent({ path })).path, path);
});

test('the longest event there can be fits the stated maximum', () => {
  const long = '漢'.repeat(2_000);
  const entry: StageTrace = {
    stage: 'limit',
    kind: 'deny',
    micros: 1,
    reason: 'limit.rate',
    detail: long,
    enforced: true,
  };
  const event = sampleEvent({
    requestId: long,
    method: long,
    scheme: long,
    host: long,
    path: long,
    httpVersion: long,
    address: long,
    userAgent: long,
    routeId: long,
    consumer: long,
    credentialId: long,
    detail: long,
    trace: Array.from({ length: 40 }, () => entry),
  });
  const bytes = encoded(event);
  assert.ok(bytes.length <= EVENT_BYTES_MAX);
  assert.equal(roundTrip(event).trace.length, TRACE_ENTRIES_MAX);
});

test('numbers out of range are clamped, not wrapped', () => {
  const event = roundTrip(
    sampleEvent({
      timeMs: Number.NaN,
      durationMicros: 2 ** 40,
      upstreamMicros: -5,
      decisionMicros: Number.NaN,
      requestBytes: Number.POSITIVE_INFINITY,
      responseBytes: -1,
      status: 99_999,
      trace: [{ stage: 'route', kind: 'pass', micros: 1e9, enforced: true }],
    }),
  );
  assert.equal(event.timeMs, 0);
  assert.equal(event.durationMicros, 0xffff_ffff);
  assert.equal(event.upstreamMicros, 0);
  assert.equal(event.decisionMicros, 0);
  assert.equal(event.requestBytes, Number.MAX_SAFE_INTEGER);
  assert.equal(event.responseBytes, 0);
  assert.equal(event.status, 65_535);
  assert.equal(event.trace[0]?.micros, 65_535);
});

test('an event that might not fit is refused and leaves what follows untouched', () => {
  const event = sampleEvent({ path: '/漢字' });
  const whole = encoded(event).length;
  const target = eventBytes(new Uint8Array(1_000).fill(0xaa));
  for (let end = 0; end < 1_000; end++) {
    const length = encodeEvent(event, target, 0, end);
    assert.ok(length === 0 || length === whole);
    if (end < whole) assert.equal(length, 0);
    assert.ok(target.bytes.subarray(end).every((byte) => byte === 0xaa));
    target.bytes.fill(0xaa);
  }
});

test('a plain event of six passing stages takes less than 300 bytes', () => {
  const trace = STAGE_IDS.map((stage): StageTrace => ({ stage, kind: 'pass', micros: 9, enforced: true }));
  assert.ok(encoded(sampleEvent({ trace })).length < 300);
});

test('any corruption gives a problem or an event, never an exception or a step that does not advance', () => {
  fc.assert(
    fc.property(
      eventArbitrary,
      fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      fc.nat(400),
      (event, damages, cutTo) => {
        const bytes = encoded(event);
        for (const [at, value] of damages) bytes[at % bytes.length] = value;
        for (const damaged of [bytes, bytes.subarray(0, cutTo)]) {
          const decoded = decodeEvent(eventBytes(damaged), 0);
          if (decoded.ok) assert.ok(decoded.next > 0 && decoded.next <= damaged.length);
          else assert.notEqual(decoded.problem, '');
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('random bytes are never taken for an endless run of events', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      const source = eventBytes(bytes);
      let at = 0;
      for (let steps = 0; at < bytes.length; steps++) {
        assert.ok(steps <= bytes.length / 76);
        const decoded = decodeEvent(source, at);
        if (!decoded.ok) break;
        at = decoded.next;
      }
    }),
  );
});

test('a record of another version, or with unknown codes, is refused by name', () => {
  const problem = (at: number, value: number): string => {
    const bytes = encoded(sampleEvent({ trace: [{ stage: 'route', kind: 'pass', micros: 1, enforced: true }] }));
    bytes[at] = value;
    const decoded = decodeEvent(eventBytes(bytes), 0);
    return decoded.ok ? 'ok' : decoded.problem;
  };
  assert.equal(problem(4, 1), 'version');
  assert.equal(problem(5, 3), 'codes');
  assert.equal(problem(5, 0xff), 'codes');
  assert.equal(problem(6, 200), 'codes');
  assert.equal(problem(7, 200), 'trace');
  assert.equal(problem(46, 0), 'text offset');
  assert.equal(problem(120, 15), 'trace');
  assert.equal(problem(52, 200), 'text');
});

/** As version 2 and version 3 wrote them. */
const BEFORE = {
  2: '9AAAAAIpAAIAAMAGRQx6QgAAAAAAAAAAAAAAAAAAgEDcBQAAsAQAADwAAADIAFoAFAAPAAkACwAIAAoABAAMAAUAAAAAAAsACwAAAAQADABCAwDUCQALAAsAYWJjZGVmZ2hqa21uMDAwMDAwMDFhcGkuZXhhbXBsZS5jb20vb3JkZXJzLzcyMDMuMC4xMTMuOWN1cmwvOC45cmVhZC1vcmRlcmFjbWVBYjNkRWY2aElqOWtrZXlzUFVSR0VhdXRoei5zY29wZXdhbnRzIHdyaXRland0LmFsZ19ub25lYXV0aHouc2NvcGV3YW50cyB3cml0ZQ==',
  3: 'IQEAAAMpAAIAAMAGRQx6QgAAAAAAAAAAAAAAAAAAgEDcBQAAsAQAADwAAADIAHoAFAAPAAkACwAIAAoABAAMAAUAAAAAAAsACwAAAAQADADFAQ0ATQAAAAAAAOZNrNpBAAAAAIAcyEAAAAAAADCFQEIDANQJAAsACwBhYmNkZWZnaGprbW4wMDAwMDAwMWFwaS5leGFtcGxlLmNvbS9vcmRlcnMvNzIwMy4wLjExMy45Y3VybC84LjlyZWFkLW9yZGVyYWNtZUFiM2RFZjZoSWo5a2tleXNQVVJHRWF1dGh6LnNjb3Bld2FudHMgd3JpdGVqd3QuYWxnX25vbmV7InZlcnNpb24iOjF9YXV0aHouc2NvcGV3YW50cyB3cml0ZQ==',
} as const;

test('records of earlier versions are read; what they do not hold is not there', () => {
  const written = sampleEvent({
    method: 'PURGE',
    reason: 'authz.scope',
    outcome: 'denied',
    detail: 'wants write',
    trace: [
      { stage: 'route', kind: 'pass', micros: 3, enforced: true },
      { stage: 'authorise', kind: 'deny', micros: 9, reason: 'authz.scope', detail: 'wants write', enforced: true },
    ],
    signals: ['jwt.alg_none'],
  });
  const facts = {
    pathAmbiguities: 5,
    pathWhole: true,
    bodyBytesDeclared: 77,
    authenticatedAtSeconds: 1_789_999_000,
    issuedAtSeconds: undefined,
    subjectIsConsumer: true,
    subjectId: 12_345,
    profileId: 678,
    profileText: '{"version":1}',
  };
  for (const [version, expected] of [
    [2, written],
    [3, { ...written, facts }],
  ] as const) {
    const source = eventBytes(Uint8Array.from(Buffer.from(BEFORE[version], 'base64')));
    assert.deepEqual(decodeEvent(source, 0), { ok: true, event: expected, next: source.bytes.length });
    assert.equal(eventLength(source, 0), source.bytes.length);
    assert.equal(eventTimeMs(source, 0), written.timeMs);
    assert.deepEqual(eventProfile(source, 0), version === 2 ? undefined : { id: 678, text: '{"version":1}' });
  }
});

test('the request id is read without decoding the event', () => {
  const source = eventBytes(encoded(sampleEvent({ path: '/é', trace: [] })));
  assert.equal(eventRequestId(source, 0, 20), 'abcdefghjkmn00000001');
  assert.equal(eventRequestId(source, 0, 19), '');
});

test('every stage of the pipeline has its own code', () => {
  for (const stage of STAGE_IDS) assert.equal(STAGES[stageCode(stage)], stage);
});
