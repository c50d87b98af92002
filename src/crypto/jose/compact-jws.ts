import { type Base64urlFault, judgeBase64url } from './base64url.ts';
import { isKeyId } from './jwk-members.ts';
import { parseStrictJson } from './strict-json.ts';
import type { CompactJws, JoseFault, JsonObject } from './types.ts';

/** Octets of the first segment as sent; a longer one is refused before it is decoded. */
const HEADER_BYTES_MAX = 2_048;
const HEADER_LIMITS = Object.freeze({ depthMax: 8, membersMax: 64 });
const TYPE_CHARACTERS_MAX = 128;

export interface CompactJwsOptions {
  /** Octets of a whole signed token. */
  readonly bytesMax: number;
  /** True: segments may end in the `=` that RFC 4648 §4 asks for and RFC 7515 §2 forbids. */
  readonly toleratePadding: boolean;
}

export type CompactJwsResult =
  | { readonly kind: 'jws'; readonly jws: CompactJws }
  | { readonly kind: 'jwe' }
  | { readonly kind: 'fault'; readonly fault: JoseFault };

/**
 * Reads a signed token in compact serialisation (RFC 7515 §7.1), in the one spelling it can have: three segments of
 * canonical base64url, and a header of strict JSON that brings no key of its own, no extension and no compression (RFC
 * 8725 §3).
 * Five segments answer `jwe` and are looked at no further: whether it is one, and its size, checkJweForm judges.
 * With `toleratePadding`, `=` is taken where it belongs and stays part of what is signed: the issuers that write it, AWS
 * load balancers above all, sign their padded text. `canonical` never has it, so one token is remembered once.
 * Does not verify the signature, does not look into the payload, which may be empty, and takes any `alg` but `none`:
 * which one an issuer may use is for the caller.
 */
export function readCompactJws(token: string, options: CompactJwsOptions): CompactJwsResult {
  if (startsObject(token)) return JSON_SERIALIZATION;
  const first = token.indexOf('.');
  const second = first < 0 ? -1 : token.indexOf('.', first + 1);
  if (second < 0) return NOT_THREE;
  const third = token.indexOf('.', second + 1);
  if (third >= 0) return hasOneMoreDot(token, third + 1) ? JWE : NOT_THREE;
  const end = token.length;
  if (end > options.bytesMax) return TOO_LONG;
  if (first === 0) return NOT_THREE;
  if (first > HEADER_BYTES_MAX) return HEADER_TOO_LONG;
  const { toleratePadding } = options;
  const headerEnd = toleratePadding ? unpaddedEnd(token, 0, first) : first;
  const payloadEnd = toleratePadding ? unpaddedEnd(token, first + 1, second) : second;
  const signatureEnd = toleratePadding ? unpaddedEnd(token, second + 1, end) : end;
  const spelling =
    judgeBase64url(token, 0, headerEnd) ??
    judgeBase64url(token, first + 1, payloadEnd) ??
    judgeBase64url(token, second + 1, signatureEnd);
  if (spelling !== undefined) return MISSPELT[spelling];
  const headerText = token.slice(0, headerEnd);
  const header = parseStrictJson(Buffer.from(headerText, 'base64url'), HEADER_LIMITS);
  if (!header.ok) return { kind: 'fault', fault: header.fault };
  const fault = judgeHeader(header.value);
  if (fault !== undefined) return { kind: 'fault', fault };
  // After the header, so that a token of alg none is told as one.
  if (signatureEnd === second + 1) return UNSIGNED;
  const payloadText = token.slice(first + 1, payloadEnd);
  const signatureText = token.slice(second + 1, signatureEnd);
  const isPadded = headerEnd !== first || payloadEnd !== second || signatureEnd !== end;
  return {
    kind: 'jws',
    jws: {
      header: header.value,
      algorithm: textMember(header.value, 'alg') ?? '',
      kid: textMember(header.value, 'kid'),
      type: mediaType(textMember(header.value, 'typ') ?? ''),
      payload: Buffer.from(payloadText, 'base64url'),
      signingInput: Buffer.from(token.slice(0, second), 'latin1'),
      signature: Buffer.from(signatureText, 'base64url'),
      canonical: isPadded ? `${headerText}.${payloadText}.${signatureText}` : token,
    },
  };
}

/** JSON serialisations (RFC 7515 §7.2) are objects; white space before one changes nothing for a lax reader. */
function startsObject(token: string): boolean {
  for (let i = 0; i < token.length; i++) {
    const code = token.charCodeAt(i);
    if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return code === 0x7b;
  }
  return false;
}

function hasOneMoreDot(token: string, from: number): boolean {
  const dot = token.indexOf('.', from);
  return dot >= 0 && token.indexOf('.', dot + 1) < 0;
}

/** Where the segment ends without its padding; wrong padding is left on it and is then no character of base64url. */
function unpaddedEnd(token: string, start: number, end: number): number {
  if (end === start || ((end - start) & 3) !== 0 || token.charCodeAt(end - 1) !== 0x3d) return end;
  return token.charCodeAt(end - 2) === 0x3d ? end - 2 : end - 1;
}

/** The first rule of RFC 7515 §4.1 or RFC 8725 §3 that the header breaks, or undefined. */
function judgeHeader(header: JsonObject): JoseFault | undefined {
  const algorithm = header['alg'];
  if (typeof algorithm !== 'string' || algorithm.length === 0) return NO_ALGORITHM;
  if (algorithm.toLowerCase() === 'none') return ALG_NONE;
  if ('jwk' in header || 'jku' in header || 'x5u' in header || 'x5c' in header) return HEADER_KEY;
  // RFC 7797 §7: a payload that is not encoded is nothing for tokens, whatever the value of b64.
  if ('b64' in header) return B64;
  // RFC 7515 §4.1.11: extensions that have to be understood, and none is.
  if ('crit' in header) return CRIT;
  if ('zip' in header) return ZIP;
  // RFC 7516 §9: only a header of an encrypted token has it.
  if ('enc' in header) return ENC;
  const kid = header['kid'];
  if (kid !== undefined && (typeof kid !== 'string' || !isKeyId(kid))) return KID;
  const type = header['typ'];
  return type === undefined || (typeof type === 'string' && isVisibleText(type)) ? undefined : TYP;
}

function textMember(header: JsonObject, name: string): string | undefined {
  const value = header[name];
  return typeof value === 'string' ? value : undefined;
}

/** Only ASCII, since the lower case of some other letters is an ASCII one. */
function isVisibleText(text: string): boolean {
  if (text.length > TYPE_CHARACTERS_MAX) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

/** RFC 7515 §4.1.9: `application/` goes without saying where no other slash follows. */
function mediaType(type: string): string {
  const lower = type.toLowerCase();
  return lower.startsWith(APPLICATION) && !lower.includes('/', APPLICATION.length)
    ? lower.slice(APPLICATION.length)
    : lower;
}

const APPLICATION = 'application/';

const JWE: CompactJwsResult = Object.freeze({ kind: 'jwe' });
const JSON_SERIALIZATION = refusal('jwt.json_serialization', 'JSON serialisation instead of the compact one');
const NOT_THREE = refusal('jwt.form', 'not three segments with a header');
const UNSIGNED = refusal('jwt.form', 'no signature');
const TOO_LONG = refusal('jwt.size', 'longer than a token may be');
const HEADER_TOO_LONG = refusal('jwt.size', `header longer than ${HEADER_BYTES_MAX} octets`);
const NOT_BASE64URL = refusal('jwt.base64url', 'a segment is not base64url without padding');
const MISSPELT: Readonly<Record<Base64urlFault, CompactJwsResult>> = Object.freeze({
  character: NOT_BASE64URL,
  length: NOT_BASE64URL,
  trailingBits: refusal('jwt.not_canonical', 'a segment has bits that encode nothing'),
});

const NO_ALGORITHM = fault('jwt.alg', 'alg is missing or no text');
const ALG_NONE = fault('jwt.alg_none', 'alg is none');
const HEADER_KEY = fault('jwt.header_key', 'the header brings a key: jwk, jku, x5u or x5c');
const B64 = fault('jwt.b64', 'the header has b64');
const CRIT = fault('jwt.crit', 'the header has crit, and no extension is understood');
const ZIP = fault('jwt.zip', 'the header asks for decompression');
const ENC = fault('jwt.enc', 'the header is that of an encrypted token');
const KID = fault('jwt.kid', 'kid is not 1 to 128 visible ASCII characters');
const TYP = fault('jwt.typ', `typ is no ASCII text of at most ${TYPE_CHARACTERS_MAX} characters`);

function fault(signal: string, detail: string): JoseFault {
  return Object.freeze({ signal, detail });
}

function refusal(signal: string, detail: string): CompactJwsResult {
  return Object.freeze({ kind: 'fault', fault: fault(signal, detail) });
}
