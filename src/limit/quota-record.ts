import type { LimitTableName } from './limit-memory.ts';
import { newLimitKey, setLimitKey, VALUE_HI_MASK } from './limit-table.ts';
import type { Limits } from './limits.ts';
import { laterQuota, quotaIdleHi, quotaIdleLo } from './quota.ts';

/**
 * The record of all running quotas, to be written every second and read at the next start: a loss of power or a
 * kill −9 then forgets at most what was counted since the last record. Layout, in little-endian 32-bit words:
 * magic, key check (2), number of buckets per table (3); then per counter: table, hash (2), value (2).
 */
const MAGIC = 0x31515053;
const HEADER_WORDS = 6;
const ENTRY_WORDS = 5;
const QUOTA_TABLES = ['verifiedQuotas', 'anonymousQuotas', 'overflowQuotas'] as const satisfies LimitTableName[];
/** From so many buckets on a fingerprint can be moved to a table of another size. */
const MOVABLE_BUCKETS = 4096;

/**
 * Writes down every quota whose window is running. Equal counts give equal bytes, so that a caller can skip storing
 * what has not changed. Takes some milliseconds: for the control plane, never on the way of a call.
 */
export function recordQuotas(limits: Limits, nowMs: number): Uint8Array {
  const words: number[] = [MAGIC, ...keyCheck(limits), ...QUOTA_TABLES.map((name) => limits.table(name).bucketCount)];
  QUOTA_TABLES.forEach((name, index) => {
    limits.table(name).scan(quotaIdleHi(nowMs), quotaIdleLo(nowMs), (hashLo, hashHi, valueHi, valueLo) => {
      words.push(index, hashLo, hashHi, valueHi, valueLo);
    });
  });
  return new Uint8Array(Int32Array.from(words).buffer);
}

export type QuotaRestore =
  | { readonly ok: true; readonly restored: number; readonly dropped: number }
  | { readonly ok: false; readonly problem: string };

/**
 * Counts on from a record: of a counter that already counts, the higher count stays. `dropped` counters found no room.
 * A record that was made with another hash key names nobody this process would find, and is refused as a whole.
 */
export function restoreQuotas(limits: Limits, record: Uint8Array, nowMs: number): QuotaRestore {
  if (record.length % 4 !== 0 || record.length < HEADER_WORDS * 4) return refused('it is cut off');
  const words = new Int32Array(new Uint8Array(record).buffer);
  if (words[0] !== MAGIC) return refused('it is not a quota record');
  if ((words.length - HEADER_WORDS) % ENTRY_WORDS !== 0) return refused('it is cut off');
  const [checkLo, checkHi] = keyCheck(limits);
  if (words[1] !== checkLo || words[2] !== checkHi) return refused('it was made with another hash key');
  let restored = 0;
  let dropped = 0;
  for (let at = HEADER_WORDS; at < words.length; at += ENTRY_WORDS) {
    const tableIndex = words[at] ?? -1;
    const name = QUOTA_TABLES[tableIndex];
    if (name === undefined) return refused('it names a table that does not exist');
    const recordedBuckets = words[3 + tableIndex] ?? 0;
    const movable = recordedBuckets >= MOVABLE_BUCKETS || recordedBuckets === limits.table(name).bucketCount;
    if (!movable) return refused('it was made with tables of another size');
    const [, hashLo = 0, hashHi = 0, valueHi = 0, valueLo = 0] = words.subarray(at, at + ENTRY_WORDS);
    if (restoreOne(limits, name, hashLo, hashHi, valueHi, valueLo, nowMs)) restored++;
    else dropped++;
  }
  return { ok: true, restored, dropped };
}

function restoreOne(
  limits: Limits,
  name: LimitTableName,
  hashLo: number,
  hashHi: number,
  valueHi: number,
  valueLo: number,
  nowMs: number,
): boolean {
  const table = limits.table(name);
  const key = newLimitKey();
  setLimitKey(key, hashLo, hashHi);
  const wantedHi = valueHi & VALUE_HI_MASK;
  for (;;) {
    if (!table.claim(key, quotaIdleHi(nowMs), quotaIdleLo(nowMs))) return false;
    const { stateHi, stateLo } = table;
    if (laterQuota(stateHi & VALUE_HI_MASK, stateLo, wantedHi, valueLo) === 'a') return true;
    if (table.swap(key.slot, stateHi, stateLo, wantedHi, valueLo)) return true;
  }
}

function keyCheck(limits: Limits): [number, number] {
  const { lo, hi } = limits.seed('quota record', 'key check');
  return [lo, hi];
}

function refused(problem: string): QuotaRestore {
  return { ok: false, problem: `the quota record is not used: ${problem}` };
}
