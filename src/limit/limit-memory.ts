import { BUCKET_BYTES, SLOTS_PER_BUCKET } from './limit-table.ts';

/**
 * The tables of one process. Rates and quotas lie apart because quotas outlive them by far and are persisted;
 * verified subjects (consumer, key, route) and anonymous ones (anything with an address) lie apart so that a flood
 * of addresses cannot crowd out consumers. Overflow slots have tables of their own, which only configured rules fill.
 */
export const LIMIT_TABLES = [
  'verifiedRates',
  'anonymousRates',
  'verifiedQuotas',
  'anonymousQuotas',
  'overflowRates',
  'overflowQuotas',
] as const;
export type LimitTableName = (typeof LIMIT_TABLES)[number];

/** Buckets of 15 slots each; a power of two. */
export type LimitBuckets = Readonly<Record<LimitTableName, number>>;

/**
 * Room for about 60,000 live pairs of rule and subject per table before one in 10,000 meets a full bucket;
 * 11 MiB in all.
 */
export const DEFAULT_LIMIT_BUCKETS: LimitBuckets = {
  verifiedRates: 8192,
  anonymousRates: 16_384,
  verifiedQuotas: 8192,
  anonymousQuotas: 8192,
  overflowRates: 1024,
  overflowQuotas: 1024,
};

/** What every thread needs to count: plain data that survives structured cloning, the memory itself being shared. */
export interface LimitMemory {
  readonly shared: SharedArrayBuffer;
  /** Key of the fingerprints. Quotas survive a restart only where it stays the same. */
  readonly hashKeyLo: number;
  readonly hashKeyHi: number;
  readonly buckets: LimitBuckets;
}

/** Counters before the tables: one 64-bit word per table, a cache line in all. */
export const COUNTER_BYTES = 64;

/** Allocates the shared memory once per process. `hashKey` is 8 secret random bytes. */
export function createLimitMemory(hashKey: Uint8Array, buckets: LimitBuckets = DEFAULT_LIMIT_BUCKETS): LimitMemory {
  if (hashKey.length !== 8) throw new RangeError('hashKey must be 8 bytes');
  const view = new DataView(hashKey.buffer, hashKey.byteOffset, 8);
  let bytes = COUNTER_BYTES;
  for (const name of LIMIT_TABLES) bytes += buckets[name] * BUCKET_BYTES;
  return {
    shared: new SharedArrayBuffer(bytes),
    hashKeyLo: view.getInt32(0, true),
    hashKeyHi: view.getInt32(4, true),
    buckets,
  };
}

/** Where a table begins. */
export function tableOffset(buckets: LimitBuckets, table: LimitTableName): number {
  let offset = COUNTER_BYTES;
  for (const name of LIMIT_TABLES) {
    if (name === table) return offset;
    offset += buckets[name] * BUCKET_BYTES;
  }
  throw new TypeError(`no table ${table}`);
}

/** Slots of a table. */
export function slotCount(buckets: LimitBuckets, table: LimitTableName): number {
  return buckets[table] * SLOTS_PER_BUCKET;
}
