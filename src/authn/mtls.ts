import { createHash } from 'node:crypto';
import type { Call, PeerCertificate } from '../core/call.ts';
import type { MtlsAuthenticatorConfig } from '../core/configuration.ts';
import { NO_CLAIMS, type Principal } from '../core/principal.ts';
import { NOT_APPLICABLE, type Verdict } from '../core/verdict.ts';
import type { CertificateFacts } from '../crypto/certificates/certificate.ts';
import { clientLeafFault, svidLeafFault } from '../crypto/certificates/client-leaf.ts';
import { type ClientTrust, type ClientTrustTexts, readClientTrust } from '../crypto/certificates/client-trust.ts';
import { readIdentity } from './certificate-identity.ts';
import { type CertificateJudgement, judgeForwarded, judgeHandshake, refusal } from './certificate-judgement.ts';
import { compileAllowList } from './certificate-names.ts';
import { forwardedFields, forwardedText, readForwarded } from './forwarded-certificate.ts';

/** What is registered of a consumer; the same object for as long as nothing changed. */
export interface CertificateConsumer {
  readonly groups: readonly string[];
  readonly tier: string;
  readonly disabled: boolean;
}

export interface MtlsAuthenticatorOptions {
  /** Name in the configuration. */
  readonly name: string;
  readonly config: MtlsAuthenticatorConfig;
  /**
   * PEM texts of the listener's client authorities and revocation lists, by which certificates of handshakes are judged
   * again on every call; undefined where the listener asks for none, which then identify nobody.
   */
  readonly handshake: ClientTrustTexts | undefined;
  readonly consumers: { find(name: string): CertificateConsumer | undefined };
}

/** What was found of one certificate, for as long as it holds. */
interface Remembered {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Empty: `verdict` is final. */
  readonly consumer: string;
  readonly principal: Principal | undefined;
  verdict: Verdict;
  registered: CertificateConsumer | undefined;
}

/** Refusals are believed this long, so that calls on one connection cannot make the gateway verify a chain for each. */
const REFUSAL_MS = 1_000;
const FORWARDED_REMEMBERED_MAX = 1_024;
const FORWARDED_CHARACTERS_MAX = 16_384;

/**
 * Identifies callers by certificate: the one of the connection's handshake, or one that a trusted proxy forwards. Dates
 * and revocation are judged on every call, not once per connection. One of these is compiled per configuration and per
 * change of revocation lists, so that nothing remembered outlives the lists it was judged by.
 */
export class MtlsAuthenticator {
  readonly name: string;
  readonly credentialHeaders: readonly string[];
  /** Those of them that only trusted proxies may send: what else sends them has to be stripped at the edge. */
  readonly forwardedHeaders: readonly string[];
  /** There is no registered scheme: the certificate is asked for in the handshake, and the caller is told that it is. */
  readonly challenge = 'ClientCertificate realm="sallyport"';
  readonly #config: MtlsAuthenticatorConfig;
  readonly #handshake: ClientTrust | undefined;
  readonly #forwarded: ClientTrust | undefined;
  readonly #consumers: MtlsAuthenticatorOptions['consumers'];
  readonly #isAllowed: (identity: string) => boolean;
  readonly #byPeer = new WeakMap<PeerCertificate, Remembered>();
  readonly #byText = new Map<string, Remembered>();

  constructor({ name, config, handshake, consumers }: MtlsAuthenticatorOptions) {
    this.name = name;
    this.#config = config;
    this.credentialHeaders = config.forwarded === undefined ? [] : forwardedFields(config.forwarded);
    this.forwardedHeaders = this.credentialHeaders;
    this.#handshake = handshake === undefined ? undefined : trustOf(handshake);
    this.#forwarded = config.forwarded === undefined ? undefined : trustOf(config);
    this.#consumers = consumers;
    this.#isAllowed = compileAllowList(config.allow, config.identity);
  }

  /**
   * Never: a certificate belongs to the connection, to the gateway or to the proxy before it, and comes with every call
   * on it whether meant for that call or not. Beside an API key it is no second credential, or no client with a
   * certificate could use anything else. Untrusted clients cannot add one to a call; where both must agree, `allOf` asks.
   */
  presents(_call: Call): boolean {
    return false;
  }

  authenticate(call: Call, nowMs: number): Verdict {
    const { forwarded } = this.#config;
    // The certificate of a trusted proxy's own connection is the proxy's: it never stands in for the client's.
    if (forwarded !== undefined && call.fromTrustedProxy) return this.#judgeForwarded(call, forwarded, nowMs);
    const { peer } = call;
    if (peer === undefined || this.#handshake === undefined) return NOT_APPLICABLE;
    let known = this.#byPeer.get(peer);
    if (known === undefined || nowMs < known.fromMs || nowMs > known.untilMs) {
      known = this.#remember(judgeHandshake(peer.der, peer.chainError, this.#handshake, nowMs), nowMs);
      this.#byPeer.set(peer, known);
    }
    return this.#admit(known);
  }

  #judgeForwarded(call: Call, source: NonNullable<MtlsAuthenticatorConfig['forwarded']>, nowMs: number): Verdict {
    const text = forwardedText(call, source);
    let known = text === undefined ? undefined : this.#byText.get(text);
    if (known === undefined || nowMs < known.fromMs || nowMs > known.untilMs) {
      const reading = readForwarded(call, source);
      switch (reading.kind) {
        case 'none':
          return NOT_APPLICABLE;
        case 'several':
          return refusal('authn.ambiguous', 'certificate.forwarded_several', reading.detail);
        case 'malformed':
          return refusal('authn.certificate_untrusted', 'certificate.forwarded_malformed', reading.detail);
        case 'certificate': {
          if (this.#forwarded === undefined) return NOT_APPLICABLE;
          known = this.#remember(judgeForwarded(reading.leaf, reading.sent, this.#forwarded, nowMs), nowMs);
          this.#rememberText(text, known);
        }
      }
    }
    return this.#admit(known);
  }

  /** Only good ones: anybody can make certificates, and they must not drive out those that are used. */
  #rememberText(text: string | undefined, known: Remembered): void {
    if (text === undefined) return;
    this.#byText.delete(text);
    if (known.principal === undefined || text.length > FORWARDED_CHARACTERS_MAX) return;
    if (this.#byText.size >= FORWARDED_REMEMBERED_MAX)
      for (const oldest of this.#byText.keys()) {
        this.#byText.delete(oldest);
        break;
      }
    this.#byText.set(text, known);
  }

  #remember(judgement: CertificateJudgement, nowMs: number): Remembered {
    if (judgement.kind === 'bad') return refused(judgement.verdict, nowMs);
    const { leaf, fromMs, untilMs } = judgement;
    const { identity: kind, trustDomain, consumerPrefix } = this.#config;
    const fault = kind === 'spiffe' ? svidLeafFault(leaf) : clientLeafFault(leaf);
    if (fault !== '') return refused(refusal('authn.certificate_purpose', 'certificate.purpose', fault), nowMs);
    const reading = readIdentity(leaf, kind, trustDomain);
    if (reading.kind === 'refused')
      return refused(refusal('authn.certificate_name', reading.signal, reading.detail), nowMs);
    const { identity } = reading;
    if (!this.#isAllowed(identity))
      return refused(
        refusal('authn.certificate_name', 'certificate.not_allowed', 'the name is not on the list'),
        nowMs,
      );
    const consumer = `${consumerPrefix}${identity}`;
    const principal = this.#principal(leaf, identity);
    return { fromMs, untilMs, consumer, principal, verdict: { kind: 'pass', principal }, registered: undefined };
  }

  /** Groups, tier and whether a consumer is disabled may change while its certificate does not. */
  #admit(known: Remembered): Verdict {
    if (known.principal === undefined) return known.verdict;
    const registered = this.#consumers.find(known.consumer);
    if (registered === known.registered) return known.verdict;
    known.registered = registered;
    known.verdict = this.#verdictOf(known.principal, known.consumer, registered);
    return known.verdict;
  }

  #verdictOf(principal: Principal, consumer: string, registered: CertificateConsumer | undefined): Verdict {
    if (registered === undefined) return { kind: 'pass', principal };
    const { groups, tier, disabled } = registered;
    if (disabled) return refusal('authn.certificate_name', 'certificate.consumer_disabled', 'the consumer is disabled');
    return { kind: 'pass', principal: { ...principal, consumer, groups, tier } };
  }

  #principal(leaf: CertificateFacts, subject: string): Principal {
    return {
      version: 1,
      consumer: '',
      subject,
      scopes: [],
      groups: [],
      tier: '',
      authenticator: this.name,
      method: 'mtls',
      credentialId: createHash('sha256').update(leaf.der).digest('base64url').slice(0, 16),
      issuer: '',
      clientId: '',
      binding: 'mtls',
      acr: '',
      authenticatedAtSeconds: 0,
      expiresAtMs: leaf.notAfterMs,
      claims: NO_CLAIMS,
    };
  }
}

/** Compiles the method once per configuration. Throws where a PEM text cannot be read, which loading has already refused. */
export function createMtlsAuthenticator(options: MtlsAuthenticatorOptions): MtlsAuthenticator {
  return new MtlsAuthenticator(options);
}

function trustOf({ authorities, revocationLists }: ClientTrustTexts): ClientTrust {
  const reading = readClientTrust({ authorities, revocationLists });
  if (reading.kind === 'malformed') throw new TypeError(`${reading.part}: ${reading.detail}`);
  return reading.trust;
}

function refused(verdict: Verdict, nowMs: number): Remembered {
  return {
    fromMs: nowMs,
    untilMs: nowMs + REFUSAL_MS,
    consumer: '',
    principal: undefined,
    verdict,
    registered: undefined,
  };
}
