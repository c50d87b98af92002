import type { Call } from '../core/call.ts';
import { type Attempt, CircuitBreaker } from '../core/circuit-breaker.ts';
import type { IntrospectionAuthenticatorConfig } from '../core/configuration.ts';
import { OpenQuestions } from '../core/open-questions.ts';
import type { ReasonCode } from '../core/reasons.ts';
import type { Verdict } from '../core/verdict.ts';
import type { JsonObject } from '../crypto/jose/types.ts';
import type { RevocationReader } from '../crypto/revocation-memory.ts';
import type { Fetch } from '../ports.ts';
import { type PresentedToken, presentsBearerToken, readBearerToken } from './bearer-token.ts';
import type { ConsumerDirectory } from './consumer-of.ts';
import type { DpopVerifier } from './dpop.ts';
import { FailureThrottle, GUESSING } from './failure-throttle.ts';
import type { ForwardedSource } from './forwarded-certificate.ts';
import { queryIntrospection } from './introspection-query.ts';
import { TokenAdmission, type VouchedToken } from './token-admission.ts';
import { tokenChallenges } from './token-challenge.ts';
import { readClaims, type TokenRefusal } from './token-claims.ts';
import { unavailable } from './verdicts.ts';
import { VerificationCache } from './verification-cache.ts';

export interface IntrospectionAuthenticatorOptions {
  /** Name in the configuration. */
  readonly name: string;
  readonly config: IntrospectionAuthenticatorConfig;
  readonly fetch: Fetch;
  /** Milliseconds from any point, which never go back. */
  readonly monotonicMs: () => number;
  readonly revocations: RevocationReader;
  readonly dpop: DpopVerifier;
  readonly consumers: ConsumerDirectory;
  readonly forwarded: ForwardedSource | undefined;
  /** Address of this resource's metadata (RFC 9728 §5.1). */
  readonly resourceMetadata: string;
}

/** What the issuer said of a token, and until when it is believed. */
type Finding =
  | { readonly kind: 'active'; readonly token: VouchedToken; readonly untilMs: number }
  | { readonly kind: 'refused'; readonly verdict: Verdict; readonly untilMs: number }
  | { readonly kind: 'unknown'; readonly verdict: Verdict };

/** Questions that wait for their answer at once; beyond it the answer is unknown at once. */
const QUESTIONS_MAX = 256;

/**
 * Identifies callers by a token whose issuer is asked about it (RFC 7662). Many calls with one token ask once; answers are
 * believed for seconds, never past the end of the token, and everything that can change here meanwhile is judged on every
 * use. An issuer that does not answer makes the outcome unknown, never a refusal and never a pass.
 */
export class IntrospectionAuthenticator {
  readonly name: string;
  readonly credentialHeaders: readonly string[] = ['authorization', 'dpop'];
  readonly credentialParameters: readonly string[];
  readonly challenge: string;
  readonly refusedChallenge: string;
  readonly #config: IntrospectionAuthenticatorConfig;
  readonly #fetch: Fetch;
  readonly #admission: TokenAdmission;
  readonly #answered = new VerificationCache<Exclude<Finding, { kind: 'unknown' }>>();
  readonly #open = new OpenQuestions<Finding>(QUESTIONS_MAX);
  readonly #breaker = new CircuitBreaker();
  readonly #monotonicMs: () => number;
  readonly #failures = new FailureThrottle(GUESSING);

  constructor(options: IntrospectionAuthenticatorOptions) {
    const { name, config, fetch, monotonicMs, resourceMetadata } = options;
    this.#monotonicMs = monotonicMs;
    this.name = name;
    this.#config = config;
    this.#fetch = fetch;
    const challenges = tokenChallenges(config.claims, resourceMetadata);
    this.challenge = challenges.invitation;
    this.refusedChallenge = challenges.invalidToken;
    const { queryParameter } = config.location;
    this.credentialParameters = queryParameter === undefined ? [] : [queryParameter];
    this.#admission = new TokenAdmission({ ...options, method: 'introspection', policy: config.claims, challenges });
  }

  presents(call: Call): boolean {
    return presentsBearerToken(call, this.#config.location);
  }

  authenticate(call: Call, nowMs: number): Verdict | Promise<Verdict> {
    const presented = readBearerToken(call, this.#config.location);
    if ('kind' in presented)
      return presented.kind === 'deny' ? { ...presented, challenge: this.refusedChallenge } : presented;
    const { text } = presented;
    if (text.length > this.#config.tokenBytesMax) return this.#admission.refuse(TOO_LONG);
    const digest = VerificationCache.keyOf(text);
    const known = this.#answered.get(digest, GENERATION);
    if (known !== undefined && nowMs < known.untilMs) return this.#conclude(known, presented, call, nowMs);
    const asking = this.#open.waiting(digest) ?? this.#ask(text, digest, call.address.group, nowMs);
    return 'kind' in asking ? asking : asking.then((finding) => this.#conclude(finding, presented, call, nowMs));
  }

  #conclude(finding: Finding, presented: PresentedToken, call: Call, nowMs: number): Verdict {
    return finding.kind === 'active' ? this.#admission.admit(finding.token, presented, call, nowMs) : finding.verdict;
  }

  #ask(text: string, digest: string, addressGroup: string, nowMs: number): Promise<Finding> | Verdict {
    const retryAfterSeconds = this.#failures.waitSeconds(addressGroup, nowMs);
    if (retryAfterSeconds > 0)
      return { kind: 'deny', reason: 'authn.throttled', retryAfterSeconds, signals: THROTTLED_SIGNALS };
    if (!this.#open.hasRoomFor(addressGroup)) return unavailable('too many questions wait for the issuer');
    const attempt = this.#breaker.attempt(nowMs);
    if (attempt === undefined) return unavailable('the issuer did not answer, and is left alone for a while');
    return this.#open.open(digest, addressGroup, this.#find(text, digest, addressGroup, attempt));
  }

  async #find(text: string, digest: string, addressGroup: string, attempt: Attempt): Promise<Finding> {
    const nowMs = attempt.startedAtMs;
    const askedMs = this.#monotonicMs();
    const answer = await queryIntrospection(text, this.#config, this.#fetch);
    if (answer.kind === 'unknown') {
      // Whoever sends what the issuer cannot answer is slowed down before everybody else has to wait.
      this.#failures.failed(addressGroup, nowMs);
      const failedAtMs = nowMs + Math.max(0, this.#monotonicMs() - askedMs);
      if (answer.isDown) this.#breaker.failed(attempt, addressGroup, failedAtMs);
      else this.#breaker.succeeded(attempt);
      return { kind: 'unknown', verdict: unavailable(answer.detail) };
    }
    this.#breaker.succeeded(attempt);
    // Counted from before it was asked, so that it is never believed for longer than configured.
    const finding = answer.kind === 'active' ? this.#judge(text, answer.claims, nowMs) : this.#refused(INACTIVE, nowMs);
    if (finding.kind === 'refused') this.#failures.failed(addressGroup, nowMs);
    this.#answered.set(digest, GENERATION, finding);
    return finding;
  }

  /** The issuer vouches that it is active; that it is for us, and what it allows, has to be judged here (RFC 7662 §4). */
  #judge(text: string, claims: JsonObject, nowMs: number): Exclude<Finding, { kind: 'unknown' }> {
    const { issuer, claims: policy, cacheSecondsMax } = this.#config;
    const stated = claims['iss'];
    if (issuer !== undefined && stated !== undefined && stated !== issuer) return this.#refused(OTHER_ISSUER, nowMs);
    const type = claims['token_type'];
    if (type !== undefined && !(typeof type === 'string' && ACCESS_TYPES.includes(type.toLowerCase())))
      return this.#refused(OTHER_TYPE, nowMs);
    const reading = readClaims(claims, policy, false);
    if (!reading.ok) return this.#refused(reading.refusal, nowMs);
    const { facts } = reading;
    // Said to need a proof, and not by which key: it cannot be proved, and must not pass without.
    if (typeof type === 'string' && type.toLowerCase() === 'dpop' && facts.confirmation.kind !== 'jkt')
      return this.#refused(UNNAMED_KEY, nowMs);
    const named = facts.issuer === '' && issuer !== undefined ? { ...facts, issuer } : facts;
    return {
      kind: 'active',
      token: this.#admission.vouch(named, [], text),
      untilMs: nowMs + cacheSecondsMax * 1_000,
    };
  }

  #refused(refusal: TokenRefusal, nowMs: number): Exclude<Finding, { kind: 'unknown' }> {
    return {
      kind: 'refused',
      verdict: this.#admission.refuse(refusal),
      untilMs: nowMs + this.#config.negativeCacheSecondsMax * 1_000,
    };
  }
}

/** Compiles the method once per configuration. */
export function createIntrospectionAuthenticator(
  options: IntrospectionAuthenticatorOptions,
): IntrospectionAuthenticator {
  return new IntrospectionAuthenticator(options);
}

/** There are no keys that could change: answers run out by time. */
const GENERATION = 0;
const ACCESS_TYPES: readonly string[] = ['bearer', 'dpop', 'access_token', 'n_a'];

const THROTTLED_SIGNALS = Object.freeze([{ name: 'token.throttled' }]);
const TOO_LONG = refusal('authn.token_malformed', 'token.size', 'the token is longer than allowed');
const INACTIVE = refusal('authn.token_inactive', 'token.inactive', 'the issuer says the token is not active');
const OTHER_ISSUER = refusal('authn.token_issuer', 'token.issuer', 'the answer names another issuer');
const OTHER_TYPE = refusal('authn.token_type', 'token.type', 'the answer says it is no access token');
const UNNAMED_KEY = refusal('authn.token_binding', 'token.key_unnamed', 'bound to a key that the issuer does not name');

function refusal(reason: ReasonCode, signal: string, detail: string): TokenRefusal {
  return Object.freeze({ reason, signal, detail });
}
