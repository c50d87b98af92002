import { hash } from 'node:crypto';
import type { Call } from '../core/call.ts';
import type { TokenClaimsPolicy } from '../core/configuration.ts';
import type { AuthenticationMethod, Binding, Principal } from '../core/principal.ts';
import type { Verdict } from '../core/verdict.ts';
import type { RevocationReader } from '../crypto/revocation-memory.ts';
import type { PresentedToken } from './bearer-token.ts';
import { type ConsumerDirectory, consumerOf, type RegisteredConsumer } from './consumer-of.ts';
import type { DpopError, DpopVerifier } from './dpop.ts';
import type { ForwardedSource } from './forwarded-certificate.ts';
import { judgeBinding } from './sender-constraint.ts';
import type { TokenChallenges } from './token-challenge.ts';
import { judgeStepUp, judgeTimes, type TokenFacts, type TokenRefusal } from './token-claims.ts';

export interface TokenAdmissionOptions {
  /** Of the authenticator. */
  readonly name: string;
  readonly method: Extract<AuthenticationMethod, 'jwt' | 'introspection'>;
  readonly policy: TokenClaimsPolicy;
  readonly challenges: TokenChallenges;
  readonly revocations: RevocationReader;
  readonly dpop: DpopVerifier;
  readonly consumers: ConsumerDirectory;
  readonly forwarded: ForwardedSource | undefined;
}

/** A token whose issuer is certain: what it says, and what was found of it the last time. */
export interface VouchedToken {
  readonly facts: TokenFacts;
  /** Names of the key that signed it, whichever of them the token says; none where it has no name. */
  readonly kids: readonly string[];
  readonly principal: Principal;
  readonly verdict: Verdict;
  /** Version of the revocations at which it was found not to be revoked; −1 before the first look. */
  revocationsSeen: number;
  registered: RegisteredConsumer | undefined;
  admitted: Principal;
  admittedVerdict: Verdict;
}

const CREDENTIAL_ID_CHARACTERS_MAX = 64;

/**
 * Judges on every use what may have changed since a token was verified: time, revocation, sign-in, possession, and
 * whether its consumer is disabled. The same for tokens that were verified here and those an issuer was asked about.
 */
export class TokenAdmission {
  readonly #options: TokenAdmissionOptions;
  readonly #binding: Parameters<typeof judgeBinding>[3];

  constructor(options: TokenAdmissionOptions) {
    this.#options = options;
    const { policy, dpop, forwarded } = options;
    this.#binding = { policy: policy.binding, dpop, forwarded };
  }

  /** Does not check anything: whoever calls has made sure of issuer and claims. `text` is the token as presented. */
  vouch(facts: TokenFacts, kids: readonly string[], text: string): VouchedToken {
    const { name, method, policy } = this.#options;
    const principal: Principal = {
      version: 1,
      consumer: consumerOf(facts.claims, policy.consumer),
      subject: facts.subject,
      scopes: facts.scopes,
      groups: facts.groups ?? [],
      tier: '',
      ...(facts.roles === undefined ? {} : { roles: facts.roles }),
      authenticator: name,
      method,
      // What an issuer that was asked calls the token may be the token itself.
      credentialId: credentialIdOf(method === 'jwt' ? facts.tokenId : '', text),
      issuer: facts.issuer,
      clientId: facts.clientId,
      binding: BINDINGS[facts.confirmation.kind],
      acr: facts.acr,
      authenticatedAtSeconds: facts.authenticatedAt,
      issuedAtSeconds: facts.issuedAt,
      expiresAtMs: facts.expiresAt * 1000,
      claims: facts.claims,
    };
    const verdict: Verdict = { kind: 'pass', principal };
    return {
      facts,
      kids,
      principal,
      verdict,
      revocationsSeen: -1,
      registered: undefined,
      admitted: principal,
      admittedVerdict: verdict,
    };
  }

  admit(token: VouchedToken, presented: PresentedToken, call: Call, nowMs: number): Verdict {
    const { policy } = this.#options;
    const nowSeconds = nowMs / 1000;
    const { facts } = token;
    const untimely = judgeTimes(facts, policy, nowSeconds);
    if (untimely !== undefined) return this.#refuse(untimely, 'invalid_token', undefined);
    if (this.#isRevoked(token)) return this.#refuse(REVOKED, 'invalid_token', undefined);
    const weak = judgeStepUp(facts, policy, nowSeconds);
    if (weak !== undefined) return this.#deny(weak, this.#options.challenges.stepUp, undefined);
    const registered = this.#options.consumers.find(token.principal.consumer);
    if (registered !== token.registered) this.#remember(token, registered);
    if (registered?.disabled === true) return this.#refuse(DISABLED, 'invalid_token', undefined);
    // Last, because a proof is used up by being right.
    const binding = judgeBinding(call, presented, facts.confirmation, this.#binding, nowMs);
    switch (binding.kind) {
      case 'ok':
        return binding.answerFields === undefined
          ? token.admittedVerdict
          : { kind: 'pass', principal: token.admitted, answerFields: binding.answerFields };
      case 'refused':
        return this.#refuse(binding.refusal, binding.error, binding.answerFields);
      case 'unknown':
        return { kind: 'indeterminate', fault: { reason: 'authn.unavailable', detail: binding.detail } };
    }
  }

  /** A refusal with the challenge that belongs to it. */
  refuse(refusal: TokenRefusal): Verdict {
    return this.#refuse(refusal, 'invalid_token', undefined);
  }

  #isRevoked(token: VouchedToken): boolean {
    const { revocations } = this.#options;
    const { version } = revocations;
    if (version === token.revocationsSeen) return false;
    const { issuer, tokenId, sessionId, subject, clientId } = token.facts;
    // Revocations count whole seconds: what was issued within one belongs to it.
    const issuedAt = Math.floor(token.facts.issuedAt);
    const revoked =
      (tokenId !== '' && revocations.isRevoked('jti', issuer, tokenId, issuedAt)) ||
      (sessionId !== '' && revocations.isRevoked('sid', issuer, sessionId, issuedAt)) ||
      (subject !== '' && revocations.isRevoked('sub', issuer, subject, issuedAt)) ||
      (clientId !== '' && revocations.isRevoked('client', issuer, clientId, issuedAt)) ||
      token.kids.some((kid) => revocations.isRevoked('kid', issuer, kid, issuedAt));
    if (!revoked) token.revocationsSeen = version;
    return revoked;
  }

  /** What is registered of its consumer completes a token that says nothing of groups. */
  #remember(token: VouchedToken, registered: RegisteredConsumer | undefined): void {
    token.registered = registered;
    token.admitted =
      registered === undefined
        ? token.principal
        : { ...token.principal, groups: token.facts.groups ?? registered.groups, tier: registered.tier };
    token.admittedVerdict = { kind: 'pass', principal: token.admitted };
  }

  #refuse(refusal: TokenRefusal, error: DpopError, answerFields: readonly string[] | undefined): Verdict {
    const { challenges } = this.#options;
    switch (error) {
      case 'invalid_token':
        return this.#deny(refusal, challenges.invalidToken, answerFields);
      case 'invalid_dpop_proof':
        return this.#deny(refusal, challenges.invalidProof, answerFields);
      case 'use_dpop_nonce':
        return this.#deny(refusal, challenges.useNonce, answerFields);
    }
  }

  #deny(
    { reason, signal, detail }: TokenRefusal,
    challenge: string,
    answerFields: readonly string[] | undefined,
  ): Verdict {
    const denial: Verdict = { kind: 'deny', reason, detail, signals: [{ name: signal }], challenge };
    return answerFields === undefined ? denial : { ...denial, answerFields };
  }
}

const BINDINGS: Readonly<Record<TokenFacts['confirmation']['kind'], Binding>> = {
  none: 'none',
  jkt: 'dpop',
  x5t: 'mtls',
};

const REVOKED: TokenRefusal = Object.freeze({
  reason: 'authn.token_revoked',
  signal: 'token.revoked',
  detail: 'the token, its session, subject, client or key was revoked',
});
const DISABLED: TokenRefusal = Object.freeze({
  reason: 'authn.token_revoked',
  signal: 'token.consumer_disabled',
  detail: 'the consumer is disabled',
});

/** `jti` where it may stand in a log line, else a part of the token's digest: neither can be called with. */
function credentialIdOf(tokenId: string, text: string): string {
  if (tokenId !== '' && tokenId.length <= CREDENTIAL_ID_CHARACTERS_MAX && isVisible(tokenId)) return tokenId;
  return `sha256:${hash('sha256', text, 'base64url').slice(0, 16)}`;
}

function isVisible(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x21 || code > 0x7e) return false;
  }
  return true;
}
