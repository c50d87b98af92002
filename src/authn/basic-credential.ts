import { type HeaderFields, headerCount, headerValue } from '../core/call.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { NOT_APPLICABLE, type Verdict } from '../core/verdict.ts';

/** User name and password as they were presented; neither is known to be right. */
export interface BasicCredential {
  readonly user: string;
  readonly password: string;
}

/** Longest user name, colon and password together. */
const CREDENTIAL_BYTES_MAX = 512;
const ENCODED_CHARACTERS_MAX = Math.ceil(CREDENTIAL_BYTES_MAX / 3) * 4;
/** Also keeps a byte order mark, which would otherwise give one password two spellings. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads the Basic credential of a call (RFC 7617 §2): the scheme in any case, one space, canonical base64 (RFC 4648 §4) of
 * well-formed UTF-8 without control characters, split at the first colon. Answers a verdict where there is none, or one
 * that cannot be read in exactly one way. Does not normalise Unicode: clients send form C (RFC 7617 §2.1, RFC 8265 §4.2).
 */
export function readBasicCredential(headers: HeaderFields): BasicCredential | Verdict {
  const value = headerValue(headers, 'authorization');
  if (value === undefined || !isBasic(value)) return NOT_APPLICABLE;
  if (headerCount(headers, 'authorization') > 1) return SEVERAL;
  const encoded = value.slice('basic '.length);
  if (encoded.length === 0 || encoded.length > ENCODED_CHARACTERS_MAX) return LENGTH;
  const bytes = Buffer.from(encoded, 'base64');
  // What the decoder is lax about (other alphabets, spaces, missing padding, stray bits) it does not write back.
  if (bytes.toString('base64') !== encoded) return BASE64;
  if (bytes.length > CREDENTIAL_BYTES_MAX) return LENGTH;
  const text = decodedText(bytes);
  if (text === undefined) return UTF8_FAULT;
  if (hasControlCharacter(text)) return CONTROL;
  const colon = text.indexOf(':');
  return colon < 0 ? COLON : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Whether a call carries a credential of this scheme, right or wrong. */
export function presentsBasic(headers: HeaderFields): boolean {
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i] === 'authorization' && isBasic(headers[i + 1] ?? '')) return true;
  return false;
}

function isBasic(value: string): boolean {
  const space = value.indexOf(' ');
  return (space < 0 ? value : value.slice(0, space)).toLowerCase() === 'basic';
}

function decodedText(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** C0, DEL and C1: RFC 7617 §2 forbids them, and no keyboard makes them. */
function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true;
  }
  return false;
}

const SEVERAL = refusal('authn.ambiguous', 'basic.several', 'Authorization is given more than once');
const LENGTH = malformed('basic.length', `the credential is empty or longer than ${CREDENTIAL_BYTES_MAX} bytes`);
const BASE64 = malformed('basic.base64', 'not the scheme, one space and canonical base64');
const UTF8_FAULT = malformed('basic.utf8', 'the credential is not UTF-8');
const CONTROL = malformed('basic.control_character', 'the credential has a control character');
const COLON = malformed('basic.no_colon', 'no colon between user name and password');

function malformed(signal: string, detail: string): Verdict {
  return refusal('authn.basic_malformed', signal, detail);
}

function refusal(reason: ReasonCode, signal: string, detail: string): Verdict {
  return Object.freeze({ kind: 'deny', reason, detail, signals: [{ name: signal }] } as const);
}
