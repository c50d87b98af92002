import { hash } from 'node:crypto';
import type { Call } from '../core/call.ts';
import type { DpopPolicy } from '../core/configuration.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { isProofSigned, type ProofKey, readProofClaims, readProofKey, splitProof } from '../crypto/jose/proof.ts';
import type { JoseFault, JsonObject } from '../crypto/jose/types.ts';
import { mayPredate, type ReplayGuard } from '../crypto/replay-memory.ts';
import type { DpopNonces } from './dpop-nonce.ts';
import { effectiveUri, isSameUri, normaliseOrigin } from './effective-uri.ts';

const JTI_CHARACTERS_MAX = 256;
/** Keys remembered per thread; full, the one that came first goes. At most 4 KB each. */
const KEYS_REMEMBERED_MAX = 1_024;
/** A proof is remembered so much longer than it is accepted: the last moment of both must not be the same one. */
const MARGIN_MS = 1_000;

export interface DpopVerifierOptions {
  readonly policy: DpopPolicy;
  readonly replay: ReplayGuard;
  readonly nonces: DpopNonces;
}

/** The access token a proof comes with. */
export interface ProvenToken {
  /** Exactly as it was sent. */
  readonly text: string;
  /** `cnf.jkt` of the token, or undefined where the caller compares. */
  readonly thumbprint: string | undefined;
}

/** Error codes of RFC 9449 §7.1 and RFC 6750 §3.1 for the challenge. */
export type DpopError = 'invalid_dpop_proof' | 'use_dpop_nonce' | 'invalid_token';

export type DpopResult =
  | {
      readonly kind: 'ok';
      /** RFC 7638 thumbprint of the key that was proved, base64url. */
      readonly thumbprint: string;
      readonly answerFields: readonly string[] | undefined;
    }
  | {
      readonly kind: 'refused';
      readonly reason: ReasonCode;
      readonly signal: string;
      readonly detail: string;
      readonly error: DpopError;
      readonly answerFields: readonly string[] | undefined;
    }
  /** It could not be remembered, so it cannot be taken. */
  | { readonly kind: 'unknown'; readonly detail: string };

type Refused = Extract<DpopResult, { readonly kind: 'refused' }>;

/** The claims of a proof by RFC 9449 §4.2, of the right types. */
interface ProofClaims {
  readonly jti: string;
  readonly htm: string;
  readonly htu: string;
  readonly iat: number;
  readonly ath: string;
  readonly nonce: string | undefined;
}

/**
 * Proves that the caller holds a key, by the twelve checks of RFC 9449 §4.3, in the order of their cost. A proof is used
 * up by being accepted, once on all threads. Right after a start, when it cannot be known what was used before, a proof
 * needs a nonce of this process even where the policy asks for none.
 * Does not verify the access token.
 */
export class DpopVerifier {
  readonly #policy: DpopPolicy;
  readonly #replay: ReplayGuard;
  readonly #nonces: DpopNonces;
  readonly #origin: string | undefined;
  readonly #ageMsMax: number;
  readonly #skewMs: number;
  /** By the text of the header, of proofs whose signature was right. */
  readonly #keys = new Map<string, ProofKey>();

  /** Throws a TypeError where the policy's origin is none. */
  constructor({ policy, replay, nonces }: DpopVerifierOptions) {
    this.#policy = policy;
    this.#replay = replay;
    this.#nonces = nonces;
    this.#origin = policy.origin === undefined ? undefined : normaliseOrigin(policy.origin);
    if (this.#origin === undefined && policy.origin !== undefined) throw new TypeError('origin is no http(s) origin');
    this.#skewMs = policy.skewSeconds * 1_000;
    this.#ageMsMax = policy.maxAgeSeconds * 1_000 + this.#skewMs;
  }

  verify(call: Call, token: ProvenToken, nowMs: number): DpopResult {
    const text = theProof(call);
    if (typeof text !== 'string') return text;
    const segments = splitProof(text);
    if ('signal' in segments) return malformed(segments);
    const known = this.#keys.get(segments.header);
    const read = known === undefined ? readProofKey(segments.header, this.#policy.algorithms) : undefined;
    if (read?.ok === false) return malformed(read.fault);
    const key = known ?? read?.key;
    if (key === undefined) return malformed(NO_KEY);
    const json = readProofClaims(segments.payload);
    if ('signal' in json) return malformed(json);
    const claims = typedClaims(json.value);
    if ('kind' in claims) return claims;
    const uri = effectiveUri(call, this.#origin);
    const refused =
      judgeTarget(claims, call.method, uri) ??
      this.#judgeTime(claims, json.value, nowMs) ??
      judgeToken(claims, key, token);
    if (refused !== undefined) return refused;
    const nonce = this.#judgeNonce(claims, nowMs);
    if (nonce === 'missing' || nonce === 'wrong') return this.#askForNonce(nonce, nowMs);
    if (!isProofSigned(segments, key)) return refusal('dpop.signature', 'the signature of the proof is wrong');
    if (known === undefined) this.#remember(segments.header, key);
    return this.#useUp(claims, key, uri, nonce, nowMs);
  }

  #judgeTime({ iat }: ProofClaims, { exp, nbf }: JsonObject, nowMs: number): Refused | undefined {
    const ageMs = nowMs - iat * 1_000;
    // In this form also where a time is not a number.
    if (!(ageMs <= this.#ageMsMax)) return refusal('dpop.expired', 'the proof is too old');
    if (ageMs < -this.#skewMs) return refusal('dpop.future', 'the proof is from the future');
    // No proof needs them, but whoever writes them means them (RFC 7519 §4.1.4, §4.1.5).
    if (exp !== undefined && !(typeof exp === 'number' && nowMs < exp * 1_000 + this.#skewMs))
      return refusal('dpop.expired', 'exp is over or no number');
    if (nbf !== undefined && !(typeof nbf === 'number' && nowMs >= nbf * 1_000 - this.#skewMs))
      return refusal('dpop.future', 'nbf is not reached or no number');
    return undefined;
  }

  /** A nonce that is given has to be right, whether or not one is needed (RFC 9449 §4.3, 10; §11.3). */
  #judgeNonce({ nonce, iat }: ProofClaims, nowMs: number): 'none' | 'fresh' | 'ageing' | 'missing' | 'wrong' {
    if (nonce !== undefined) return this.#nonces.judge(nonce, nowMs);
    return this.#policy.requireNonce || mayPredate(this.#replay, iat * 1_000, this.#skewMs) ? 'missing' : 'none';
  }

  #askForNonce(found: 'missing' | 'wrong', nowMs: number): Refused {
    return {
      kind: 'refused',
      reason: 'authn.dpop_nonce',
      signal: found === 'missing' ? 'dpop.nonce_missing' : 'dpop.nonce_wrong',
      detail:
        found === 'missing' ? 'the proof has no nonce' : 'the nonce of the proof is too old or not of this process',
      error: 'use_dpop_nonce',
      answerFields: this.#freshNonce(nowMs),
    };
  }

  #freshNonce(nowMs: number): readonly string[] {
    return ['dpop-nonce', this.#nonces.current(nowMs)];
  }

  #remember(header: string, key: ProofKey): void {
    if (this.#keys.size >= KEYS_REMEMBERED_MAX) {
      const [oldest] = this.#keys.keys();
      if (oldest !== undefined) this.#keys.delete(oldest);
    }
    this.#keys.set(header, key);
  }

  /** Last of all, so that nothing that is refused uses up what is right. */
  #useUp({ jti, htm }: ProofClaims, { thumbprint }: ProofKey, uri: string, nonce: string, nowMs: number): DpopResult {
    // From the latest moment its `iat` may say until it is too old: longer than it will ever be accepted.
    const expiresAtMs = nowMs + this.#skewMs + this.#ageMsMax + MARGIN_MS;
    const claim = this.#replay.claim('dpop', [thumbprint, jti, htm, uri], expiresAtMs, nowMs);
    switch (claim) {
      case 'fresh':
        return { kind: 'ok', thumbprint, answerFields: nonce === 'ageing' ? this.#freshNonce(nowMs) : undefined };
      case 'replayed':
        return refusal('dpop.replay', 'the proof was used before', 'authn.dpop_replay');
      case 'full':
        return { kind: 'unknown', detail: 'the replay memory has no room for the proof' };
    }
  }
}

/** The one proof of a call (RFC 9449 §4.3, 1 and 2); a list in one field is two. */
function theProof({ headers }: Call): string | Refused {
  let proof: string | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] !== 'dpop') continue;
    if (proof !== undefined) return SEVERAL;
    proof = headers[i + 1] ?? '';
  }
  if (proof === undefined) return MISSING;
  return proof.includes(',') ? SEVERAL : proof;
}

function typedClaims(claims: JsonObject): ProofClaims | Refused {
  const { jti, htm, htu, iat, ath, nonce } = claims;
  if (typeof jti !== 'string' || jti === '' || jti.length > JTI_CHARACTERS_MAX)
    return refusal('dpop.jti', `jti is not a text of 1 to ${JTI_CHARACTERS_MAX} characters`);
  if (typeof htm !== 'string') return refusal('dpop.method', 'htm is missing or no text');
  if (typeof htu !== 'string') return refusal('dpop.uri', 'htu is missing or no text');
  if (typeof iat !== 'number') return refusal('dpop.iat', 'iat is missing or no number');
  if (typeof ath !== 'string') return refusal('dpop.token_hash', 'ath is missing or no text');
  if (nonce !== undefined && typeof nonce !== 'string') return refusal('dpop.nonce', 'nonce is no text');
  return { jti, htm, htu, iat, ath, nonce };
}

function judgeTarget({ htm, htu }: ProofClaims, method: string, uri: string): Refused | undefined {
  if (htm !== method) return refusal('dpop.method', 'the proof is for another method');
  return isSameUri(htu, uri) ? undefined : refusal('dpop.uri', 'the proof is for another URI');
}

function judgeToken({ ath }: ProofClaims, { thumbprint }: ProofKey, token: ProvenToken): Refused | undefined {
  if (ath !== hash('sha256', token.text, 'base64url'))
    return refusal('dpop.token_hash', 'the proof is for another access token');
  return token.thumbprint === undefined || token.thumbprint === thumbprint ? undefined : WRONG_KEY;
}

function refusal(signal: string, detail: string, reason: ReasonCode = 'authn.dpop_proof'): Refused {
  return { kind: 'refused', reason, signal, detail, error: 'invalid_dpop_proof', answerFields: undefined };
}

function malformed({ signal, detail }: JoseFault): Refused {
  return refusal(signal, detail);
}

const MISSING = Object.freeze(refusal('dpop.missing', 'there is no DPoP proof'));
const SEVERAL = Object.freeze(refusal('dpop.several', 'there is more than one DPoP proof'));
const NO_KEY: JoseFault = Object.freeze({ signal: 'dpop.jwk', detail: 'the proof brings no key' });
/** The proof is sound; it is the token that is not the caller's. */
const WRONG_KEY: Refused = Object.freeze({
  ...refusal('dpop.key_other', 'the token is bound to another key', 'authn.token_binding'),
  error: 'invalid_token',
});
