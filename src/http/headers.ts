import type { HeaderFields } from '../core/call.ts';
import { FIELD, type FieldNames } from './field-name.ts';

/** Names a sender listed in `Connection`, apart from the options every connection may carry. */
export function nominations(value: string): readonly string[] {
  if (value === '' || value === 'keep-alive' || value === 'close' || value === 'Keep-Alive' || value === 'Upgrade')
    return NONE;
  const names: string[] = [];
  for (const part of value.split(',')) {
    const name = part.trim().toLowerCase();
    if (name !== '' && name !== 'keep-alive' && name !== 'close' && name !== 'upgrade' && name !== 'te')
      names.push(name);
  }
  return names.length === 0 ? NONE : names;
}

const NONE: readonly string[] = Object.freeze([]);

/**
 * Builds the header list that may be forwarded: lower-case names, in order, without what belongs to the connection or
 * was nominated for it, without framing (written anew) and without anything of ours. Forwarded fields stay only with
 * `keepForwarded`. HTTP/2 cookie crumbs are joined (RFC 9113 §8.2.3).
 * Expects names that `FieldNames` accepts; others are left out.
 */
export function rebuildRequestHeaders(
  raw: readonly string[],
  names: FieldNames,
  nominated: readonly string[],
  keepForwarded: boolean,
  keepTrailersOffer: boolean,
): string[] {
  const out: string[] = [];
  let cookieAt = -1;
  for (let i = 0; i < raw.length; i += 2) {
    const rawName = raw[i] ?? '';
    const value = raw[i + 1] ?? '';
    if (rawName.charCodeAt(0) === 0x3a) continue;
    const { lower, flags, fault } = names.read(rawName);
    if (fault !== '') continue;
    if ((flags & (FIELD.HOP_BY_HOP | FIELD.FRAMING | FIELD.OURS)) !== 0) {
      if (lower === 'te' && keepTrailersOffer && value === 'trailers') out.push('te', 'trailers');
      continue;
    }
    if ((flags & FIELD.FORWARDED) !== 0 && !keepForwarded) continue;
    if (nominated.length > 0 && nominated.includes(lower)) continue;
    if (lower === 'cookie') {
      if (cookieAt >= 0) {
        out[cookieAt] = `${out[cookieAt]}; ${value}`;
        continue;
      }
      cookieAt = out.length + 1;
    }
    out.push(lower, value);
  }
  return out;
}

/** Hop-by-hop fields of answers (RFC 9110 §7.6.1); our own are set by us and cannot come from an upstream. */
const RESPONSE_DROPPED = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'sallyport-request-id',
  'http2-settings',
]);

/**
 * Builds the header list of an answer from an upstream's raw fields, given as text or bytes. Fields that could split an
 * answer are left out; so is what the upstream nominated for its own connection.
 */
export function rebuildResponseHeaders(raw: readonly (string | Uint8Array)[]): string[] {
  const out: string[] = [];
  let nominated: readonly string[] = NONE;
  for (let i = 0; i < raw.length; i += 2) {
    const name = lowerName(raw[i]);
    if (name.charCodeAt(0) === 0x3a) continue;
    const value = text(raw[i + 1]);
    if (name === 'connection') nominated = nominations(value);
    if (RESPONSE_DROPPED.has(name) || !isSafeValue(value)) continue;
    out.push(name, value);
  }
  return nominated.length === 0 ? out : withoutNames(out, nominated);
}

/** A list without some names. */
export function withoutNames(headers: HeaderFields, names: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (!names.includes(name)) out.push(name, headers[i + 1] ?? '');
  }
  return out;
}

/** No control character but the tab (RFC 9110 §5.5). */
export function isSafeValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff) return false;
  }
  return true;
}

const LOWER_CACHE_MAX = 1_024;
const lowerCache = new Map<string, string>();

/** Names of answers repeat too; bounded, begins anew when full. */
function lowerName(name: string | Uint8Array | undefined): string {
  const given = text(name);
  const known = lowerCache.get(given);
  if (known !== undefined) return known;
  if (lowerCache.size >= LOWER_CACHE_MAX) lowerCache.clear();
  const lower = given.toLowerCase();
  lowerCache.set(given, lower);
  return lower;
}

function text(value: string | Uint8Array | undefined): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1');
}
