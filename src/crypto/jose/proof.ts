import type { JwsAlgorithm } from '../../core/configuration.ts';
import { isJsonObject } from '../../core/json-object.ts';
import { algorithmOf } from './algorithms.ts';
import { decodeBase64url, judgeBase64url } from './base64url.ts';
import { importVerificationKeys } from './jwk.ts';
import { parseStrictJson } from './strict-json.ts';
import { jwkThumbprint } from './thumbprint.ts';
import type { JoseFault, JsonObject, VerificationKey } from './types.ts';
import { verifyJws } from './verify.ts';

/** Octets of a whole proof; one with an RSA key of 8,192 bits fits. */
export const PROOF_BYTES_MAX = 4_096;

const JSON_LIMITS = { depthMax: 4, membersMax: 32 };

/**
 * Parameters that name or bring a key besides `jwk`, ask for an extension, or belong to other things than a signed JWT.
 * A reader that looked at one of them might verify by another key, or read another payload, than this one.
 */
const FOREIGN_PARAMETERS = ['kid', 'jku', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'crit', 'b64', 'zip', 'enc', 'cty'] as const;

/** The three segments of a compact JWS (RFC 7515 §7.1), each of canonical base64url and none empty. */
export interface ProofSegments {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

/** The key a proof brings, which is its holder's name, fit for the one algorithm the header says. */
export interface ProofKey extends VerificationKey {
  /** RFC 7638, base64url. */
  readonly thumbprint: string;
}

export type ProofKeyResult =
  | { readonly ok: true; readonly key: ProofKey }
  | { readonly ok: false; readonly fault: JoseFault };

/**
 * Splits a DPoP proof (RFC 9449 §4.2), of which there is one spelling only; a fault where it is none. Signals of all
 * faults here begin with `dpop.`. Does not look into the segments.
 */
export function splitProof(text: string): ProofSegments | JoseFault {
  if (text.length > PROOF_BYTES_MAX) return TOO_LONG;
  const first = text.indexOf('.');
  const second = text.indexOf('.', first + 1);
  if (first < 0 || second < 0 || text.indexOf('.', second + 1) >= 0) return NOT_COMPACT;
  const { length } = text;
  if (judgeBase64url(text, 0, first) !== undefined || judgeBase64url(text, first + 1, second) !== undefined)
    return NOT_COMPACT;
  if (judgeBase64url(text, second + 1, length) !== undefined || first === 0 || second === first + 1) return NOT_COMPACT;
  return { header: text.slice(0, first), payload: text.slice(first + 1, second), signature: text.slice(second + 1) };
}

/**
 * Reads the header of a proof and the public key in it (RFC 9449 §4.3, 4 to 7): `typ` is exactly `dpop+jwt`, `alg` one of
 * `algorithms`, of which symmetric ones never count, and the key public, sound and made for that algorithm. `EdDSA` is
 * taken for `Ed25519`. Does not verify the signature.
 */
export function readProofKey(header: string, algorithms: readonly JwsAlgorithm[]): ProofKeyResult {
  const json = readSegment(header);
  if ('signal' in json) return refuse(json);
  const fault = judgeParameters(json.value);
  if (fault !== undefined) return refuse(fault);
  const { alg, jwk } = json.value;
  if (typeof alg !== 'string') return refuse(NO_ALGORITHM);
  if (alg.toLowerCase() === 'none') return refuse(ALG_NONE);
  const algorithm = algorithmOf(alg);
  if (algorithm?.startsWith('HS')) return refuse(ALG_SYMMETRIC);
  if (algorithm === undefined || !algorithms.includes(algorithm)) return refuse(ALG_NOT_ALLOWED);
  if (!isJsonObject(jwk)) return refuse(NO_KEY);
  const imported = importVerificationKeys(jwk, [algorithm]);
  if (!imported.ok) return refuse(ofProof(imported.fault));
  const [key] = imported.keys;
  return key === undefined
    ? refuse(NO_KEY)
    : { ok: true, key: { algorithm, kid: undefined, key: key.key, thumbprint: jwkThumbprint(jwk) } };
}

/** Reads the claims as strict JSON. Does not check that they are there, nor their types. */
export function readProofClaims(payload: string): { readonly value: JsonObject } | JoseFault {
  return readSegment(payload);
}

/** Whether the signature over header and payload is the key's. Never throws. */
export function isProofSigned({ header, payload, signature }: ProofSegments, key: ProofKey): boolean {
  const signingInput = Buffer.from(`${header}.${payload}`, 'latin1');
  return verifyJws(
    {
      header: NO_MEMBERS,
      algorithm: key.algorithm,
      kid: undefined,
      type: 'dpop+jwt',
      payload: NO_BYTES,
      signingInput,
      signature: Buffer.from(signature, 'base64url'),
      canonical: '',
    },
    key,
  );
}

const NO_MEMBERS: JsonObject = Object.freeze(Object.create(null) as Record<string, unknown>);
const NO_BYTES = new Uint8Array(0);

const TOO_LONG = fault('dpop.size', `a proof is longer than ${PROOF_BYTES_MAX} bytes`);
const NOT_COMPACT = fault('dpop.form', 'the proof is not one canonical compact JWS');
const WRONG_TYPE = fault('dpop.type', 'typ is not dpop+jwt');
const NO_ALGORITHM = fault('dpop.alg', 'alg is missing or no text');
const ALG_NONE = fault('dpop.alg_none', 'alg is none');
const ALG_SYMMETRIC = fault('dpop.alg_symmetric', 'alg is symmetric');
const ALG_NOT_ALLOWED = fault('dpop.alg', 'alg is unknown or not allowed for proofs');
const NO_KEY = fault('dpop.jwk', 'jwk is missing or no object');

function fault(signal: string, detail: string): JoseFault {
  return Object.freeze({ signal, detail });
}

function refuse(because: JoseFault): ProofKeyResult {
  return { ok: false, fault: because };
}

function judgeParameters(header: JsonObject): JoseFault | undefined {
  if (header['typ'] !== 'dpop+jwt') return WRONG_TYPE;
  for (const name of FOREIGN_PARAMETERS)
    if (name in header) return fault('dpop.header', `the header has ${name}, which no proof needs`);
  return undefined;
}

function readSegment(segment: string): { readonly value: JsonObject } | JoseFault {
  const bytes = decodeBase64url(segment);
  if (bytes === undefined) return NOT_COMPACT;
  const json = parseStrictJson(bytes, JSON_LIMITS);
  return json.ok ? json : ofProof(json.fault);
}

/** Signals of what every JOSE object has are told apart from those of tokens: `dpop.json`, `dpop.jwk_off_curve`. */
function ofProof({ signal, detail }: JoseFault): JoseFault {
  const dot = signal.indexOf('.');
  const kind = signal.slice(0, dot) === 'jwk' ? 'jwk_' : '';
  return { signal: `dpop.${kind}${signal.slice(dot + 1)}`, detail };
}
