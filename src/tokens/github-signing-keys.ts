import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Clock, Fetch } from '../ports.ts';

export interface GithubSigningKeysOptions {
  readonly url: string;
  readonly allowPrivateAddresses: boolean;
  readonly fetch: Fetch;
  readonly clock: Clock;
}

const TIMEOUT_MS = 5_000;
const ANSWER_BYTES_MAX = 262_144;
const KEYS_MAX = 64;
const KEY_CHARACTERS_MAX = 2_048;
/** So long nothing is fetched again, whatever is asked for: who makes up key ids must not make us a client that floods. */
const COOL_DOWN_MS = 60_000;
/** Then they are fetched again before they are used; a key that was withdrawn is believed so long at the most. */
const FRESH_MS = 3_600_000;
/** So long they are believed where they cannot be fetched. */
const USABLE_MS = 86_400_000;

/** `unavailable`: whether there is such a key could not be found out. */
export type SigningKeyResult = KeyObject | 'unknown' | 'unavailable';

/**
 * The public keys GitHub signs its messages with, by identifier: fetched when they are first needed, when a message names one
 * that is not known, and when they are older than an hour; never more often than once a minute.
 */
export class GithubSigningKeys {
  readonly #options: GithubSigningKeysOptions;
  #keys: ReadonlyMap<string, KeyObject> = new Map();
  #fetchedAtMs = Number.NEGATIVE_INFINITY;
  #triedAtMs = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;

  constructor(options: GithubSigningKeysOptions) {
    this.#options = options;
  }

  async find(identifier: string): Promise<SigningKeyResult> {
    const nowMs = this.#options.clock.nowMs();
    const isFresh = nowMs - this.#fetchedAtMs < FRESH_MS;
    if (!isFresh || !this.#keys.has(identifier)) await this.#refresh(nowMs);
    if (this.#options.clock.nowMs() - this.#fetchedAtMs >= USABLE_MS) return 'unavailable';
    return this.#keys.get(identifier) ?? 'unknown';
  }

  #refresh(nowMs: number): Promise<void> {
    if (this.#fetching !== undefined) return this.#fetching;
    if (nowMs - this.#triedAtMs < COOL_DOWN_MS) return Promise.resolve();
    this.#triedAtMs = nowMs;
    this.#fetching = this.#load(nowMs).finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  /** What fails leaves the keys as they are. */
  async #load(nowMs: number): Promise<void> {
    const { url, allowPrivateAddresses, fetch: request } = this.#options;
    try {
      const answer = await request({
        method: 'GET',
        url,
        headers: { accept: 'application/json', 'user-agent': 'sallyport' },
        body: undefined,
        timeoutMs: TIMEOUT_MS,
        bytesMax: ANSWER_BYTES_MAX,
        allowPrivateAddresses,
      });
      const keys = answer.status === 200 ? keysOf(answer.body) : undefined;
      if (keys === undefined) return;
      this.#keys = keys;
      this.#fetchedAtMs = nowMs;
    } catch {
      // Told by `unavailable` where it matters.
    }
  }
}

/** `{"public_keys": [{"key_identifier", "key"}]}`; keys of other kinds than P-256 are left out. Undefined where it is not that. */
function keysOf(body: Uint8Array): ReadonlyMap<string, KeyObject> | undefined {
  try {
    const document: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    if (typeof document !== 'object' || document === null || !('public_keys' in document)) return undefined;
    const { public_keys: listed } = document;
    if (!Array.isArray(listed)) return undefined;
    const keys = new Map<string, KeyObject>();
    for (const one of (listed as readonly unknown[]).slice(0, KEYS_MAX)) {
      if (typeof one !== 'object' || one === null || !('key_identifier' in one) || !('key' in one)) continue;
      const { key_identifier: identifier, key } = one;
      if (typeof identifier !== 'string' || typeof key !== 'string' || key.length > KEY_CHARACTERS_MAX) continue;
      const parsed = publicKeyOf(key);
      if (parsed !== undefined) keys.set(identifier, parsed);
    }
    return keys.size === 0 ? undefined : keys;
  } catch {
    return undefined;
  }
}

function publicKeyOf(pem: string): KeyObject | undefined {
  if (!pem.includes('-----BEGIN PUBLIC KEY-----')) return undefined;
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
  } catch {
    return undefined;
  }
}
