import { type Call, type HeaderFields, headerCount, headerValue } from '../core/call.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { NOT_APPLICABLE, type Verdict } from '../core/verdict.ts';
import { decodeBase64url } from '../crypto/jose/base64url.ts';
import { isAll, TOKEN, UNRESERVED } from '../http/characters.ts';
import { HMAC_SCHEME } from './hmac-canonical.ts';

/** A signature as it was presented, with what it says of itself; nothing of it is verified. */
export interface PresentedSignature {
  readonly clientId: string;
  /** Unix seconds as sent: decimal digits without leading zeros. */
  readonly timestamp: string;
  /** What makes the request unlike every other one of its client. */
  readonly nonce: string;
  /** Names and values of the signed fields, in ascending order of their names. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** 32 bytes each; one that is right is enough. */
  readonly signatures: readonly Uint8Array[];
}

/** Fields of Standard Webhooks. */
export const WEBHOOK_FIELDS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

const AUTHORIZATION_CHARACTERS_MAX = 4_096;
const CLIENT_ID_CHARACTERS_MAX = 128;
const NONCE_CHARACTERS_MIN = 16;
const NONCE_CHARACTERS_MAX = 128;
const FIELDS_MAX = 32;
const WEBHOOK_ID_CHARACTERS_MAX = 256;
const WEBHOOK_SIGNATURES_MAX = 16;
const MAC_BYTES = 32;
const PARTS = ['Credential', 'SignedHeaders', 'Timestamp', 'Nonce', 'Signature'] as const;

/** Whether a call carries a credential of the scheme `sallyport-hmac`, right or wrong. */
export function presentsSallyportHmac(headers: HeaderFields): boolean {
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i] === 'authorization' && isOurScheme(headers[i + 1] ?? '')) return true;
  return false;
}

/** Whether a call carries a signature of Standard Webhooks, right or wrong. */
export function presentsWebhook(headers: HeaderFields): boolean {
  return headerValue(headers, 'webhook-signature') !== undefined;
}

/**
 * Reads the credential of a request signed as `canonicalRequest` says, and the fields it signs. Each part has one
 * spelling. Answers a verdict where there is none, or one that cannot be read or signs too little.
 */
export function readSallyportHmac(call: Call): PresentedSignature | Verdict {
  const value = headerValue(call.headers, 'authorization');
  if (value === undefined || !isOurScheme(value)) return NOT_APPLICABLE;
  if (headerCount(call.headers, 'authorization') > 1) return SEVERAL;
  if (value.length > AUTHORIZATION_CHARACTERS_MAX) return malformed('hmac.form', 'the credential is too long');
  const parts = value.slice(HMAC_SCHEME.length + 1).split(',');
  const values: string[] = [];
  for (const [index, name] of PARTS.entries()) {
    const part = parts[index] ?? '';
    if (!part.startsWith(`${name}=`)) return malformed('hmac.form', `${name} is not where it should be`);
    values.push(part.slice(name.length + 1));
  }
  if (parts.length !== PARTS.length) return malformed('hmac.form', 'more parts than there should be');
  const [clientId = '', names = '', timestamp = '', nonce = '', signatureText = ''] = values;
  if (!isVisible(clientId) || clientId.length > CLIENT_ID_CHARACTERS_MAX)
    return malformed('hmac.form', 'Credential is no client id');
  if (!isDecimal(timestamp)) return malformed('hmac.timestamp', 'Timestamp is not Unix seconds');
  if (nonce.length < NONCE_CHARACTERS_MIN || nonce.length > NONCE_CHARACTERS_MAX || !isAll(nonce, UNRESERVED))
    return malformed('hmac.nonce', `Nonce is not ${NONCE_CHARACTERS_MIN} to ${NONCE_CHARACTERS_MAX} plain characters`);
  const signature = readSignature(signatureText);
  if (signature === undefined) return malformed('hmac.form', 'Signature is neither hexadecimal nor base64url');
  const fields = readFields(call, names.split(';'));
  return 'kind' in fields ? fields : { clientId, timestamp, nonce, fields, signatures: [signature] };
}

/**
 * Reads a signature of Standard Webhooks; `clientId` is the one sender there is. Signatures of versions other than `v1` are
 * passed over. An id with a full stop is refused: with one, the same signed content could be split in two ways, and a body
 * that begins with digits could become a newer timestamp.
 */
export function readWebhook({ headers }: Call, clientId: string): PresentedSignature | Verdict {
  const list = headerValue(headers, 'webhook-signature');
  if (list === undefined) return NOT_APPLICABLE;
  for (const name of WEBHOOK_FIELDS) if (headerCount(headers, name) > 1) return SEVERAL;
  const id = headerValue(headers, 'webhook-id') ?? '';
  if (id.length > WEBHOOK_ID_CHARACTERS_MAX || !isVisible(id) || id.includes('.'))
    return malformed('hmac.webhook_id', 'webhook-id is missing, too long, or has a full stop');
  const timestamp = headerValue(headers, 'webhook-timestamp') ?? '';
  if (!isDecimal(timestamp)) return malformed('hmac.timestamp', 'webhook-timestamp is not Unix seconds');
  const entries = list.split(' ', WEBHOOK_SIGNATURES_MAX + 1);
  if (entries.length > WEBHOOK_SIGNATURES_MAX) return malformed('hmac.form', 'too many signatures');
  const signatures: Uint8Array[] = [];
  for (const entry of entries) {
    const comma = entry.indexOf(',');
    if (comma <= 0) return malformed('hmac.form', 'a signature without version');
    if (entry.slice(0, comma) !== 'v1') continue;
    const text = entry.slice(comma + 1);
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length !== MAC_BYTES || bytes.toString('base64') !== text)
      return malformed('hmac.form', 'a v1 signature is not 32 bytes of base64');
    signatures.push(bytes);
  }
  if (signatures.length === 0) return malformed('hmac.version', 'no signature of a version that is known');
  return { clientId, timestamp, nonce: id, fields: [], signatures };
}

function isOurScheme(value: string): boolean {
  const space = value.indexOf(' ');
  return (space < 0 ? value : value.slice(0, space)).toLowerCase() === HMAC_SCHEME.toLowerCase();
}

/** The fields that are signed, as they came; each exactly once, so that no reader can see another value than we do. */
function readFields(call: Call, names: readonly string[]): PresentedSignature['fields'] | Verdict {
  if (names.length > FIELDS_MAX) return coverage('hmac.fields', 'too many signed fields');
  const fields: [string, string][] = [];
  let before = '';
  for (const name of names) {
    if (!isAll(name, TOKEN) || name !== name.toLowerCase() || !(name > before))
      return coverage('hmac.fields', 'SignedHeaders are not lower-case names in ascending order');
    before = name;
    if (name === 'authorization') return coverage('hmac.fields', 'authorization cannot be signed');
    if (name !== 'host') {
      const count = headerCount(call.headers, name);
      if (count === 0) return coverage('hmac.field_missing', 'a signed field is missing');
      if (count > 1) return coverage('hmac.field_repeated', 'a signed field is repeated');
    }
    // One host per call, whether it came as a field or, in HTTP/2, as a pseudo field.
    const value = name === 'host' ? call.host : (headerValue(call.headers, name) ?? '');
    if (value.includes('\n')) return coverage('hmac.fields', 'a signed field has a line feed');
    fields.push([name, value]);
  }
  return names.includes('host') ? fields : coverage('hmac.host_unsigned', 'host is not signed');
}

function readSignature(text: string): Uint8Array | undefined {
  if (text.length === MAC_BYTES * 2) {
    const bytes = Buffer.from(text, 'hex');
    return bytes.toString('hex') === text ? bytes : undefined;
  }
  const bytes = decodeBase64url(text);
  return bytes?.length === MAC_BYTES ? bytes : undefined;
}

/** One spelling per number, and none that is not exact. */
function isDecimal(text: string): boolean {
  const number = Number(text);
  return Number.isSafeInteger(number) && number > 0 && String(number) === text;
}

function isVisible(text: string): boolean {
  if (text === '') return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x21 || code > 0x7e) return false;
  }
  return true;
}

const SEVERAL = refusal('authn.ambiguous', 'hmac.several', 'a field of the signature is given more than once');

function malformed(signal: string, detail: string): Verdict {
  return refusal('authn.signature_malformed', signal, detail);
}

function coverage(signal: string, detail: string): Verdict {
  return refusal('authn.signature_coverage', signal, detail);
}

function refusal(reason: ReasonCode, signal: string, detail: string): Verdict {
  return { kind: 'deny', reason, detail, signals: [{ name: signal }] };
}
