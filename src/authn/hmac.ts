import { createHmac, createSecretKey, hash, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import type { BodySource, Call, CollectedBody } from '../core/call.ts';
import type { HmacAuthenticatorConfig } from '../core/configuration.ts';
import type { Verdict } from '../core/verdict.ts';
import { mayPredate, type ReplayGuard } from '../crypto/replay-memory.ts';
import { ConfiguredIdentity } from './configured-identity.ts';
import type { ConsumerDirectory } from './consumer-of.ts';
import { canonicalRequest, HMAC_SCHEME } from './hmac-canonical.ts';
import {
  type PresentedSignature,
  presentsSallyportHmac,
  presentsWebhook,
  readSallyportHmac,
  readWebhook,
  WEBHOOK_FIELDS,
} from './hmac-credential.ts';
import { refusal, unavailable } from './verdicts.ts';

export interface HmacAuthenticatorOptions {
  /** Name in the configuration. */
  readonly name: string;
  readonly config: HmacAuthenticatorConfig;
  readonly replay: ReplayGuard;
  readonly consumers: ConsumerDirectory;
  /** Milliseconds from any point, which never go back: how long a body was waited for. */
  readonly monotonicMs: () => number;
}

interface Client {
  /** As many for each client, so that how long a check takes does not tell clients apart; at least one. */
  readonly keys: readonly KeyObject[];
  readonly identity: ConfiguredIdentity;
}

/** How far ahead of ours a client's clock may be, at most. */
const FUTURE_SECONDS_MAX = 30;
const SECRET_BYTES_MIN = 24;
/** A request is remembered so much longer than it is accepted: the last moment of both must not be the same one. */
const MARGIN_MS = 1_000;
const NO_BODY = new Uint8Array(0);

/**
 * Identifies callers by a signature of the whole request under a shared secret: `sallyport-hmac` as `canonicalRequest`
 * describes it, or Standard Webhooks (`id.timestamp.body`, base64), which does not cover method, path or other fields.
 * A request counts once, and only for as long as it is fresh. Reads the body, at most `bodyBytesMax` of it, before it
 * decides. A client that does not exist costs as much as one that does.
 */
export class HmacAuthenticator {
  readonly name: string;
  readonly credentialHeaders: readonly string[];
  readonly challenge: string;
  readonly #config: HmacAuthenticatorConfig;
  readonly #replay: ReplayGuard;
  readonly #clients: ReadonlyMap<string, Client>;
  readonly #foreignKeys: readonly KeyObject[];
  /** The one sender of webhooks; empty in the other scheme. */
  readonly #sender: string;
  readonly #futureMs: number;
  readonly #monotonicMs: () => number;

  constructor({ name, config, replay, consumers, monotonicMs }: HmacAuthenticatorOptions) {
    const ids = Object.keys(config.clients);
    const isWebhook = config.scheme === 'standard-webhooks';
    if (ids.length === 0 || (isWebhook && ids.length > 1)) throw new TypeError('too few or too many clients');
    this.name = name;
    this.credentialHeaders = isWebhook ? WEBHOOK_FIELDS : ['authorization'];
    this.challenge = `${isWebhook ? 'Standard-Webhooks' : HMAC_SCHEME} realm="sallyport"`;
    this.#config = config;
    this.#replay = replay;
    this.#monotonicMs = monotonicMs;
    const keyCount = Math.max(...Object.values(config.clients).map(({ secrets }) => secrets.length));
    this.#foreignKeys = paddedKeys([], keyCount);
    this.#clients = new Map(
      Object.entries(config.clients).map(([id, client]) => [
        id,
        {
          keys: paddedKeys(client.secrets.map(readSecret), keyCount),
          identity: new ConfiguredIdentity({
            authenticator: name,
            method: 'hmac',
            credentialId: id,
            subject: id,
            consumer: client.consumer,
            scopes: client.scopes,
            consumers,
            disabled: CONSUMER_DISABLED,
          }),
        },
      ]),
    );
    this.#sender = isWebhook ? (ids[0] ?? '') : '';
    this.#futureMs = Math.min(config.maxAgeSeconds, FUTURE_SECONDS_MAX) * 1_000;
  }

  presents({ headers }: Call): boolean {
    return this.#sender === '' ? presentsSallyportHmac(headers) : presentsWebhook(headers);
  }

  /** A promise where the body has to be waited for. */
  authenticate(call: Call, nowMs: number, body: BodySource): Verdict | Promise<Verdict> {
    const presented = this.#sender === '' ? readSallyportHmac(call) : readWebhook(call, this.#sender);
    if ('kind' in presented) return presented;
    const late = this.#judgeTime(presented, nowMs);
    if (late !== undefined) return late;
    if (call.bodyFraming === 'none') return this.#judge(call, presented, NO_BODY, nowMs);
    const askedMs = this.#monotonicMs();
    const collected = body.collect(this.#config.bodyBytesMax);
    if (!(collected instanceof Promise)) return this.#judgeCollected(call, presented, collected, nowMs);
    return collected.then((arrived) => {
      // Whoever holds a body back must not outlive the memory of what was used.
      const lateMs = nowMs + Math.max(0, this.#monotonicMs() - askedMs);
      return this.#judgeTime(presented, lateMs) ?? this.#judgeCollected(call, presented, arrived, lateMs);
    });
  }

  #judgeTime({ timestamp }: PresentedSignature, nowMs: number): Verdict | undefined {
    const signedAtMs = Number(timestamp) * 1_000;
    if (signedAtMs > nowMs + this.#futureMs) return FUTURE;
    return nowMs > signedAtMs + this.#config.maxAgeSeconds * 1_000 ? EXPIRED : undefined;
  }

  #judgeCollected(call: Call, presented: PresentedSignature, body: CollectedBody, nowMs: number): Verdict {
    switch (body.kind) {
      case 'whole':
        return this.#judge(call, presented, body.bytes, nowMs);
      case 'tooLarge':
        return TOO_LARGE;
      case 'busy':
      case 'slow':
        return BUSY;
      case 'broken':
        return BROKEN;
    }
  }

  #judge(call: Call, presented: PresentedSignature, body: Uint8Array, nowMs: number): Verdict {
    const client = this.#clients.get(presented.clientId);
    const signed = this.#signedContent(call, presented, body);
    const macs = (client?.keys ?? this.#foreignKeys).map((key) => macOf(key, signed));
    let isRight = false;
    // Every pair is compared, so that which one was right cannot be told by time.
    for (const mac of macs)
      for (const signature of presented.signatures) if (timingSafeEqual(mac, signature)) isRight = true;
    if (client === undefined) return UNKNOWN;
    if (!isRight) return WRONG;
    const verdict = client.identity.admit();
    return verdict.kind === 'pass' ? (this.#useUp(presented, macs[0] ?? NO_BODY, nowMs) ?? verdict) : verdict;
  }

  /** One text for both schemes is not possible: the webhook's has the body itself, which may be any bytes. */
  #signedContent(call: Call, presented: PresentedSignature, body: Uint8Array): readonly (string | Uint8Array)[] {
    const { clientId, timestamp, nonce, fields } = presented;
    if (this.#sender !== '') return [`${nonce}.${timestamp}.`, body];
    const { method, path, query } = call;
    const bodySha256 = hash('sha256', body, 'hex');
    return [canonicalRequest({ clientId, method, path, query, fields, bodySha256, timestamp, nonce })];
  }

  /**
   * Undefined where the request is a new one. A webhook that is sent again has its old id and a new time, so that there
   * the content counts: by its MAC under the first secret, whichever of them the signature that was found right is of.
   */
  #useUp({ clientId, timestamp, nonce }: PresentedSignature, mac: Uint8Array, nowMs: number): Verdict | undefined {
    const signedAtMs = Number(timestamp) * 1_000;
    if (mayPredate(this.#replay, signedAtMs, this.#futureMs)) return PREDATES;
    const parts = this.#sender === '' ? [clientId, nonce] : [clientId, nonce, Buffer.from(mac).toString('base64')];
    const expiresAtMs = signedAtMs + this.#config.maxAgeSeconds * 1_000 + this.#futureMs + MARGIN_MS;
    switch (this.#replay.claim('hmac', parts, expiresAtMs, nowMs)) {
      case 'fresh':
        return undefined;
      case 'replayed':
        return REPLAYED;
      case 'full':
        return FULL;
    }
  }
}

/** Compiles the method once per configuration. Throws where a secret cannot be read, which loading has already refused. */
export function createHmacAuthenticator(options: HmacAuthenticatorOptions): HmacAuthenticator {
  return new HmacAuthenticator(options);
}

/** Keys nobody has fill up what a client has fewer of. */
function paddedKeys(keys: readonly KeyObject[], count: number): readonly KeyObject[] {
  const padded = [...keys];
  while (padded.length < count) padded.push(createSecretKey(randomBytes(SECRET_BYTES_MIN)));
  return padded;
}

function readSecret(text: string): KeyObject {
  const bytes = Buffer.from(text.startsWith('whsec_') ? text.slice('whsec_'.length) : text, 'base64');
  if (bytes.length < SECRET_BYTES_MIN) throw new TypeError('a secret is too short');
  return createSecretKey(bytes);
}

function macOf(key: KeyObject, content: readonly (string | Uint8Array)[]): Uint8Array {
  const hmac = createHmac('sha256', key);
  for (const part of content) hmac.update(part);
  return hmac.digest();
}

const UNKNOWN = refusal('authn.signature_key', 'hmac.unknown_client', 'no client of this id');
const WRONG = refusal('authn.signature_wrong', 'hmac.wrong_signature', 'the signature is wrong');
const EXPIRED = refusal('authn.signature_expired', 'hmac.expired', 'the signature is too old');
const FUTURE = refusal('authn.signature_expired', 'hmac.future', 'the signature is of the future');
const REPLAYED = refusal('authn.signature_replay', 'hmac.replay', 'the request was made before');
const CONSUMER_DISABLED = refusal('authn.signature_key', 'hmac.consumer_disabled', 'the consumer is disabled');
const TOO_LARGE = refusal('body.too_large', 'hmac.body_too_large', 'the body is longer than the method reads');
const BROKEN = refusal('framing.body', 'hmac.body_broken', 'the body broke its framing');
const BUSY = unavailable('as many bodies as allowed are held');
const PREDATES = unavailable('the request may have been made before the start');
const FULL = unavailable('the replay memory has no room for the request');
