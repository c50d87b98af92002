import type { UsageCount, UsageKind } from '../core/usage.ts';
import type { Logger, UsageStore } from '../ports.ts';

/** One call of a credential, as it was recorded. */
export interface UsedKey {
  readonly timeMs: number;
  readonly denied: boolean;
  readonly address: string;
  readonly userAgent: string;
  readonly routeId: string;
  readonly credentialId: string;
}

interface Tally {
  calls: number;
  refusals: number;
  firstMs: number;
  lastMs: number;
}

/** By kind and value; the total under the empty name. */
type KeyTally = Map<string, Tally>;

/** Keys with counts that are not stored yet; calls of further ones are counted as lost until the next second. */
const KEYS_WAITING_MAX = 100_000;
/** Different addresses, agents and routes of one key between two writes; what comes after counts in the totals alone. */
const VALUES_WAITING_MAX = 64;
/** Rows of one write, so that it never holds the control plane for long; what is left waits for the next. */
const ROWS_PER_WRITE_MAX = 5_000;
const VALUE_CHARACTERS_MAX = 200;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Counts how API keys are used: from the record of calls, on the control plane, so that no call waits for it. Counts are
 * written about every second; a crash loses those of the last.
 */
export class KeyUsageCounter {
  readonly #store: UsageStore;
  readonly #logger: Logger;
  #waiting = new Map<string, KeyTally>();
  #writing: Promise<void> = Promise.resolve();
  #failing = false;
  #hour = -1;
  #hourName = '';
  #dayName = '';
  /** Calls that found no room. */
  lostCalls = 0;

  constructor(store: UsageStore, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  count({ credentialId, timeMs, denied, address, userAgent, routeId }: UsedKey): void {
    let tally = this.#waiting.get(credentialId);
    if (tally === undefined) {
      if (this.#waiting.size >= KEYS_WAITING_MAX) {
        this.lostCalls++;
        return;
      }
      tally = new Map();
      this.#waiting.set(credentialId, tally);
    }
    add(tally, '', timeMs, denied);
    this.#nameSpans(timeMs);
    add(tally, this.#hourName, timeMs, denied);
    add(tally, this.#dayName, timeMs, denied);
    if (address !== '') addValue(tally, `a${address}`, timeMs, denied);
    if (userAgent !== '') addValue(tally, `u${userAgent.slice(0, VALUE_CHARACTERS_MAX)}`, timeMs, denied);
    if (routeId !== '') addValue(tally, `r${routeId}`, timeMs, denied);
  }

  /** Most calls are of the hour of the call before. */
  #nameSpans(timeMs: number): void {
    const hour = Math.floor(timeMs / HOUR_MS);
    if (hour === this.#hour) return;
    this.#hour = hour;
    this.#hourName = `h${hour * HOUR_MS}`;
    this.#dayName = `d${Math.floor(timeMs / DAY_MS) * DAY_MS}`;
  }

  /** Writes what waits, at most some thousand rows. Resolves when it is stored; never rejects. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Writes everything that waits, however much. False where it could not be stored and still waits. */
  async flushAll(): Promise<boolean> {
    for (let before = -1; this.#waiting.size > 0 && this.#waiting.size !== before; ) {
      before = this.#waiting.size;
      await this.flush();
    }
    return !this.#failing;
  }

  async #write(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const rows: UsageCount[] = [];
    const taken = new Map<string, KeyTally>();
    for (const [keyId, tally] of this.#waiting) {
      if (rows.length > 0 && rows.length + tally.size > ROWS_PER_WRITE_MAX) break;
      taken.set(keyId, tally);
      for (const [name, counted] of tally)
        rows.push({ keyId, kind: KINDS[name.charAt(0)] ?? 'total', value: name.slice(1), ...counted });
    }
    for (const keyId of taken.keys()) this.#waiting.delete(keyId);
    try {
      await this.#store.add(rows);
      this.#failing = false;
    } catch (error) {
      // Back again, beside what was counted meanwhile.
      for (const [keyId, tally] of taken) this.#waiting.set(keyId, merged(tally, this.#waiting.get(keyId)));
      if (!this.#failing) this.#logger.warn({ error: String(error) }, 'the use of keys cannot be stored; it waits');
      this.#failing = true;
    }
  }
}

const KINDS: Readonly<Record<string, UsageKind>> = { a: 'address', u: 'agent', r: 'route', h: 'hour', d: 'day' };

function add(tally: KeyTally, name: string, timeMs: number, denied: boolean): void {
  const known = tally.get(name);
  if (known === undefined) {
    tally.set(name, { calls: 1, refusals: denied ? 1 : 0, firstMs: timeMs, lastMs: timeMs });
    return;
  }
  known.calls++;
  if (denied) known.refusals++;
  if (timeMs < known.firstMs) known.firstMs = timeMs;
  if (timeMs > known.lastMs) known.lastMs = timeMs;
}

/** Callers can make up any number of values: no more are held than there is room for. */
function addValue(tally: KeyTally, name: string, timeMs: number, denied: boolean): void {
  if (tally.size < VALUES_WAITING_MAX || tally.has(name)) add(tally, name, timeMs, denied);
}

function merged(one: KeyTally, other: KeyTally | undefined): KeyTally {
  if (other === undefined) return one;
  for (const [name, { calls, refusals, firstMs, lastMs }] of other) {
    const known = one.get(name);
    if (known === undefined) one.set(name, { calls, refusals, firstMs, lastMs });
    else {
      known.calls += calls;
      known.refusals += refusals;
      known.firstMs = Math.min(known.firstMs, firstMs);
      known.lastMs = Math.max(known.lastMs, lastMs);
    }
  }
  return one;
}
