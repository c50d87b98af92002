import type { JwsAlgorithm, JwtAuthenticatorConfig } from '../core/configuration.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { algorithmOf } from '../crypto/jose/algorithms.ts';
import { parseStrictJson } from '../crypto/jose/strict-json.ts';
import type { CompactJws, JoseFault, JsonObject } from '../crypto/jose/types.ts';
import type { TokenRefusal } from './token-claims.ts';

/** A token of this issuer by its own word, in a form the issuer uses; its signature was not looked at. */
export interface ReadableToken {
  readonly jws: CompactJws;
  readonly algorithm: JwsAlgorithm;
  readonly claims: JsonObject;
}

export type TokenReading =
  | { readonly kind: 'readable'; readonly token: ReadableToken }
  /** It says that it is another issuer's: another method may take it. */
  | { readonly kind: 'other'; readonly refusal: TokenRefusal }
  | { readonly kind: 'refused'; readonly refusal: TokenRefusal };

const CLAIM_LIMITS = Object.freeze({ depthMax: 8, membersMax: 64 });

/**
 * Judges what needs no key: the claims are strict JSON, `iss` is exactly the issuer's (RFC 8725 §3.8), `alg` one it uses
 * (§3.1) and `typ` that of an access token (§3.11, RFC 9068 §4). The issuer comes first, so that of several methods only
 * the one whose token it is decides. Nothing that is read here is true before the signature is verified.
 */
export function readToken(
  jws: CompactJws,
  { issuer, algorithms, types }: Pick<JwtAuthenticatorConfig, 'issuer' | 'algorithms' | 'types'>,
): TokenReading {
  const json = parseStrictJson(jws.payload, CLAIM_LIMITS);
  if (!json.ok) return refused(refusalOf(json.fault));
  const claims = json.value;
  if (claims['iss'] !== issuer) return OTHER_ISSUER;
  const algorithm = algorithmOf(jws.algorithm);
  if (algorithm === undefined) return UNKNOWN_ALGORITHM;
  if (!algorithms.includes(algorithm)) return algorithm.startsWith('HS') ? SYMMETRIC : OTHER_ALGORITHM;
  if (!types.includes(jws.type)) return OTHER_TYPE;
  if (jws.type !== 'at+jwt' && OTHER_USES.some((name) => claims[name] !== undefined)) return OTHER_USE;
  return { kind: 'readable', token: { jws, algorithm, claims } };
}

/** Reason of a fault of form, by its signal. */
export function refusalOf({ signal, detail }: JoseFault): TokenRefusal {
  return { reason: REASONS[signal] ?? 'authn.token_malformed', signal, detail };
}

const REASONS: Readonly<Record<string, ReasonCode>> = {
  'jwt.alg': 'authn.token_algorithm',
  'jwt.alg_none': 'authn.token_algorithm',
  'jwt.header_key': 'authn.token_header',
  'jwt.b64': 'authn.token_header',
  'jwt.crit': 'authn.token_header',
  'jwt.zip': 'authn.token_header',
  'jwt.enc': 'authn.token_header',
  'jwt.kid': 'authn.token_header',
  'jwt.typ': 'authn.token_type',
};

/** Claims that only ID tokens, logout and security event tokens and proofs have; where `typ` does not tell them apart. */
const OTHER_USES = ['at_hash', 'c_hash', 's_hash', 'events', 'htm', 'htu', 'ath'] as const;

const OTHER_ISSUER: TokenReading = Object.freeze({
  kind: 'other',
  refusal: { reason: 'authn.token_issuer', signal: 'jwt.issuer', detail: 'iss is missing or not that of the issuer' },
} as const);
const UNKNOWN_ALGORITHM = refusal('authn.token_algorithm', 'jwt.alg', 'alg is no algorithm that is known');
const OTHER_ALGORITHM = refusal('authn.token_algorithm', 'jwt.alg', 'alg is none of those the issuer uses');
const SYMMETRIC = refusal(
  'authn.token_algorithm',
  'jwt.key_confusion',
  'alg is symmetric where the issuer signs with public keys',
);
const OTHER_TYPE = refusal('authn.token_type', 'jwt.typ', 'typ is none of those of access tokens');
const OTHER_USE = refusal(
  'authn.token_type',
  'jwt.cross_use',
  'the claims are those of an ID token, an event or a proof',
);

function refusal(reason: ReasonCode, signal: string, detail: string): TokenReading {
  return refused({ reason, signal, detail });
}

function refused(because: TokenRefusal): TokenReading {
  return Object.freeze({ kind: 'refused', refusal: because });
}
