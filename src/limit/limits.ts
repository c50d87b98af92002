import type { LimitRule } from '../core/configuration.ts';
import { halfSipHash } from '../crypto/half-siphash.ts';
import { gcraIdleHi, gcraIdleLo } from './gcra.ts';
import { KeyCache } from './key-cache.ts';
import { LIMIT_TABLES, type LimitMemory, type LimitTableName, slotCount, tableOffset } from './limit-memory.ts';
import { type LimitKey, LimitTable, setLimitKey } from './limit-table.ts';
import { quotaIdleHi, quotaIdleLo } from './quota.ts';
import { SubjectKeys } from './subject-keys.ts';

/** Verified subjects remembered per thread; about 8 MB when full. */
const CACHE_ENTRIES_MAX = 65_536;

/** Hash key of one kind of subject of one rule, derived from the secret one, so that only the name is left to hash. */
export interface HashSeed {
  readonly lo: number;
  readonly hi: number;
}

/** Use of one table, for metrics. */
export interface LimitTableStatistics {
  readonly table: LimitTableName;
  readonly slots: number;
  /** Occupied and not idle. */
  readonly live: number;
  /** Calls counted in a shared overflow slot of this table's rules since the start, on all threads. */
  readonly overflowed: number;
}

/**
 * One thread's view of the shared tables, with its caches. Open one per configuration snapshot: the counts are in
 * the shared memory and stay, the caches of rules that are gone go with the object.
 */
export class Limits {
  readonly memory: LimitMemory;
  readonly cache = new KeyCache(CACHE_ENTRIES_MAX);
  readonly #tables: Readonly<Record<LimitTableName, LimitTable>>;
  readonly #counters: BigInt64Array;
  readonly #subjectKeys = new Map<string, SubjectKeys>();
  readonly #hash = new Int32Array(2);

  constructor(memory: LimitMemory) {
    // The halves of a 64-bit word are addressed as low, high; every platform Node.js ships for is little-endian but one.
    if (new Uint8Array(new Uint32Array([1]).buffer)[0] !== 1) throw new Error('limits need a little-endian machine');
    this.memory = memory;
    this.#counters = new BigInt64Array(memory.shared, 0, LIMIT_TABLES.length);
    const open = (name: LimitTableName): LimitTable =>
      new LimitTable(memory.shared, tableOffset(memory.buckets, name), memory.buckets[name]);
    this.#tables = {
      verifiedRates: open('verifiedRates'),
      anonymousRates: open('anonymousRates'),
      verifiedQuotas: open('verifiedQuotas'),
      anonymousQuotas: open('anonymousQuotas'),
      overflowRates: open('overflowRates'),
      overflowQuotas: open('overflowQuotas'),
    };
  }

  /** The subjects of a rule; routes that share a rule share them. */
  subjectKeys(rule: LimitRule, identity: string): SubjectKeys {
    const known = this.#subjectKeys.get(identity);
    if (known !== undefined) return known;
    const keys = new SubjectKeys(rule, identity, this);
    this.#subjectKeys.set(identity, keys);
    return keys;
  }

  table(name: LimitTableName): LimitTable {
    return this.#tables[name];
  }

  /** Derives the hash key of one kind of subject of a rule. */
  seed(identity: string, kind: string): HashSeed {
    halfSipHash(this.memory.hashKeyLo, this.memory.hashKeyHi, `${kind}:${identity}`, this.#hash);
    return { lo: this.#hash[0] ?? 0, hi: this.#hash[1] ?? 0 };
  }

  /** Computes where a subject is counted. */
  place(seed: HashSeed, name: string, key: LimitKey): void {
    halfSipHash(seed.lo, seed.hi, name, this.#hash);
    setLimitKey(key, this.#hash[0] ?? 0, this.#hash[1] ?? 0);
  }

  /** Counts a call that had to be counted in a shared slot. */
  countOverflow(kind: 'rate' | 'quota', anonymous: boolean): void {
    const rates = anonymous ? 'anonymousRates' : 'verifiedRates';
    const quotas = anonymous ? 'anonymousQuotas' : 'verifiedQuotas';
    Atomics.add(this.#counters, LIMIT_TABLES.indexOf(kind === 'rate' ? rates : quotas), 1n);
  }

  /** Walks every slot: some milliseconds, for metrics only. */
  statistics(nowMicros: number, nowMs: number): readonly LimitTableStatistics[] {
    return LIMIT_TABLES.map((table, index) => {
      const quotas = isQuotaTable(table);
      let live = 0;
      this.#tables[table].scan(
        quotas ? quotaIdleHi(nowMs) : gcraIdleHi(nowMicros),
        quotas ? quotaIdleLo(nowMs) : gcraIdleLo(nowMicros),
        () => {
          live++;
        },
      );
      const overflowed = Number(Atomics.load(this.#counters, index));
      return { table, slots: slotCount(this.memory.buckets, table), live, overflowed };
    });
  }
}

function isQuotaTable(name: LimitTableName): boolean {
  return name === 'verifiedQuotas' || name === 'anonymousQuotas' || name === 'overflowQuotas';
}
