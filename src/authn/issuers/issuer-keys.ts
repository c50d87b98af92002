import type { JwtAuthenticatorConfig } from '../../core/configuration.ts';
import { isJsonObject } from '../../core/json-object.ts';
import { compileKeySet } from '../../crypto/jose/key-set.ts';
import type { JoseFault, JsonObject } from '../../crypto/jose/types.ts';
import type { Fetch, PublishedKeySet } from '../../ports.ts';
import { fetchDocument } from './fetch-document.ts';
import { discoverKeySet } from './issuer-metadata.ts';

/** A configuration whose keys come from an issuer. */
export type RemoteIssuer = Pick<JwtAuthenticatorConfig, 'issuer' | 'algorithms' | 'keys' | 'keySet'>;

export interface IssuerKeysOptions {
  readonly config: RemoteIssuer;
  readonly send: Fetch;
  readonly nowMs: () => number;
  /** A number no other set has had. */
  readonly nextGeneration: () => number;
  /** Called after every attempt. Resolves when the set is in force wherever it is used. */
  readonly onAttempt: (attempt: IssuerAttempt) => Promise<void>;
}

export interface IssuerAttempt {
  readonly published: PublishedKeySet;
  /** Undefined: the keys were fetched. */
  readonly error: string | undefined;
  readonly changed: boolean;
  /** Of the keys that were left out; only where they changed. */
  readonly faults: readonly JoseFault[];
}

/** A set that was kept over a restart. */
export interface RememberedKeySet {
  readonly keys: readonly JsonObject[];
  readonly fetchedAtMs: number;
}

const REFRESH_SECONDS_MIN = 5;
/** Members only private and symmetric keys have: they are told of, and go no further than this. */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'] as const;

/**
 * The keys of one issuer: fetched ahead of need, believed while the issuer does not answer up to a bound that is counted
 * from the last good answer, and asked for because of an unknown key at most once in a cool-down. The cool-down begins
 * when asking brought nothing new, so that a rotation never has to wait for one. Several asking at once share one fetch.
 */
export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  #keys: readonly JsonObject[] = [];
  #generation = 0;
  #usableUntilMs = 0;
  #refreshableAtMs = 0;
  #dueAtMs = 0;
  #failures = 0;
  #fetching: Promise<void> | undefined;
  /** For the operator. */
  error: string | undefined;
  fetchedAtMs = 0;

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
  }

  /** Takes over a set that was fetched before a restart, unless it is too old or from the future. */
  restore({ keys, fetchedAtMs }: RememberedKeySet): boolean {
    const usableUntilMs = fetchedAtMs + this.#lifeMs();
    const nowMs = this.#options.nowMs();
    if (fetchedAtMs > nowMs || usableUntilMs <= nowMs) return false;
    this.#keys = keys;
    this.#generation = this.#options.nextGeneration();
    this.#usableUntilMs = usableUntilMs;
    this.fetchedAtMs = fetchedAtMs;
    return true;
  }

  /** As in force now; without keys and usable never, while there were none. */
  get published(): PublishedKeySet {
    return {
      generation: this.#generation,
      keys: this.#keys,
      usableUntilMs: this.#usableUntilMs,
      refreshableAtMs: this.#refreshableAtMs,
    };
  }

  /** When the keys are to be fetched again although nobody asks. */
  get dueAtMs(): number {
    return this.#dueAtMs;
  }

  get isFetching(): boolean {
    return this.#fetching !== undefined;
  }

  /** Fetches on schedule. Resolves when what was found is in force. Never rejects. */
  update(): Promise<void> {
    return this.#begin(false);
  }

  /** Fetches because a key is missing, unless the cool-down forbids it. Resolves when what was found is in force. */
  refresh(): Promise<void> {
    if (this.#fetching !== undefined) return this.#fetching;
    return this.#options.nowMs() < this.#refreshableAtMs ? Promise.resolve() : this.#begin(true);
  }

  #begin(asked: boolean): Promise<void> {
    this.#fetching ??= this.#attempt(asked).finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #attempt(asked: boolean): Promise<void> {
    const { config, send, nowMs, onAttempt } = this.#options;
    const { keySet } = config;
    const startedAtMs = nowMs();
    const found = await this.#find(send);
    const cooledAtMs = startedAtMs + keySet.cooldownSeconds * 1_000;
    if (!found.ok) {
      this.error = found.error;
      this.#failures++;
      this.#refreshableAtMs = cooledAtMs;
      // Twice as long each time, but never longer than if all were well.
      const pauseSeconds = keySet.cooldownSeconds * 2 ** Math.min(this.#failures - 1, 8);
      this.#dueAtMs = startedAtMs + Math.min(pauseSeconds, keySet.refreshSeconds) * 1_000;
      await onAttempt({ published: this.published, error: found.error, changed: false, faults: [] });
      return;
    }
    this.error = undefined;
    this.#failures = 0;
    const { faults } = compileKeySet(found.keys, config.algorithms);
    const keys = found.keys.filter((key) => !SECRET_MEMBERS.some((name) => name in key));
    const changed = this.#generation === 0 || canonicalText(keys) !== canonicalText(this.#keys);
    if (changed) {
      this.#keys = keys;
      this.#generation = this.#options.nextGeneration();
    }
    // Counted from when it was asked: what the issuer changed while it answered may not be in the answer.
    this.fetchedAtMs = startedAtMs;
    this.#usableUntilMs = startedAtMs + this.#lifeMs();
    if (asked && !changed) this.#refreshableAtMs = cooledAtMs;
    const lifeSeconds = Math.min(found.maxAgeSeconds ?? Infinity, keySet.refreshSeconds);
    this.#dueAtMs = startedAtMs + Math.max(lifeSeconds, REFRESH_SECONDS_MIN) * 1_000;
    await onAttempt({ published: this.published, error: undefined, changed, faults: changed ? faults : [] });
  }

  async #find(
    send: Fetch,
  ): Promise<
    | { readonly ok: true; readonly keys: readonly JsonObject[]; readonly maxAgeSeconds: number | undefined }
    | { readonly ok: false; readonly error: string }
  > {
    const { issuer, keys: source, keySet } = this.#options.config;
    // The address is discovered anew each time: it is one more request in minutes, and it may move with the keys.
    const address =
      source.kind === 'url' ? ({ ok: true, url: source.url } as const) : await discoverKeySet(send, issuer, keySet);
    if (!address.ok) return address;
    const document = await fetchDocument(send, address.url, keySet);
    if (!document.ok) return { ok: false, error: `keys: ${document.error}` };
    const members = document.value['keys'];
    if (!Array.isArray(members) || !members.every(isJsonObject)) return { ok: false, error: 'keys: it is no key set' };
    return { ok: true, keys: members, maxAgeSeconds: document.maxAgeSeconds };
  }

  #lifeMs(): number {
    const { refreshSeconds, staleSecondsMax } = this.#options.config.keySet;
    return (refreshSeconds + staleSecondsMax) * 1_000;
  }
}

/** The same for the same keys, in whatever order a server writes them and their members. */
function canonicalText(keys: readonly JsonObject[]): string {
  return JSON.stringify(
    keys.map((key) => JSON.stringify(Object.entries(key).sort(([one], [other]) => (one < other ? -1 : 1)))).sort(),
  );
}
