import { hash } from 'node:crypto';
import type { Call } from '../core/call.ts';
import type { JwtAuthenticatorConfig } from '../core/configuration.ts';
import type { ReasonCode } from '../core/reasons.ts';
import type { Verdict } from '../core/verdict.ts';
import { readCompactJws } from '../crypto/jose/compact-jws.ts';
import { createJweDecrypter, type JweDecrypter } from '../crypto/jose/jwe.ts';
import { verifyJws } from '../crypto/jose/verify.ts';
import type { RevocationReader } from '../crypto/revocation-memory.ts';
import type { KeySetSource } from '../ports.ts';
import { type PresentedToken, presentsBearerToken, readBearerToken } from './bearer-token.ts';
import type { ConsumerDirectory } from './consumer-of.ts';
import type { DpopVerifier } from './dpop.ts';
import { FailureThrottle, SIGNING } from './failure-throttle.ts';
import type { ForwardedSource } from './forwarded-certificate.ts';
import { type ReadableToken, readToken, refusalOf } from './jwt-form.ts';
import { NonceReuse } from './nonce-reuse.ts';
import { TokenAdmission, type VouchedToken } from './token-admission.ts';
import { type TokenChallenges, tokenChallenges } from './token-challenge.ts';
import { readClaims, type TokenRefusal } from './token-claims.ts';
import { createTokenKeys, type KeysInForce, type TokenKeys } from './token-keys.ts';
import { unavailable } from './verdicts.ts';
import { VerificationCache } from './verification-cache.ts';

export interface JwtAuthenticatorOptions {
  /** Name in the configuration. */
  readonly name: string;
  readonly config: JwtAuthenticatorConfig;
  readonly keySets: KeySetSource;
  readonly revocations: RevocationReader;
  readonly dpop: DpopVerifier;
  readonly consumers: ConsumerDirectory;
  /** Where trusted proxies forward client certificates, for tokens bound to one. */
  readonly forwarded: ForwardedSource | undefined;
  /** Address of this resource's metadata (RFC 9728 §5.1). */
  readonly resourceMetadata: string;
}

/** Calls that wait for keys at once, and tokens that are being decrypted; for further ones the answer is unknown at once. */
const WAITING_MAX = 1_000;
const DECRYPTING_MAX = 64;

/** One token on one call, on its way through the checks. */
interface Presentation {
  readonly presented: PresentedToken;
  /** Of the token as presented, encrypted or not. */
  readonly digest: string;
  readonly call: Call;
  readonly nowMs: number;
}

/**
 * Identifies callers by JSON Web Token (RFC 7519, RFC 8725, RFC 9068). What was verified is remembered under the exact text
 * and the generation of the keys, and everything that can change is judged anew on every use. Keys that are too old, or
 * never came, make the answer unknown, for tokens that were verified before too. A promise is answered only where a key
 * has to be asked for, or a token decrypted.
 */
export class JwtAuthenticator {
  readonly name: string;
  readonly credentialHeaders: readonly string[] = ['authorization', 'dpop'];
  readonly credentialParameters: readonly string[];
  readonly challenge: string;
  readonly refusedChallenge: string;
  readonly #config: JwtAuthenticatorConfig;
  readonly #keys: TokenKeys;
  readonly #admission: TokenAdmission;
  readonly #challenges: TokenChallenges;
  readonly #decrypter: JweDecrypter | undefined;
  readonly #verified = new VerificationCache<VouchedToken>();
  /** Refusals that take a signature to find out, and are true for as long as the keys are the same. */
  readonly #refused = new VerificationCache<Verdict>();
  readonly #failures = new FailureThrottle(SIGNING);
  readonly #nonces = new NonceReuse();
  readonly #tooLong: Verdict;
  #waiting = 0;
  #decrypting = 0;

  constructor(options: JwtAuthenticatorOptions) {
    const { name, config, resourceMetadata } = options;
    const { location, claims, encryption } = config;
    this.name = name;
    this.#config = config;
    this.#keys = createTokenKeys(name, config, options.keySets);
    this.#challenges = tokenChallenges(claims, resourceMetadata);
    this.challenge = this.#challenges.invitation;
    this.refusedChallenge = this.#challenges.invalidToken;
    this.credentialParameters = location.queryParameter === undefined ? [] : [location.queryParameter];
    this.#admission = new TokenAdmission({ ...options, method: 'jwt', policy: claims, challenges: this.#challenges });
    this.#decrypter = encryption === undefined ? undefined : createJweDecrypter(encryption);
    this.#tooLong = this.#admission.refuse(TOO_LONG);
  }

  presents(call: Call): boolean {
    return presentsBearerToken(call, this.#config.location);
  }

  authenticate(call: Call, nowMs: number): Verdict | Promise<Verdict> {
    const presented = readBearerToken(call, this.#config.location);
    if ('kind' in presented)
      return presented.kind === 'deny' ? { ...presented, challenge: this.refusedChallenge } : presented;
    const { text } = presented;
    // A token without a dot is an opaque one, which is for somebody else.
    if (!text.includes('.')) return OPAQUE;
    if (text.length > this.#config.tokenBytesMax) return this.#tooLong;
    const digest = VerificationCache.keyOf(text);
    const keys = this.#keys.current();
    if (keys !== undefined && nowMs <= keys.usableUntilMs) {
      const known = this.#verified.get(digest, keys.generation);
      if (known !== undefined) return this.#admission.admit(known, presented, call, nowMs);
      const refused = this.#refused.get(digest, keys.generation);
      if (refused !== undefined) return refused;
    }
    return this.#read(text, { presented, digest, call, nowMs }, false);
  }

  #read(text: string, presentation: Presentation, isNested: boolean): Verdict | Promise<Verdict> {
    const { tokenBytesMax, toleratePadding } = this.#config;
    const result = readCompactJws(text, { bytesMax: tokenBytesMax, toleratePadding });
    switch (result.kind) {
      case 'fault':
        // Padding is how some issuers write; where it is not taken here, it may be by another method.
        if (!toleratePadding && text.includes('=')) return declined(refusalOf(result.fault));
        return this.#fail(refusalOf(result.fault), presentation);
      case 'jwe':
        if (isNested) return this.#admission.refuse(ENCRYPTED);
        return this.#decrypter === undefined ? declined(ENCRYPTED) : this.#decrypt(text, this.#decrypter, presentation);
      case 'jws': {
        const reading = readToken(result.jws, this.#config);
        switch (reading.kind) {
          case 'other':
            // Whoever sealed it for us knew whose it is not.
            if (isNested) this.#failures.failed(presentation.call.address.group, presentation.nowMs);
            return declined(reading.refusal);
          case 'refused':
            return this.#fail(reading.refusal, presentation);
          case 'readable':
            return this.#findKeys(reading.token, presentation, true);
        }
      }
    }
  }

  async #decrypt(text: string, decrypter: JweDecrypter, presentation: Presentation): Promise<Verdict> {
    const throttled = this.#throttled(presentation);
    if (throttled !== undefined) return throttled;
    if (this.#decrypting >= DECRYPTING_MAX) return BUSY;
    this.#decrypting++;
    const opened = await decrypter.decrypt(text).finally(() => {
      this.#decrypting--;
    });
    if (opened.ok) return this.#read(opened.nested, presentation, true);
    return this.#fail({ reason: 'authn.token_encrypted', ...opened.fault }, presentation);
  }

  #findKeys(token: ReadableToken, presentation: Presentation, mayAsk: boolean): Verdict | Promise<Verdict> {
    const inForce = this.#keys.current();
    const { nowMs } = presentation;
    const { kid } = token.jws;
    if (inForce !== undefined && nowMs <= inForce.usableUntilMs) {
      const { keys } = inForce;
      if (keys.find(kid, token.algorithm).length > 0) return this.#verify(token, inForce, presentation);
      if (kid !== undefined && keys.knowsOtherAlgorithm(kid, token.algorithm))
        return this.#fail(CONFUSED_KEY, presentation);
      if (kid !== undefined && keys.has(kid)) return this.#fail(UNUSABLE_KEY, presentation);
      if (!mayAsk || nowMs < inForce.refreshableAtMs)
        return this.#fail(kid === undefined ? NO_KEY_ID : UNKNOWN_KEY, presentation);
    } else if (!mayAsk || (inForce !== undefined && nowMs < inForce.refreshableAtMs)) return NO_KEYS;
    const throttled = this.#throttled(presentation);
    if (throttled !== undefined) return throttled;
    if (this.#waiting >= WAITING_MAX) return BUSY;
    this.#waiting++;
    return this.#keys
      .refresh()
      .finally(() => {
        this.#waiting--;
      })
      .then(() => this.#findKeys(token, presentation, false));
  }

  #verify(token: ReadableToken, { keys, generation }: KeysInForce, presentation: Presentation): Verdict {
    const throttled = this.#throttled(presentation);
    if (throttled !== undefined) return throttled;
    const { digest, presented, call, nowMs } = presentation;
    const { jws, algorithm, claims } = token;
    // Under one kid stand at most a few keys.
    const signer = keys.find(jws.kid, algorithm).find((key) => verifyJws(jws, key));
    if (signer === undefined) {
      const verdict = this.#fail(WRONG_SIGNATURE, presentation);
      this.#refused.set(digest, generation, verdict);
      return verdict;
    }
    const reading = readClaims(claims, this.#config.claims, true);
    if (!reading.ok) {
      // Right, and not for us: that does not change either.
      const verdict = this.#admission.refuse(reading.refusal);
      this.#refused.set(digest, generation, verdict);
      return verdict;
    }
    const vouched = this.#admission.vouch(reading.facts, signer.names ?? [], jws.canonical);
    this.#verified.set(digest, generation, vouched);
    const verdict = this.#admission.admit(vouched, presented, call, nowMs);
    // The token is right; it is the issuer whose key is lost.
    return verdict.kind === 'pass' && this.#nonces.isReused(token, hash('sha256', jws.signingInput, 'base64'))
      ? { ...verdict, signals: [...(verdict.signals ?? []), { name: `jwt.nonce_reused:${jws.kid ?? ''}` }] }
      : verdict;
  }

  /** Asked before anything that costs much, and after it is certain whose token it is: another method must not get it. */
  #throttled({ call, nowMs }: Presentation): Verdict | undefined {
    const retryAfterSeconds = this.#failures.waitSeconds(call.address.group, nowMs);
    return retryAfterSeconds === 0
      ? undefined
      : { kind: 'deny', reason: 'authn.throttled', retryAfterSeconds, signals: THROTTLED_SIGNALS };
  }

  /** Tokens that were made up cost the gateway more than their sender: how many of one address are looked at is bounded. */
  #fail(refusal: TokenRefusal, { call, nowMs }: Presentation): Verdict {
    this.#failures.failed(call.address.group, nowMs);
    return this.#admission.refuse(refusal);
  }
}

/** Compiles the method once per configuration. Throws where a key cannot be used, which loading has already refused. */
export function createJwtAuthenticator(options: JwtAuthenticatorOptions): JwtAuthenticator {
  return new JwtAuthenticator(options);
}

const OPAQUE = declined(refusal('authn.token_malformed', 'jwt.form', 'the token has no dot: it is no JWT'));
const TOO_LONG = refusal('authn.token_malformed', 'jwt.size', 'the token is longer than allowed');
const ENCRYPTED = refusal('authn.token_encrypted', 'jwt.encrypted', 'the token is encrypted, and is not to be');
const CONFUSED_KEY = refusal(
  'authn.token_algorithm',
  'jwt.key_confusion',
  'alg is not that of the key the token names',
);
const UNUSABLE_KEY = refusal('authn.token_key_unknown', 'jwt.kid_unusable', 'the key the token names was left out');
const UNKNOWN_KEY = refusal('authn.token_key_unknown', 'jwt.kid_unknown', 'the issuer has no key of this name');
const NO_KEY_ID = refusal(
  'authn.token_key_unknown',
  'jwt.kid_missing',
  'the token names no key, and not one alone fits',
);
const WRONG_SIGNATURE = refusal('authn.token_signature', 'jwt.signature', 'the signature is wrong');

const THROTTLED_SIGNALS = Object.freeze([{ name: 'jwt.throttled' }]);

const BUSY: Verdict = unavailable('too many tokens wait for keys, or to be decrypted');
const NO_KEYS: Verdict = Object.freeze({
  kind: 'indeterminate',
  fault: { reason: 'authn.unavailable', detail: 'the keys of the issuer could not be had, or are too old' },
} as const);

function refusal(reason: ReasonCode, signal: string, detail: string): TokenRefusal {
  return Object.freeze({ reason, signal, detail });
}

function declined({ reason, signal, detail }: TokenRefusal): Verdict {
  return Object.freeze({ kind: 'notApplicable', declined: { reason, detail, signals: [{ name: signal }] } } as const);
}
