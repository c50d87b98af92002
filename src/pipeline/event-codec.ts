import type { StageTrace } from '../core/decision.ts';
import type { CallEvent, CallFacts } from '../core/event.ts';
import type { ReasonCode } from '../core/reasons.ts';
import type { EventBytes } from './event-layout.ts';
import {
  CHARACTERS_MAX,
  EVENT_VERSION,
  EVENT_VERSION_BARE,
  FIXED_BYTES,
  FIXED_BYTES_MIN,
  FIXED_BYTES_OF,
  HTTP_VERSIONS,
  httpVersionCode,
  KINDS,
  kindCode,
  METHODS,
  methodCode,
  OUTCOMES,
  outcomeCode,
  SCHEMES,
  STAGES,
  schemeCode,
  stageCode,
  TRACE_ENTRIES_MAX,
  TRACE_ENTRY_BYTES,
  TRACE_TEXT_BYTES,
} from './event-layout.ts';

const NO_SIGNALS: readonly string[] = Object.freeze([]);
const UINT32_MAX = 0xffff_ffff;
const UINT16_MAX = 0xffff;

/**
 * Writes one event at `offset` and returns its length, or 0 where it might not fit before `end`.
 * Strings over their bound are cut and end in `…`; numbers out of range are clamped; trace entries over the bound are left out.
 * Does not check that the event holds no credential: that is its maker's duty.
 */
export function encodeEvent(event: CallEvent, target: EventBytes, offset: number, end: number): number {
  const method = methodCode(event.method);
  const scheme = schemeCode(event.scheme);
  const httpVersion = httpVersionCode(event.httpVersion);

  const requestId = cut(event.requestId, CHARACTERS_MAX.requestId);
  const methodText = method === 0 ? cut(event.method, CHARACTERS_MAX.method) : '';
  const schemeText = scheme === 0 ? cut(event.scheme, CHARACTERS_MAX.scheme) : '';
  const httpVersionText = httpVersion === 0 ? cut(event.httpVersion, CHARACTERS_MAX.httpVersion) : '';
  const host = cut(event.host, CHARACTERS_MAX.host);
  const path = cut(event.path, CHARACTERS_MAX.path);
  const address = cut(event.address, CHARACTERS_MAX.address);
  const userAgent = cut(event.userAgent, CHARACTERS_MAX.userAgent);
  const routeId = cut(event.routeId, CHARACTERS_MAX.routeId);
  const consumer = cut(event.consumer, CHARACTERS_MAX.consumer);
  const credentialId = cut(event.credentialId, CHARACTERS_MAX.credentialId);
  const authenticator = cut(event.authenticator, CHARACTERS_MAX.authenticator);
  const signals = event.signals.length === 0 ? '' : cut(event.signals.join(' '), CHARACTERS_MAX.signals);
  const reason = cut(event.reason, CHARACTERS_MAX.reason);
  const detail = cut(event.detail, CHARACTERS_MAX.detail);
  const error = cut(event.error, CHARACTERS_MAX.error);

  let text = requestId + host + path + address + userAgent + routeId + consumer + credentialId + authenticator;
  // The rest is empty on nearly every call; an empty string still costs a step of the join.
  text += methodText + schemeText + httpVersionText + reason + detail + error + signals;
  const { facts } = event;
  const profileText =
    facts === undefined || facts.profileText.length > CHARACTERS_MAX.profileText ? '' : facts.profileText;
  if (profileText !== '') text += profileText;

  const trace = event.trace;
  const entries = Math.min(trace.length, TRACE_ENTRIES_MAX);
  if (offset + FIXED_BYTES + entries * (TRACE_ENTRY_BYTES + TRACE_TEXT_BYTES) > end) return 0;

  const view = target.view;
  let at = offset + FIXED_BYTES;
  for (let i = 0; i < entries; i++) {
    const entry = trace[i];
    if (entry === undefined) break;
    const micros = entry.micros;
    let code = stageCode(entry.stage) | (kindCode(entry.kind) << 4) | (entry.enforced ? 64 : 0);
    view.setUint16(at + 1, Math.min(micros, UINT16_MAX), true);
    if (entry.reason !== undefined || entry.detail !== undefined) {
      const entryReason = cut(entry.reason ?? '', CHARACTERS_MAX.reason);
      const entryDetail = cut(entry.detail ?? '', CHARACTERS_MAX.detail);
      text += entryReason + entryDetail;
      code |= 128;
      view.setUint16(at + TRACE_ENTRY_BYTES, entryReason.length, true);
      view.setUint16(at + TRACE_ENTRY_BYTES + 2, entryDetail.length, true);
      view.setUint8(at, code);
      at += TRACE_ENTRY_BYTES + TRACE_TEXT_BYTES;
    } else {
      view.setUint8(at, code);
      at += TRACE_ENTRY_BYTES;
    }
  }
  // Three bytes is the most a UTF-16 unit takes. Counting exactly would read the text twice.
  if (at + 3 * text.length > end) return 0;
  const length = at - offset + target.bytes.write(text, at, end - at, 'utf8');

  view.setUint32(offset, length, true);
  view.setUint8(offset + 4, EVENT_VERSION);
  view.setUint8(offset + 5, outcomeCode(event.outcome) | (httpVersion << 2) | (scheme << 4));
  view.setUint8(offset + 6, method);
  view.setUint8(offset + 7, entries);
  view.setFloat64(offset + 8, countable(event.timeMs), true);
  view.setFloat64(offset + 16, countable(event.requestBytes), true);
  view.setFloat64(offset + 24, countable(event.responseBytes), true);
  view.setUint32(offset + 32, uint32(event.durationMicros), true);
  view.setUint32(offset + 36, uint32(event.upstreamMicros), true);
  view.setUint32(offset + 40, uint32(event.decisionMicros), true);
  view.setUint16(offset + 44, Math.min(event.status, UINT16_MAX), true);
  view.setUint16(offset + 46, at - offset, true);
  view.setUint16(offset + 48, requestId.length, true);
  view.setUint16(offset + 50, host.length, true);
  view.setUint16(offset + 52, path.length, true);
  view.setUint16(offset + 54, address.length, true);
  view.setUint16(offset + 56, userAgent.length, true);
  view.setUint16(offset + 58, routeId.length, true);
  view.setUint16(offset + 60, consumer.length, true);
  view.setUint16(offset + 62, credentialId.length, true);
  view.setUint16(offset + 64, methodText.length, true);
  view.setUint16(offset + 66, schemeText.length, true);
  view.setUint16(offset + 68, httpVersionText.length, true);
  view.setUint16(offset + 70, reason.length, true);
  view.setUint16(offset + 72, detail.length, true);
  view.setUint16(offset + 74, error.length, true);
  view.setUint16(offset + 76, authenticator.length, true);
  view.setUint16(offset + 78, signals.length, true);
  encodeFacts(view, offset, facts, profileText.length);
  return length;
}

const BODY_NOT_DECLARED = UINT32_MAX;
const PATH_WHOLE = 64;
const SUBJECT_IS_CONSUMER = 128;

function encodeFacts(view: DataView, offset: number, facts: CallFacts | undefined, profileCharacters: number): void {
  view.setUint16(offset + 82, profileCharacters, true);
  if (facts === undefined) {
    view.setUint16(offset + 80, 0, true);
    view.setUint32(offset + 84, 0, true);
    view.setFloat64(offset + 88, 0, true);
    view.setFloat64(offset + 96, 0, true);
    view.setFloat64(offset + 104, 0, true);
    view.setFloat64(offset + 112, 0, true);
    return;
  }
  const { pathAmbiguities, pathWhole, subjectIsConsumer, bodyBytesDeclared: declared } = facts;
  const flags = (pathWhole ? PATH_WHOLE : 0) | (subjectIsConsumer ? SUBJECT_IS_CONSUMER : 0);
  view.setUint8(offset + 80, (pathAmbiguities & 63) | flags);
  view.setUint8(offset + 81, 1);
  view.setUint32(offset + 84, declared < 0 ? BODY_NOT_DECLARED : Math.min(declared, BODY_NOT_DECLARED - 1), true);
  view.setFloat64(offset + 88, countable(facts.authenticatedAtSeconds), true);
  view.setFloat64(offset + 96, countable(facts.subjectId), true);
  view.setFloat64(offset + 104, countable(facts.profileId), true);
  view.setFloat64(offset + 112, countable(facts.issuedAtSeconds ?? 0), true);
}

function decodeFacts(view: DataView, offset: number, profileText: string): CallFacts | undefined {
  if (view.getUint8(offset + 81) !== 1) return undefined;
  const codes = view.getUint8(offset + 80);
  const declared = view.getUint32(offset + 84, true);
  return {
    pathAmbiguities: codes & 63,
    pathWhole: (codes & PATH_WHOLE) !== 0,
    bodyBytesDeclared: declared === BODY_NOT_DECLARED ? -1 : declared,
    authenticatedAtSeconds: view.getFloat64(offset + 88, true),
    issuedAtSeconds: view.getUint8(offset + 4) === EVENT_VERSION ? view.getFloat64(offset + 112, true) : undefined,
    subjectIsConsumer: (codes & SUBJECT_IS_CONSUMER) !== 0,
    subjectId: view.getFloat64(offset + 96, true),
    profileId: view.getFloat64(offset + 104, true),
    profileText,
  };
}

export type DecodedEvent =
  | { readonly ok: true; readonly event: CallEvent; readonly next: number }
  | { readonly ok: false; readonly problem: string };

/** Reads the event at `offset`. Corrupt bytes give a problem, never an exception, and never a read past the end. */
export function decodeEvent(source: EventBytes, offset: number): DecodedEvent {
  const length = eventLength(source, offset);
  if (length === 0) return broken('length');
  const view = source.view;
  const version = view.getUint8(offset + 4);
  const fixedBytes = FIXED_BYTES_OF[version];
  if (fixedBytes === undefined) return broken('version');
  const bare = version === EVENT_VERSION_BARE;
  const codes = view.getUint8(offset + 5);
  const outcome = OUTCOMES[codes & 3];
  const scheme = SCHEMES[(codes >> 4) & 3];
  const methodNumber = view.getUint8(offset + 6);
  const method = METHODS[methodNumber];
  if (outcome === undefined || scheme === undefined || method === undefined || codes > 63) return broken('codes');
  const timeMs = view.getFloat64(offset + 8, true);
  const requestBytes = view.getFloat64(offset + 16, true);
  const responseBytes = view.getFloat64(offset + 24, true);
  if (!isCountable(timeMs) || !isCountable(requestBytes) || !isCountable(responseBytes)) return broken('number');

  const end = offset + length;
  const textAt = offset + view.getUint16(offset + 46, true);
  if (textAt < offset + fixedBytes || textAt > end) return broken('text offset');
  const text = source.bytes.toString('utf8', textAt, end);
  const cursor = { at: 0 };
  const requestId = take(text, cursor, view.getUint16(offset + 48, true));
  const host = take(text, cursor, view.getUint16(offset + 50, true));
  const path = take(text, cursor, view.getUint16(offset + 52, true));
  const address = take(text, cursor, view.getUint16(offset + 54, true));
  const userAgent = take(text, cursor, view.getUint16(offset + 56, true));
  const routeId = take(text, cursor, view.getUint16(offset + 58, true));
  const consumer = take(text, cursor, view.getUint16(offset + 60, true));
  const credentialId = take(text, cursor, view.getUint16(offset + 62, true));
  const authenticator = take(text, cursor, view.getUint16(offset + 76, true));
  const methodText = take(text, cursor, view.getUint16(offset + 64, true));
  const schemeText = take(text, cursor, view.getUint16(offset + 66, true));
  const httpVersionText = take(text, cursor, view.getUint16(offset + 68, true));
  const reason = take(text, cursor, view.getUint16(offset + 70, true));
  const detail = take(text, cursor, view.getUint16(offset + 72, true));
  const error = take(text, cursor, view.getUint16(offset + 74, true));
  const signals = take(text, cursor, view.getUint16(offset + 78, true));
  const profileText = bare ? '' : take(text, cursor, view.getUint16(offset + 82, true));
  const trace = decodeTrace(view, offset, fixedBytes, textAt, text, cursor);
  if (trace === undefined) return broken('trace');
  // Also true where a bound was overrun or bytes were not UTF-8, for then the units do not add up.
  if (cursor.at !== text.length) return broken('text');

  const event: CallEvent = {
    requestId,
    timeMs,
    method: methodNumber === 0 ? methodText : method,
    scheme: scheme === '' ? schemeText : scheme,
    host,
    path,
    httpVersion: HTTP_VERSIONS[(codes >> 2) & 3] || httpVersionText,
    address,
    userAgent,
    routeId,
    consumer,
    credentialId,
    authenticator,
    outcome,
    // Codes are stable, but a record may come from a version that knows more of them: shown as it is, not refused.
    reason: reason as ReasonCode | '',
    detail,
    status: view.getUint16(offset + 44, true),
    durationMicros: view.getUint32(offset + 32, true),
    upstreamMicros: view.getUint32(offset + 36, true),
    decisionMicros: view.getUint32(offset + 40, true),
    requestBytes,
    responseBytes,
    error: error as ReasonCode | '',
    trace,
    signals: signals === '' ? NO_SIGNALS : signals.split(' '),
    facts: bare ? undefined : decodeFacts(view, offset, profileText),
  };
  return { ok: true, event, next: end };
}

/** Length of the record at `offset`, or 0 where there is no whole record. */
export function eventLength(source: EventBytes, offset: number): number {
  const available = source.view.byteLength - offset;
  if (offset < 0 || available < FIXED_BYTES_MIN) return 0;
  const length = source.view.getUint32(offset, true);
  return length >= FIXED_BYTES_MIN && length <= available ? length : 0;
}

/** Time of arrival of the record at `offset`, which must be whole (see eventLength). */
export function eventTimeMs(source: EventBytes, offset: number): number {
  return source.view.getFloat64(offset + 8, true);
}

/** Request id of the record at `offset`, which must be whole, if it is `characters` ASCII characters long; else empty. */
export function eventRequestId(source: EventBytes, offset: number, characters: number): string {
  const end = offset + source.view.getUint32(offset, true);
  const at = offset + source.view.getUint16(offset + 46, true);
  if (source.view.getUint16(offset + 48, true) !== characters || at + characters > end) return '';
  return source.bytes.toString('latin1', at, at + characters);
}

/** The profile that the record at `offset` brings, or undefined: nearly every record only names its own. */
export function eventProfile(
  source: EventBytes,
  offset: number,
): { readonly id: number; readonly text: string } | undefined {
  if (source.view.getUint8(offset + 4) === EVENT_VERSION_BARE || source.view.getUint16(offset + 82, true) === 0)
    return undefined;
  const decoded = decodeEvent(source, offset);
  const facts = decoded.ok ? decoded.event.facts : undefined;
  return facts === undefined || facts.profileId === 0 ? undefined : { id: facts.profileId, text: facts.profileText };
}

function decodeTrace(
  view: DataView,
  offset: number,
  fixedBytes: number,
  end: number,
  text: string,
  cursor: { at: number },
): StageTrace[] | undefined {
  const entries = view.getUint8(offset + 7);
  if (entries > TRACE_ENTRIES_MAX) return undefined;
  const trace: StageTrace[] = [];
  let at = offset + fixedBytes;
  for (let i = 0; i < entries; i++) {
    if (at + TRACE_ENTRY_BYTES > end) return undefined;
    const code = view.getUint8(at);
    const stage = STAGES[code & 15];
    const kind = KINDS[(code >> 4) & 3];
    if (stage === undefined || kind === undefined) return undefined;
    const micros = view.getUint16(at + 1, true);
    const enforced = (code & 64) !== 0;
    at += TRACE_ENTRY_BYTES;
    if (code < 128) {
      trace.push({ stage, kind, micros, enforced });
      continue;
    }
    if (at + TRACE_TEXT_BYTES > end) return undefined;
    const reason = take(text, cursor, view.getUint16(at, true));
    const detail = take(text, cursor, view.getUint16(at + 2, true));
    at += TRACE_TEXT_BYTES;
    trace.push({
      stage,
      kind,
      micros,
      ...(reason === '' ? {} : { reason: reason as ReasonCode }),
      ...(detail === '' ? {} : { detail }),
      enforced,
    });
  }
  return at === end ? trace : undefined;
}

/** Cuts at the bound, but not through a surrogate pair. */
function cut(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : cutLong(text, charactersMax - 1);
}

function cutLong(text: string, characters: number): string {
  const last = text.charCodeAt(characters - 1);
  return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? characters - 1 : characters)}…`;
}

function take(text: string, cursor: { at: number }, characters: number): string {
  const from = cursor.at;
  cursor.at = from + characters;
  return characters === 0 ? '' : text.substring(from, cursor.at);
}

/** Written so that NaN becomes 0: a nonsense number must not make the record unreadable. */
function countable(value: number): number {
  return value >= 0 ? Math.min(value, Number.MAX_SAFE_INTEGER) : 0;
}

function isCountable(value: number): boolean {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

function uint32(value: number): number {
  return value >= 0 ? Math.min(value, UINT32_MAX) : 0;
}

function broken(problem: string): DecodedEvent {
  return { ok: false, problem };
}
