import { hash } from 'node:crypto';
import type { BodySource, Call, CollectedBody } from '../core/call.ts';
import { headerValue } from '../core/call.ts';
import type { HttpSignatureAuthenticatorConfig } from '../core/configuration.ts';
import { NOT_APPLICABLE, type Verdict } from '../core/verdict.ts';
import { mayPredate, type ReplayGuard } from '../crypto/replay-memory.ts';
import { isRequestSigned, type RequestKey, readRequestKey } from '../crypto/request-signature.ts';
import { judgeContentDigest } from '../http/content-digest.ts';
import { signatureBase } from '../http/signature-base.ts';
import { joined, type RequestSignature, readSignatures } from '../http/signature-fields.ts';
import { ConfiguredIdentity } from './configured-identity.ts';
import type { ConsumerDirectory } from './consumer-of.ts';
import { normaliseOrigin } from './effective-uri.ts';
import { FailureThrottle, SIGNING } from './failure-throttle.ts';
import { refusal, unavailable } from './verdicts.ts';

export interface HttpSignatureAuthenticatorOptions {
  /** Name in the configuration. */
  readonly name: string;
  readonly config: HttpSignatureAuthenticatorConfig;
  readonly replay: ReplayGuard;
  readonly consumers: ConsumerDirectory;
  /** Milliseconds from an arbitrary point, never going back: how long a body took. */
  readonly monotonicMs: () => number;
}

interface Signer {
  readonly keyId: string;
  readonly key: RequestKey;
  readonly identity: ConfiguredIdentity;
}

/** What was chosen of a request, with the one key that may have signed it. */
interface Chosen {
  readonly signer: Signer;
  readonly signature: RequestSignature;
  readonly created: number;
}

/** One whose signature is right, with what was signed. */
interface Signed extends Chosen {
  readonly base: string;
}

const DIGEST = 'content-digest';
/** A request is remembered so much longer than it is accepted: the last moment of both must not be the same one. */
const MARGIN_MS = 1_000;

/**
 * Identifies callers by a signature over parts of the request (RFC 9421 §3.2), and its body by `Content-Digest` (RFC 9530).
 * What has to be covered, which keys count and by what algorithm is this gateway's word alone: labels, `alg` and the choice
 * of the sender decide nothing. A signed request counts once. The body is read, at most `bodyBytesMax` of it, after the
 * signature was found right.
 */
export class HttpSignatureAuthenticator {
  readonly name: string;
  readonly credentialHeaders: readonly string[] = ['signature-input', 'signature'];
  /** There is no registered scheme; what to cover is for the documentation of the API. */
  readonly challenge = 'Signature realm="sallyport"';
  readonly #config: HttpSignatureAuthenticatorConfig;
  readonly #replay: ReplayGuard;
  readonly #signers: ReadonlyMap<string, Signer>;
  readonly #origin: string | undefined;
  readonly #monotonicMs: () => number;
  /** Stands in where no key is named that is known: the work is the same, and the answer is no. */
  readonly #decoy: Signer | undefined;
  readonly #ageMsMax: number;
  readonly #skewMs: number;
  readonly #failures = new FailureThrottle(SIGNING);

  constructor({ name, config, replay, consumers, monotonicMs }: HttpSignatureAuthenticatorOptions) {
    this.name = name;
    this.#config = config;
    this.#replay = replay;
    this.#monotonicMs = monotonicMs;
    this.#origin = config.origin === undefined ? undefined : normaliseOrigin(config.origin);
    if (this.#origin === undefined && config.origin !== undefined) throw new TypeError('origin is no http(s) origin');
    this.#skewMs = config.skewSeconds * 1_000;
    this.#ageMsMax = config.maxAgeSeconds * 1_000;
    this.#signers = new Map(
      Object.entries(config.keys).map(([keyId, key]) => {
        const identity = new ConfiguredIdentity({
          authenticator: name,
          method: 'http-signature',
          credentialId: keyId,
          subject: key.consumer,
          consumer: key.consumer,
          scopes: key.scopes,
          consumers,
          disabled: CONSUMER_DISABLED,
        });
        return [keyId, { keyId, key: readRequestKey(key), identity }];
      }),
    );
    [this.#decoy] = this.#signers.values();
  }

  presents({ headers }: Call): boolean {
    return headerValue(headers, 'signature') !== undefined || headerValue(headers, 'signature-input') !== undefined;
  }

  /** A promise where the body has to be waited for. */
  authenticate(call: Call, nowMs: number, body: BodySource): Verdict | Promise<Verdict> {
    const reading = readSignatures(call);
    switch (reading.kind) {
      case 'none':
        return NOT_APPLICABLE;
      case 'malformed':
        return refusal('authn.signature_malformed', 'signature.malformed', reading.detail);
      case 'signatures': {
        const chosen = this.#choose(reading.signatures);
        if (chosen === undefined) return this.#judgeUnknown(reading.signatures, call, nowMs);
        if ('kind' in chosen) return chosen;
        return this.#judge(chosen, call, nowMs, body);
      }
    }
  }

  /**
   * By key and tag, never by label or order: others may have signed for others (RFC 9421 §7.2.5, §7.2.6). Undefined where
   * no key is named that is known.
   */
  #choose(signatures: readonly RequestSignature[]): Chosen | Verdict | undefined {
    const { tag } = this.#config;
    const ours = signatures.filter(({ keyId }) => keyId !== undefined && this.#signers.has(keyId));
    if (ours.length === 0) return undefined;
    // A signature that was made for another application with the same key is none for this one (§7.2.7).
    const tagged = ours.filter((one) => one.tag === tag);
    const [signature] = tagged;
    if (signature === undefined) return OTHER_TAG;
    if (tagged.length > 1) return SEVERAL;
    const signer = this.#signers.get(signature.keyId ?? '');
    if (signer === undefined) return undefined;
    if (signature.algorithm !== undefined && signature.algorithm !== signer.key.algorithm) return OTHER_ALGORITHM;
    if (signature.created === undefined) return UNDATED;
    if (this.#config.requireNonce && signature.nonce === undefined) return WITHOUT_NONCE;
    return { signer, signature, created: signature.created };
  }

  /** As much work, and as few attempts, as for a key that is known: which keys there are shows in neither. */
  #judgeUnknown([signature]: readonly RequestSignature[], call: Call, nowMs: number): Verdict {
    const signer = this.#decoy;
    if (signer === undefined || signature?.created === undefined) return UNKNOWN_KEY;
    const checked = this.#verify({ signer, signature, created: signature.created }, call, nowMs);
    if ('kind' in checked) return isThrottled(checked) ? checked : UNKNOWN_KEY;
    // Signed by a key of ours under a name that is nobody's: wrong like every other.
    this.#failures.failed(call.address.group, nowMs);
    return UNKNOWN_KEY;
  }

  #judge(chosen: Chosen, call: Call, nowMs: number, body: BodySource): Verdict | Promise<Verdict> {
    const signed = this.#verify(chosen, call, nowMs);
    if ('kind' in signed) return signed;
    if (!signed.signature.components.some(({ name }) => name === DIGEST)) return this.#useUp(signed, nowMs);
    if (call.bodyFraming === 'none') return this.#judgeBody(signed, call, EMPTY, nowMs);
    const askedMs = this.#monotonicMs();
    const collected = body.collect(this.#config.bodyBytesMax);
    return collected instanceof Promise
      ? collected.then((arrived) => {
          // Who holds the body back must not outlast the memory of the request it copies.
          const lateMs = nowMs + Math.max(0, this.#monotonicMs() - askedMs);
          const late = arrived.kind === 'whole' ? this.#judgeTime(signed.signature, signed.created, lateMs) : undefined;
          return late ?? this.#judgeBody(signed, call, arrived, lateMs);
        })
      : this.#judgeBody(signed, call, collected, nowMs);
  }

  /** All but the body, and whether it is new. */
  #verify(chosen: Chosen, call: Call, nowMs: number): Signed | Verdict {
    const { signer, signature, created } = chosen;
    const late = this.#judgeTime(signature, created, nowMs);
    if (late !== undefined) return late;
    const missing = this.#missingComponent(call, signature);
    if (missing !== undefined)
      return refusal('authn.signature_coverage', 'signature.coverage', `${missing} is not covered`);
    const base = signatureBase(call, signature, this.#origin);
    if (!base.ok) return refusal('authn.signature_coverage', 'signature.component', base.detail);
    const retryAfterSeconds = this.#failures.waitSeconds(call.address.group, nowMs);
    if (retryAfterSeconds > 0)
      return { kind: 'deny', reason: 'authn.throttled', retryAfterSeconds, signals: THROTTLED_SIGNALS };
    if (!isRequestSigned(base.text, signature.signature, signer.key)) {
      this.#failures.failed(call.address.group, nowMs);
      return WRONG;
    }
    return { ...chosen, base: base.text };
  }

  #judgeTime({ expires }: RequestSignature, created: number, nowMs: number): Verdict | undefined {
    if (created * 1_000 > nowMs + this.#skewMs) return FUTURE;
    if (nowMs > created * 1_000 + this.#ageMsMax + this.#skewMs) return EXPIRED;
    return expires !== undefined && nowMs >= expires * 1_000 + this.#skewMs ? EXPIRED : undefined;
  }

  /** The first component this gateway asks for that is not covered whole; of a call without a body its digest is not asked for. */
  #missingComponent(call: Call, { components }: RequestSignature): string | undefined {
    return this.#config.components.find(
      (wanted) =>
        !(wanted === DIGEST && call.bodyFraming === 'none') &&
        !components.some(
          ({ name, parameters }) =>
            name === wanted && [...parameters.keys()].every((one) => one === 'sf' || one === 'bs'),
        ),
    );
  }

  #judgeBody(signed: Signed, call: Call, body: CollectedBody, nowMs: number): Verdict {
    switch (body.kind) {
      case 'whole':
        break;
      case 'tooLarge':
        return refusal('body.too_large', 'signature.body_size', 'the body is too large for its digest to be checked');
      case 'busy':
      case 'slow':
        return unavailable('too many bodies are held, or too much for this address');
      case 'broken':
        return { kind: 'deny', reason: 'framing.body', detail: 'the body broke off' };
    }
    switch (judgeContentDigest(joined(call.headers, DIGEST) ?? '', body.bytes)) {
      case 'right':
        return this.#useUp(signed, nowMs);
      case 'wrong':
        return refusal('authn.signature_digest', 'signature.digest', 'the body is not the one that was signed');
      case 'malformed':
        return refusal('authn.signature_digest', 'signature.digest_form', 'Content-Digest cannot be read');
      case 'weak':
        return refusal(
          'authn.signature_digest',
          'signature.digest_weak',
          'Content-Digest has neither sha-256 nor sha-512',
        );
    }
  }

  /** Last of all, so that nothing that is refused uses up what is right. */
  #useUp({ signer, signature, created, base }: Signed, nowMs: number): Verdict {
    const admitted = signer.identity.admit();
    if (admitted.kind !== 'pass') return admitted;
    if (mayPredate(this.#replay, created * 1_000, this.#skewMs))
      return unavailable('it was signed before the start, and may have been used then');
    // Where there is no nonce the signed text is used up, not the signature: of ECDSA there are two for every one.
    const identity =
      signature.nonce === undefined ? ['base', hash('sha256', base, 'base64')] : ['nonce', signature.nonce];
    const expiresAtMs = created * 1_000 + this.#ageMsMax + 2 * this.#skewMs + MARGIN_MS;
    switch (this.#replay.claim('http-signature', [this.name, signer.keyId, ...identity], expiresAtMs, nowMs)) {
      case 'fresh':
        return admitted;
      case 'replayed':
        return refusal('authn.signature_replay', 'signature.replay', 'the signature was used before');
      case 'full':
        return unavailable('the replay memory has no room for the signature');
    }
  }
}

/** Compiles the method once per configuration. Throws where a key cannot be read, which loading has already refused. */
export function createHttpSignatureAuthenticator(
  options: HttpSignatureAuthenticatorOptions,
): HttpSignatureAuthenticator {
  return new HttpSignatureAuthenticator(options);
}

const EMPTY: CollectedBody = Object.freeze({ kind: 'whole', bytes: new Uint8Array(0) });
const THROTTLED_SIGNALS = Object.freeze([{ name: 'signature.throttled' }]);
const UNKNOWN_KEY = refusal('authn.signature_key', 'signature.key_unknown', 'no signature is by a key that is known');
const OTHER_ALGORITHM = refusal('authn.signature_key', 'signature.algorithm', 'alg is not that of the key');
const OTHER_TAG = refusal(
  'authn.signature_coverage',
  'signature.tag',
  'the signature was made for another application',
);
const SEVERAL = refusal('authn.signature_malformed', 'signature.several', 'several signatures could be meant');
const UNDATED = refusal('authn.signature_coverage', 'signature.undated', 'the signature does not say when it was made');
const WITHOUT_NONCE = refusal('authn.signature_coverage', 'signature.nonce_missing', 'the signature has no nonce');
const FUTURE = refusal('authn.signature_expired', 'signature.future', 'the signature is from the future');
const EXPIRED = refusal('authn.signature_expired', 'signature.expired', 'the signature is too old');
const CONSUMER_DISABLED = refusal(
  'authn.signature_key',
  'signature.consumer_disabled',
  'the consumer of the key is disabled',
);
const WRONG = refusal('authn.signature_wrong', 'signature.wrong', 'the signature is wrong');

function isThrottled(verdict: Verdict): boolean {
  return verdict.kind === 'deny' && verdict.reason === 'authn.throttled';
}
