import { type AuthenticationMethod, NO_CLAIMS, type Principal } from '../core/principal.ts';
import type { Verdict } from '../core/verdict.ts';
import type { ConsumerDirectory, RegisteredConsumer } from './consumer-of.ts';

export interface ConfiguredIdentityOptions {
  readonly authenticator: string;
  readonly method: AuthenticationMethod;
  /** Public id of the credential. */
  readonly credentialId: string;
  readonly subject: string;
  readonly consumer: string;
  readonly scopes: readonly string[];
  readonly consumers: ConsumerDirectory;
  /** The answer while the consumer is disabled. */
  readonly disabled: Verdict;
}

/** Someone whose credential stands in the configuration: a user, a client with a secret, a signer with a key. */
export class ConfiguredIdentity {
  readonly #principal: Principal;
  readonly #consumers: ConsumerDirectory;
  readonly #disabled: Verdict;
  #registered: RegisteredConsumer | undefined;
  #verdict: Verdict;

  constructor(options: ConfiguredIdentityOptions) {
    const { authenticator, method, credentialId, subject, consumer, scopes } = options;
    this.#principal = {
      version: 1,
      consumer,
      subject,
      scopes,
      groups: [],
      tier: '',
      authenticator,
      method,
      credentialId,
      issuer: '',
      clientId: '',
      binding: 'none',
      acr: '',
      authenticatedAtSeconds: 0,
      expiresAtMs: 0,
      claims: NO_CLAIMS,
    };
    this.#consumers = options.consumers;
    this.#disabled = options.disabled;
    this.#verdict = { kind: 'pass', principal: this.#principal };
  }

  /** Groups, tier and whether the consumer is disabled may change while the credential does not. Checks nothing else. */
  admit(): Verdict {
    const registered = this.#consumers.find(this.#principal.consumer);
    if (registered === this.#registered) return this.#verdict;
    this.#registered = registered;
    if (registered === undefined) this.#verdict = { kind: 'pass', principal: this.#principal };
    else if (registered.disabled) this.#verdict = this.#disabled;
    else {
      const { groups, tier } = registered;
      this.#verdict = { kind: 'pass', principal: { ...this.#principal, groups, tier } };
    }
    return this.#verdict;
  }
}
