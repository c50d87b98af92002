import { type IssuerAttempt, IssuerKeys, type RememberedKeySet } from '../../authn/issuers/issuer-keys.ts';
import { keySetName } from '../../authn/issuers/key-set-name.ts';
import { lostPrime, weakKey } from '../../authn/issuers/weak-keys.ts';
import type { Configuration, JwtAuthenticatorConfig } from '../../core/configuration.ts';
import type { Observation } from '../../core/finding.ts';
import { type NamedKeys, sharedPrimes } from '../../crypto/jose/shared-factors.ts';
import type { Clock, Fetch, Logger, PublishedKeySet, SettingStore } from '../../ports.ts';

export interface IssuerServiceOptions {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly settings: SettingStore;
  readonly logger: Logger;
  /** Resolves when every thread verifies by the set. */
  readonly publish: (name: string, keys: PublishedKeySet) => Promise<void>;
  /** Told of every key that is weak, whenever keys changed. */
  readonly observe: (observation: Observation) => void;
  /** The set is used by no configuration any more. */
  readonly withdraw: (name: string) => void;
}

/** How an issuer's keys stand, for health and metrics. */
export interface IssuerStatus {
  readonly authenticator: string;
  readonly issuer: string;
  readonly keys: number;
  /** Unix milliseconds; 0: never. */
  readonly fetchedAtMs: number;
  readonly usableUntilMs: number;
  readonly error: string | undefined;
}

interface Issuer {
  readonly authenticator: string;
  readonly config: JwtAuthenticatorConfig;
  readonly keys: IssuerKeys;
}

const SETTING_PREFIX = 'issuer-keys ';
const TIMER_MS_MAX = 3_600_000;
const TIMER_MS_MIN = 50;

/** Keeps the keys of every configured issuer fresh, once for the whole process. */
export class IssuerService {
  readonly #options: IssuerServiceOptions;
  readonly #issuers = new Map<string, Issuer>();
  #generation = 0;
  /** Keys that stand in the configuration itself. */
  #fixed: readonly NamedKeys[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: IssuerServiceOptions) {
    this.#options = options;
  }

  /**
   * Takes up the issuers of a configuration that is about to come into force; those that are not new go on as they are.
   * Keys that were kept over a restart are published before it resolves; fetching goes on by itself.
   */
  async adopt({ authenticators }: Configuration): Promise<void> {
    const added: Issuer[] = [];
    this.#fixed = Object.entries(authenticators).flatMap(([name, config]) =>
      config.type === 'jwt' && config.keys.kind === 'fixed' ? [{ name, keys: config.keys.keys }] : [],
    );
    for (const [authenticator, config] of Object.entries(authenticators)) {
      if (config.type !== 'jwt' || (config.keys.kind !== 'discovery' && config.keys.kind !== 'url')) continue;
      const name = keySetName(authenticator, config);
      const known = this.#issuers.get(name);
      if (known !== undefined && samePolicy(known.config, config)) continue;
      const issuer = { authenticator, config, keys: this.#keysOf(name, authenticator, config) };
      this.#issuers.set(name, issuer);
      added.push(issuer);
      // Under other rules than before, what is in force now may be too old.
      if (!(await this.#restore(name, issuer))) await this.#options.publish(name, issuer.keys.published);
    }
    this.#compare();
    for (const { keys } of added) void keys.update().then(() => this.#schedule());
  }

  /** Gives up the issuers that the configuration, now in force everywhere, does not name. */
  release({ authenticators }: Configuration): void {
    const used = new Set(
      Object.entries(authenticators).map(([name, config]) => (config.type === 'jwt' ? keySetName(name, config) : '')),
    );
    for (const name of this.#issuers.keys())
      if (!used.has(name)) {
        this.#issuers.delete(name);
        this.#options.withdraw(name);
        this.#options.settings.remove(SETTING_PREFIX + name).catch(() => undefined);
      }
    this.#schedule();
  }

  /** Because a token names a key that is not there. Resolves when newer keys, if any, are published. */
  async refresh(name: string): Promise<void> {
    await this.#issuers.get(name)?.keys.refresh();
    this.#schedule();
  }

  status(): readonly IssuerStatus[] {
    return [...this.#issuers.values()].map(({ authenticator, config, keys }) => ({
      authenticator,
      issuer: config.issuer,
      keys: keys.published.keys.length,
      fetchedAtMs: keys.fetchedAtMs,
      usableUntilMs: keys.published.usableUntilMs,
      error: keys.error,
    }));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #keysOf(name: string, authenticator: string, config: JwtAuthenticatorConfig): IssuerKeys {
    const { fetch, clock } = this.#options;
    const keys: IssuerKeys = new IssuerKeys({
      config,
      send: fetch,
      nowMs: () => clock.nowMs(),
      nextGeneration: () => ++this.#generation,
      onAttempt: (attempt) => this.#attempted(name, authenticator, keys, attempt),
    });
    return keys;
  }

  async #attempted(name: string, authenticator: string, keys: IssuerKeys, attempt: IssuerAttempt): Promise<void> {
    // Replaced or given up while it was asked.
    if (this.#closed || this.#issuers.get(name)?.keys !== keys) return;
    const { logger, publish } = this.#options;
    const { published, error, changed, faults } = attempt;
    if (error !== undefined) logger.warn({ authenticator, error }, 'the keys of an issuer could not be fetched');
    else if (changed) logger.info({ authenticator, keys: published.keys.length }, 'keys of an issuer are in force');
    for (const fault of faults) {
      const { signal, detail } = fault;
      logger.warn({ authenticator, signal, detail }, 'a key of an issuer is left out');
      this.#options.observe(weakKey(authenticator, fault, this.#options.clock.nowMs()));
    }
    if (changed) this.#compare();
    await publish(name, published).catch((failure: unknown) =>
      logger.error({ authenticator, error: String(failure) }, 'the keys of an issuer did not reach every thread'),
    );
    if (error === undefined) await this.#keep(name, { keys: published.keys, fetchedAtMs: keys.fetchedAtMs });
  }

  /** Keys of different issuers may share a prime: then both are lost, although each set is sound by itself. */
  #compare(): void {
    const remote = [...this.#issuers.values()].map(({ authenticator, keys }) => ({
      name: authenticator,
      keys: keys.published.keys,
    }));
    const nowMs = this.#options.clock.nowMs();
    for (const found of sharedPrimes([...this.#fixed, ...remote])) this.#options.observe(lostPrime(found, nowMs));
  }

  /** So that a restart while the issuer is down does not refuse everyone. */
  async #keep(name: string, remembered: RememberedKeySet): Promise<void> {
    try {
      await this.#options.settings.set(SETTING_PREFIX + name, JSON.stringify(remembered));
    } catch (error) {
      this.#options.logger.warn({ error: String(error) }, 'the keys of an issuer could not be kept for a restart');
    }
  }

  async #restore(name: string, { authenticator, keys }: Issuer): Promise<boolean> {
    const remembered = readRemembered(await this.#options.settings.get(SETTING_PREFIX + name));
    if (remembered === undefined || !keys.restore(remembered)) return false;
    this.#options.logger.info({ authenticator, keys: remembered.keys.length }, 'keys of an issuer were kept');
    await this.#options.publish(name, keys.published);
    return true;
  }

  /** One timer for all: the earliest that is due. */
  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#closed || this.#issuers.size === 0) return;
    const nowMs = this.#options.clock.nowMs();
    let dueAtMs = Infinity;
    for (const { keys } of this.#issuers.values()) if (!keys.isFetching) dueAtMs = Math.min(dueAtMs, keys.dueAtMs);
    const waitMs = Math.min(Math.max(dueAtMs - nowMs, TIMER_MS_MIN), TIMER_MS_MAX);
    this.#timer = setTimeout(() => this.#fetchDue(), waitMs);
    this.#timer.unref();
  }

  #fetchDue(): void {
    const nowMs = this.#options.clock.nowMs();
    const due = [...this.#issuers.values()].filter(({ keys }) => !keys.isFetching && keys.dueAtMs <= nowMs);
    // One that is slow must not hold up the others: each is scheduled again when it is done.
    for (const { keys } of due) void keys.update().then(() => this.#schedule());
    this.#schedule();
  }
}

function samePolicy(one: JwtAuthenticatorConfig, other: JwtAuthenticatorConfig): boolean {
  return (
    JSON.stringify([one.keySet, one.algorithms, one.keys]) ===
    JSON.stringify([other.keySet, other.algorithms, other.keys])
  );
}

function readRemembered(text: string | undefined): RememberedKeySet | undefined {
  if (text === undefined) return undefined;
  try {
    const { keys, fetchedAtMs } = JSON.parse(text) as Partial<RememberedKeySet>;
    return Array.isArray(keys) && typeof fetchedAtMs === 'number' ? { keys, fetchedAtMs } : undefined;
  } catch {
    return undefined;
  }
}
