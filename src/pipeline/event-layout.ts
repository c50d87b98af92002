import { Buffer } from 'node:buffer';
import type { StageId } from '../core/decision.ts';
import type { Outcome } from '../core/event.ts';
import type { VerdictKind } from '../core/verdict.ts';

/*
 * One encoded event, little-endian:
 *
 *   0 u32 length of the record, itself included      32 u32 durationMicros
 *   4 u8  version                                    36 u32 upstreamMicros
 *   5 u8  outcome, httpVersion, scheme (2 bits each) 40 u32 decisionMicros
 *   6 u8  method                                     44 u16 status
 *   7 u8  number of trace entries                    46 u16 offset of the text
 *   8 f64 timeMs                                     48 u16 × 16 lengths of the strings in UTF-16 units
 *  16 f64 requestBytes                               80 what judging anew takes (below)
 *  24 f64 responseBytes                             120 trace entries
 *                                                       text: all strings joined, UTF-8
 *
 *  80 u8  path ambiguities, 64: path is whole, 128: the subject is the consumer
 *  81 u8  1: the facts are there                     88 f64 authenticatedAtSeconds
 *  82 u16 length of the profile in UTF-16 units      96 f64 subjectId
 *  84 u32 bodyBytesDeclared                         104 f64 profileId
 *                                                   112 f64 issuedAtSeconds
 *
 * Version 3 had its trace entries at 112, version 2 at 80 and no facts; both are still read.
 *
 * The text is one block because one native write of a joined string costs less than a write per string; lengths count
 * UTF-16 units because those are known before encoding and cut the decoded block again without a separator.
 * A trace entry is three bytes where there is nothing to say: u8 stage | kind | enforced | hasText, u16 micros;
 * with hasText follow u16 length of the reason and u16 length of the detail.
 */
export const EVENT_VERSION = 4;
export const FIXED_BYTES = 120;
/** Where trace entries begin, by version; those that are not here are not read. */
export const FIXED_BYTES_OF: Readonly<Record<number, number>> = { 2: 80, 3: 112, 4: FIXED_BYTES };
export const FIXED_BYTES_MIN = 80;
/** The last version without facts. */
export const EVENT_VERSION_BARE = 2;
export const TRACE_ENTRY_BYTES = 3;
export const TRACE_TEXT_BYTES = 4;
export const TRACE_ENTRIES_MAX = 16;

/** Longest strings kept, in UTF-16 units; what is longer is cut and ends in `…`. */
export const CHARACTERS_MAX = {
  requestId: 64,
  method: 32,
  scheme: 16,
  host: 255,
  path: 1024,
  httpVersion: 16,
  address: 64,
  userAgent: 200,
  routeId: 128,
  consumer: 128,
  credentialId: 128,
  authenticator: 64,
  reason: 64,
  detail: 512,
  error: 64,
  /** All of them, with spaces between. */
  signals: 512,
  /** A longer one is left out: cut, it would say something else. */
  profileText: 4096,
} as const;

const TEXT_CHARACTERS_MAX =
  Object.values(CHARACTERS_MAX).reduce((sum, value) => sum + value, 0) +
  TRACE_ENTRIES_MAX * (CHARACTERS_MAX.reason + CHARACTERS_MAX.detail);

/** No record is longer: every string at its bound, three bytes per UTF-16 unit. */
export const EVENT_BYTES_MAX =
  FIXED_BYTES + TRACE_ENTRIES_MAX * (TRACE_ENTRY_BYTES + TRACE_TEXT_BYTES) + 3 * TEXT_CHARACTERS_MAX;

/** Bytes with the two views that reading and writing them takes, made once per buffer and not once per event. */
export interface EventBytes {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** Views over the same memory; copies nothing. */
export function eventBytes(memory: Uint8Array): EventBytes {
  return {
    bytes: Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength),
    view: new DataView(memory.buffer, memory.byteOffset, memory.byteLength),
  };
}

// Codes are written to disk: never renumber, only append. Code 0 means: see the text.

/** Written out as a `switch`, for the strings are interned and compare as pointers. */
export function methodCode(method: string): number {
  switch (method) {
    case 'GET':
      return 1;
    case 'POST':
      return 2;
    case 'PUT':
      return 3;
    case 'PATCH':
      return 4;
    case 'DELETE':
      return 5;
    case 'HEAD':
      return 6;
    case 'OPTIONS':
      return 7;
    default:
      return 0;
  }
}
export const METHODS: readonly string[] = ['', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

export function schemeCode(scheme: string): number {
  return scheme === 'https' ? 2 : scheme === 'http' ? 1 : 0;
}
export const SCHEMES: readonly string[] = ['', 'http', 'https'];

export function httpVersionCode(version: string): number {
  return version === '1.1' ? 2 : version === '2.0' ? 3 : version === '1.0' ? 1 : 0;
}
export const HTTP_VERSIONS: readonly string[] = ['', '1.0', '1.1', '2.0'];

export function outcomeCode(outcome: Outcome): number {
  switch (outcome) {
    case 'permitted':
      return 0;
    case 'denied':
      return 1;
    case 'observed':
      return 2;
  }
}
export const OUTCOMES: readonly Outcome[] = ['permitted', 'denied', 'observed'];

/** Of a record at `offset`, without decoding it. */
export function outcomeOf({ view }: EventBytes, offset: number): Outcome {
  return OUTCOMES[view.getUint8(offset + 5) & 3] ?? 'permitted';
}

export function stageCode(stage: StageId): number {
  switch (stage) {
    case 'framing':
      return 0;
    case 'admit':
      return 1;
    case 'route':
      return 2;
    case 'authenticate':
      return 3;
    case 'authorise':
      return 4;
    case 'limit':
      return 5;
    case 'inspect':
      return 6;
    case 'answer':
      return 7;
  }
}
export const STAGES: readonly StageId[] = [
  'framing',
  'admit',
  'route',
  'authenticate',
  'authorise',
  'limit',
  'inspect',
  'answer',
];

export function kindCode(kind: VerdictKind): number {
  switch (kind) {
    case 'pass':
      return 0;
    case 'deny':
      return 1;
    case 'notApplicable':
      return 2;
    case 'indeterminate':
      return 3;
  }
}
export const KINDS: readonly VerdictKind[] = ['pass', 'deny', 'notApplicable', 'indeterminate'];
