import { isAll, TOKEN } from './characters.ts';
import { nominations } from './connection-options.ts';
import { FIELD, type FieldNames } from './field-name.ts';
import { isSafeValue } from './field-value.ts';

export { nominations } from './connection-options.ts';

/**
 * Builds the header list that may be forwarded: lower-case names, in order, without what belongs to the connection or
 * was nominated for it, without framing and `Host` (written anew) and without anything of ours. It is complete before a
 * gateway adds its own fields, so that nothing the client wrote can take those away. Forwarded fields stay only with
 * `keepForwarded`. HTTP/2 cookie crumbs are joined (RFC 9113 §8.2.3).
 * Does not check names or values; fields that `FieldNames` refuses are left out.
 */
export function rebuildRequestHeaders(
  raw: readonly string[],
  names: FieldNames,
  nominated: readonly string[],
  keepForwarded: boolean,
  keepTrailersOffer: boolean,
): string[] {
  const out: string[] = [];
  const dropped = FIELD.HOP_BY_HOP | FIELD.FRAMING | FIELD.OURS | (keepForwarded ? 0 : FIELD.FORWARDED);
  let cookieAt = -1;
  for (let i = 0; i < raw.length; i += 2) {
    const rawName = raw[i] ?? '';
    const value = raw[i + 1] ?? '';
    if (rawName.charCodeAt(0) === 0x3a) continue;
    const { lower, flags, fault } = names.read(rawName);
    if (fault !== '') continue;
    if ((flags & dropped) !== 0) {
      if (lower === 'te' && keepTrailersOffer && value === 'trailers') out.push('te', 'trailers');
      continue;
    }
    // What is protected cannot be nominated away, whoever calls this without the framing check.
    if (nominated.length > 0 && (flags & FIELD.PROTECTED) === 0 && nominated.includes(lower)) continue;
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

/** Hop-by-hop fields of answers (RFC 9110 §7.6.1). */
const RESPONSE_DROPPED: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authentication-info',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/**
 * Builds the header list of an answer from an upstream's raw fields, given as text or bytes: without what belongs to its
 * connection or was nominated for it, and without `Sallyport-*`, which only the gateway says. Fields that could split
 * an answer (a name that is no token, a control character in the value) are left out.
 */
export function rebuildResponseHeaders(raw: readonly (string | Uint8Array)[]): string[] {
  const out: string[] = [];
  let nominated: readonly string[] | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = lowerToken(raw[i]);
    const value = text(raw[i + 1]);
    if (name === 'connection')
      nominated = nominated === undefined ? nominations(value) : [...nominated, ...nominations(value)];
    if (name === '' || name.startsWith('sallyport-') || RESPONSE_DROPPED.has(name) || !isSafeValue(value)) continue;
    out.push(name, value);
  }
  return nominated === undefined || nominated.length === 0 ? out : withoutNames(out, nominated);
}

export function withoutNames(headers: readonly string[], names: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (!names.includes(name)) out.push(name, headers[i + 1] ?? '');
  }
  return out;
}

/** The lower-case name, or empty where it is no token. */
function lowerToken(name: string | Uint8Array | undefined): string {
  const given = text(name);
  return isAll(given, TOKEN) ? given.toLowerCase() : '';
}

function text(value: string | Uint8Array | undefined): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1');
}
