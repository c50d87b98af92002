import fc from 'fast-check';
import type { StageTrace } from '../core/decision.ts';
import { STAGE_IDS } from '../core/decision.ts';
import type { CallEvent } from '../core/event.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { REASONS } from '../core/reasons.ts';
import { encodeEvent } from './event-codec.ts';
import { EVENT_BYTES_MAX, eventBytes } from './event-layout.ts';

/** An event with every field set to something plain; tests change what they look at. */
export function sampleEvent(change: Partial<CallEvent> = {}): CallEvent {
  return {
    requestId: 'abcdefghjkmn00000001',
    timeMs: 1_790_000_000_000,
    method: 'GET',
    scheme: 'https',
    host: 'api.example.com',
    path: '/orders/7',
    httpVersion: '1.1',
    address: '203.0.113.9',
    userAgent: 'curl/8.9',
    routeId: 'read-order',
    consumer: 'acme',
    credentialId: 'Ab3dEf6hIj9k',
    authenticator: 'keys',
    outcome: 'permitted',
    reason: '',
    detail: '',
    status: 200,
    durationMicros: 1_500,
    upstreamMicros: 1_200,
    decisionMicros: 60,
    requestBytes: 0,
    responseBytes: 512,
    error: '',
    trace: [],
    signals: [],
    facts: undefined,
    ...change,
  };
}

/** The events encoded one behind the other, as a ring hands them out. */
export function encodeEvents(events: readonly CallEvent[]): Uint8Array {
  const pieces = events.map((event) => {
    const target = eventBytes(new Uint8Array(EVENT_BYTES_MAX));
    return target.bytes.subarray(0, encodeEvent(event, target, 0, EVENT_BYTES_MAX));
  });
  return Uint8Array.from(Buffer.concat(pieces));
}

const REASON_CODES = Object.keys(REASONS) as ReasonCode[];

// `binary` units reach control characters and every plane: what a hostile client can put into a path or an agent.
const hostileText = (max: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: max }).map((text) => text.toWellFormed()),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.constantFrom('', '\0', '\ufffd', '\ufeff', 'é', '…'),
  );

const stageTrace: fc.Arbitrary<StageTrace> = fc.record(
  {
    stage: fc.constantFrom(...STAGE_IDS),
    kind: fc.constantFrom('pass' as const, 'deny' as const, 'notApplicable' as const, 'indeterminate' as const),
    micros: fc.nat(65_535),
    enforced: fc.boolean(),
    reason: fc.constantFrom(...REASON_CODES),
    detail: fc.oneof(
      fc.string({ minLength: 1, maxLength: 40 }),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 170 }).map((text) => text.toWellFormed()),
    ),
  },
  { requiredKeys: ['stage', 'kind', 'micros', 'enforced'], noNullPrototype: true },
);

const bytes = fc.oneof(fc.nat(), fc.nat(Number.MAX_SAFE_INTEGER));
const micros = fc.nat(0xffff_ffff);

/** Events whose every field is inside its bound: they must come back exactly. */
export const eventArbitrary: fc.Arbitrary<CallEvent> = fc.record(
  {
    requestId: fc.oneof(
      fc.string({ unit: fc.constantFrom(...'0123456789abcdefghjkmnpqrstvwxyz'), minLength: 20, maxLength: 20 }),
      hostileText(30),
    ),
    timeMs: fc.oneof(
      fc.nat(Number.MAX_SAFE_INTEGER),
      fc.double({ min: 0, max: 4e12, noNaN: true }).map((value) => value + 0),
    ),
    method: fc.oneof(
      fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND', ''),
      hostileText(16),
    ),
    scheme: fc.constantFrom('http', 'https', '', 'ftp'),
    host: hostileText(120),
    path: hostileText(500),
    httpVersion: fc.constantFrom('1.0', '1.1', '2.0', '', '0.9'),
    address: fc.oneof(fc.ipV4(), fc.ipV6()),
    userAgent: hostileText(100),
    routeId: hostileText(60),
    consumer: hostileText(60),
    credentialId: hostileText(60),
    authenticator: hostileText(30),
    outcome: fc.constantFrom('permitted' as const, 'denied' as const, 'observed' as const),
    reason: fc.constantFrom('' as const, ...REASON_CODES),
    detail: hostileText(250),
    status: fc.nat(65_535),
    durationMicros: micros,
    upstreamMicros: micros,
    decisionMicros: micros,
    requestBytes: bytes,
    responseBytes: bytes,
    error: fc.constantFrom('' as const, ...REASON_CODES),
    trace: fc.array(stageTrace, { maxLength: 16 }),
    signals: fc.array(fc.constantFrom('jwt.alg_none', 'dpop.replay', 'api_key.wrong'), { maxLength: 8 }),
    facts: fc.option(
      fc.record(
        {
          pathAmbiguities: fc.nat(63),
          pathWhole: fc.boolean(),
          bodyBytesDeclared: fc.oneof(fc.constant(-1), fc.nat(0x7fff_ffff)),
          authenticatedAtSeconds: fc.double({ min: 0, max: 4e9, noNaN: true }).map((value) => value + 0),
          issuedAtSeconds: fc.double({ min: 0, max: 4e9, noNaN: true }).map((value) => value + 0),
          subjectIsConsumer: fc.boolean(),
          subjectId: fc.nat(Number.MAX_SAFE_INTEGER),
          profileId: fc.nat(Number.MAX_SAFE_INTEGER),
          profileText: hostileText(300),
        },
        { noNullPrototype: true },
      ),
      { nil: undefined },
    ),
  },
  { noNullPrototype: true },
);
