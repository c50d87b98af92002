import { isJsonObject } from '../../core/json-object.ts';
import { decodeBase64url } from './base64url.ts';
import { COORDINATE_BYTES, isCurvePoint, isEcCurve, isSafeX25519Point } from './curve-point.ts';
import { base64urlMember, isKeyId } from './jwk-members.ts';
import { parseStrictJson } from './strict-json.ts';
import type { JoseFault, JsonObject } from './types.ts';

/** Octets of a whole encrypted token; a longer one is refused. */
export const JWE_BYTES_MAX = 16_384;
const HEADER_CHARACTERS_MAX = 2_048;
const PARTY_INFO_CHARACTERS_MAX = 256;

/** The algorithms a receiver offers (RFC 8725 §3.1): what is not listed is refused, and some are even if listed. */
export interface JwePolicy {
  readonly keyManagement: readonly string[];
  readonly contentEncryption: readonly string[];
}

/** Where the content encryption key of a token comes from. */
export interface JweForm {
  readonly header: JsonObject;
  readonly keyManagement: string;
  readonly contentEncryption: string;
  readonly kid: string | undefined;
  /** Curve of the sender's ephemeral key, which lies on it; undefined where the algorithm has none. */
  readonly curve: string | undefined;
}

export type JweFormResult =
  | { readonly ok: true; readonly form: JweForm }
  | { readonly ok: false; readonly fault: JoseFault };

/** Octets of initialization vector and tag (RFC 7518 §5.2, §5.3). Libraries have taken cut tags. */
const CONTENT_SIZES: ReadonlyMap<string, { readonly iv: number; readonly tag: number }> = new Map([
  ['A128GCM', { iv: 12, tag: 16 }],
  ['A192GCM', { iv: 12, tag: 16 }],
  ['A256GCM', { iv: 12, tag: 16 }],
  ['A128CBC-HS256', { iv: 16, tag: 16 }],
  ['A192CBC-HS384', { iv: 16, tag: 24 }],
  ['A256CBC-HS512', { iv: 16, tag: 32 }],
]);

/**
 * Headers that bring the sender's own key, or an extension. The key is ours, extensions are none (`zip`: RFC 8725 §3.6,
 * decompression bombs), and a sender who needs them is not understood.
 */
const REFUSED_HEADERS: readonly string[] = ['crit', 'zip', 'jwk', 'jku', 'x5u', 'x5c', 'b64', 'p2s', 'p2c'];

/**
 * Judges everything of a compact JWE (RFC 7516 §7.1) that can be judged without a key: five segments in the one spelling
 * of base64url, a strict header, algorithms that the policy offers, no compression, sizes that fit, and an ephemeral
 * public key on its curve (RFC 8725 §3.4). `none`, `dir`, RSA1_5 and PBES2 are refused whatever the policy says: a
 * padding oracle, a guessable password, or a secret shared with every sender.
 */
export function checkJweForm(token: string, policy: JwePolicy): JweFormResult {
  if (token.length > JWE_BYTES_MAX) return refuse('jwe.size', `longer than ${JWE_BYTES_MAX} octets`);
  const segments = token.split('.', 6);
  const [headerText, keyText, ivText, cipherText, tagText] = segments;
  if (
    segments.length !== 5 ||
    headerText === undefined ||
    keyText === undefined ||
    ivText === undefined ||
    cipherText === undefined ||
    tagText === undefined
  )
    return refuse('jwe.form', 'not five segments');
  if (headerText.length === 0 || headerText.length > HEADER_CHARACTERS_MAX)
    return refuse('jwe.form', 'the header is empty or too long');
  const headerBytes = decodeBase64url(headerText);
  const key = decodeBase64url(keyText);
  const iv = decodeBase64url(ivText);
  const cipher = decodeBase64url(cipherText);
  const tag = decodeBase64url(tagText);
  if (headerBytes === undefined || key === undefined || iv === undefined || cipher === undefined || tag === undefined)
    return refuse('jwe.not_canonical', 'a segment is not canonical base64url');
  const parsed = parseStrictJson(headerBytes, { depthMax: 3, membersMax: 32 });
  if (!parsed.ok) return refuse('jwe.header', 'the header is not strict JSON');
  const result = judgeHeader(parsed.value, policy);
  if (!result.ok) return result;
  const { keyManagement, contentEncryption } = result.form;
  const sizes = CONTENT_SIZES.get(contentEncryption);
  if (sizes === undefined || iv.length !== sizes.iv || tag.length !== sizes.tag || cipher.length === 0)
    return refuse('jwe.size', 'initialization vector, ciphertext or tag has a wrong size');
  // Direct agreement has no encrypted key (RFC 7516 §5.2 step 10); an ignored segment would be a second spelling.
  if ((key.length === 0) !== (keyManagement === 'ECDH-ES'))
    return refuse('jwe.size', 'an encrypted key is missing, or there where none belongs');
  return result;
}

function judgeHeader(header: JsonObject, policy: JwePolicy): JweFormResult {
  for (const name of REFUSED_HEADERS)
    if (Object.hasOwn(header, name)) return refuse(`jwe.header_${name}`, `header ${name} is not taken`);
  const keyManagement = header['alg'];
  const contentEncryption = header['enc'];
  if (typeof keyManagement !== 'string' || typeof contentEncryption !== 'string')
    return refuse('jwe.header', 'alg or enc is missing');
  if (isNeverOffered(keyManagement) || !policy.keyManagement.includes(keyManagement))
    return refuse('jwe.algorithm', 'alg is not offered');
  if (!policy.contentEncryption.includes(contentEncryption)) return refuse('jwe.algorithm', 'enc is not offered');
  const kid = header['kid'];
  if (kid !== undefined && (typeof kid !== 'string' || !isKeyId(kid)))
    return refuse('jwe.kid', 'kid is not 1 to 128 visible ASCII characters');
  if (!isContentTypeJwt(header['cty'])) return refuse('jwe.content_type', 'cty is not JWT');
  const curve = keyManagement.startsWith('ECDH-ES') ? ephemeralCurve(header) : undefined;
  if (curve !== undefined && typeof curve !== 'string') return { ok: false, fault: curve };
  return { ok: true, form: { header, keyManagement, contentEncryption, kid, curve } };
}

function isNeverOffered(algorithm: string): boolean {
  return algorithm === 'dir' || algorithm === 'none' || algorithm === 'RSA1_5' || algorithm.startsWith('PBES2');
}

/** Absent is taken, since many senders leave it out against RFC 7519 §5.2; what is inside is judged all the same. */
function isContentTypeJwt(type: unknown): boolean {
  if (type === undefined) return true;
  if (typeof type !== 'string') return false;
  const lower = type.toLowerCase();
  return lower === 'jwt' || lower === 'application/jwt';
}

/** The curve of `epk`, once its point is known to be on it (RFC 7518 §4.6.1.1); otherwise the fault. */
function ephemeralCurve(header: JsonObject): string | JoseFault {
  for (const name of ['apu', 'apv'])
    if (Object.hasOwn(header, name) && base64urlMember(header, name, PARTY_INFO_CHARACTERS_MAX) === undefined)
      return { signal: 'jwe.header', detail: `${name} is not canonical base64url` };
  const epk = header['epk'];
  if (!isJsonObject(epk)) return { signal: 'jwe.epk', detail: 'epk is missing' };
  const crv = epk['crv'];
  if (Object.hasOwn(epk, 'd')) return { signal: 'jwe.epk', detail: 'epk is a private key' };
  const x = base64urlMember(epk, 'x', PARTY_INFO_CHARACTERS_MAX);
  if (epk['kty'] === 'OKP' && crv === 'X25519' && x !== undefined && isSafeX25519Point(x)) return crv;
  const y = base64urlMember(epk, 'y', PARTY_INFO_CHARACTERS_MAX);
  if (epk['kty'] !== 'EC' || !isEcCurve(crv) || x?.length !== COORDINATE_BYTES[crv] || y === undefined)
    return { signal: 'jwe.epk', detail: 'epk is not an ephemeral key of a known curve' };
  return isCurvePoint(crv, x, y) ? crv : { signal: 'jwe.epk_off_curve', detail: 'epk is no point of its curve' };
}

function refuse(signal: string, detail: string): { readonly ok: false; readonly fault: JoseFault } {
  return { ok: false, fault: { signal, detail } };
}
