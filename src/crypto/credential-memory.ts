import type { CredentialRestriction } from '../core/credential.ts';
import { DIGEST_BYTES } from './api-key-digest.ts';
import { KEY_ID_CHARACTERS } from './api-key-format.ts';

/*
 * Layout of the credential index in shared memory.
 *
 *   records  64 bytes each, in order of arrival, never moved or reused. They grow in place: every thread, whatever table
 *            it reads, sees the same record, so that a change is made once and cannot be lost. Record 0 belongs to
 *            nobody: unknown keys are compared with it.
 *              0  key id, 12 characters       12  pepper version × 4 + status
 *             16  offset of the grants        20  not before, s           24  expires, s (0: never)
 *             28  offset of the consumer      32  digest, 32 bytes
 *   table    one word per slot: record number, or 0. Open addressing, linear probing, at most half full. When it is full
 *            one of twice the size replaces it, and threads adopt that one.
 *   arena    texts, each a length in two bytes and then UTF-8; appended, never changed, growing in place: the names of
 *            consumers, and the grants that keys share.
 *   meta     counts, see below
 */

export const RECORD_WORDS = 16;
export const RECORD_BYTES = RECORD_WORDS * 4;
export const STATE = 3;
export const GRANTS = 4;
export const NOT_BEFORE = 5;
export const EXPIRES = 6;
export const CONSUMER = 7;
export const DIGEST_OFFSET = 32;

/** Stands in for the record of a key that does not exist. */
export const NOBODY = 0;

/** Words of `meta`. */
export const META_RECORDS = 0;
export const META_FOREIGN = 1;

/** Low two bits of a record's state. 0 is what memory holds before a record is written: it lets nobody in. */
export const STATUS_CODES = { active: 1, disabled: 2, revoked: 3 } as const;
export const STATUS_BITS = 2;
export const STATUS_MASK = 3;

/** 16.7 million keys: 1 GiB of records. Address space is reserved for them, memory is not taken before it is used. */
export const RECORDS_MAX = 2 ** 24;
export const ARENA_BYTES_MAX = 2 ** 30;

/** Everything a thread needs to read the index: plain data over shared memory. */
export interface CredentialIndexHandle {
  readonly generation: number;
  readonly seedLo: number;
  readonly seedHi: number;
  /** Slots − 1; slots are a power of two. */
  readonly slotMask: number;
  readonly meta: SharedArrayBuffer;
  readonly table: SharedArrayBuffer;
  readonly records: SharedArrayBuffer;
  readonly arena: SharedArrayBuffer;
}

/** Views of one generation. Their lengths are fixed: reading through a view that follows a growing buffer costs ten times as much. */
export interface CredentialViews {
  readonly handle: CredentialIndexHandle;
  readonly meta: Int32Array;
  readonly table: Int32Array;
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
}

/** Records a table of a generation can name. */
export function recordCapacity(slotMask: number): number {
  return (slotMask + 1) / 2;
}

export function viewsOf(handle: CredentialIndexHandle): CredentialViews {
  const records = recordCapacity(handle.slotMask);
  return {
    handle,
    meta: new Int32Array(handle.meta),
    table: new Int32Array(handle.table),
    words: new Int32Array(handle.records, 0, records * RECORD_WORDS),
    bytes: new Uint8Array(handle.records, 0, records * RECORD_BYTES),
  };
}

/** The arena as far as it reaches now; later texts need a new view. */
export function arenaView(arena: SharedArrayBuffer): Buffer {
  return Buffer.from(arena, 0, arena.byteLength);
}

/** Record number of a key, or −1. `hash` is the low word of the keyed hash of its id. */
export function findRecord({ handle, table, bytes }: CredentialViews, keyId: string, hash: number): number {
  if (keyId.length !== KEY_ID_CHARACTERS) return -1;
  for (let slot = hash & handle.slotMask; ; slot = (slot + 1) & handle.slotMask) {
    const index = Atomics.load(table, slot);
    if (index === 0) return -1;
    const at = index * RECORD_BYTES;
    let i = 0;
    while (i < KEY_ID_CHARACTERS && bytes[at + i] === keyId.charCodeAt(i)) i++;
    if (i === KEY_ID_CHARACTERS) return index;
  }
}

/** What a key may do and where from: shared by all keys that may the same. */
export interface CredentialGrants {
  readonly scopes: readonly string[];
  readonly groups: readonly string[];
  readonly tier: string;
  readonly allowedCidrs: readonly string[];
  readonly consumerDisabled: boolean;
  /**
   * Absent for the many keys that have none: looking costs those one comparison. It stands in the same text as the rest, so
   * that no thread can know a key without knowing what confines it. `countedAs` is empty where the key counts for itself.
   */
  readonly restriction?: CredentialRestriction;
}

/** Reads the text at an offset of the arena. */
export function arenaText(arena: Buffer, offset: number): string {
  return arena.toString('utf8', offset + 2, offset + 2 + arena.readUInt16LE(offset));
}

export { DIGEST_BYTES, KEY_ID_CHARACTERS };
