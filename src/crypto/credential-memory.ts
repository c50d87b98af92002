/*
 * Layout of the credential index in shared memory.
 *
 *   table    one word per slot: record number + 1, or 0. Open addressing, linear probing, at most half full.
 *   records  64 bytes each, never moved or reused while a table lives:
 *              0  key id, 12 characters        12  status            16  pepper version
 *             20  offset of the grants         24  not before, s     28  expires, s (0: never)
 *             32  digest, 32 bytes
 *   arena    texts, each a length in two bytes and then Latin-1 or UTF-8 bytes; appended, never changed:
 *            per key its consumer (offset in `consumers`), and the grants many keys share.
 *   consumers  one word per record: offset of the consumer's name
 */

export const RECORD_WORDS = 16;
export const STATUS = 3;
export const PEPPER = 4;
export const GRANTS = 5;
export const NOT_BEFORE = 6;
export const EXPIRES = 7;
export const DIGEST = 8;
export const KEY_ID_CHARACTERS = 12;
export const DIGEST_BYTES = 32;

/** Words of `meta`. */
export const META_RECORDS = 0;
export const META_FOREIGN = 1;

/** 0 is what memory holds before a record is written: a status that lets nobody in. */
export const STATUS_CODES = { active: 1, disabled: 2, revoked: 3 } as const;

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
  readonly consumers: SharedArrayBuffer;
  readonly arena: SharedArrayBuffer;
}

/** Views of one generation. */
export interface CredentialViews {
  readonly handle: CredentialIndexHandle;
  readonly meta: Int32Array;
  readonly table: Int32Array;
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly consumers: Int32Array;
  readonly arena: Buffer;
}

export function viewsOf(handle: CredentialIndexHandle): CredentialViews {
  return {
    handle,
    meta: new Int32Array(handle.meta),
    table: new Int32Array(handle.table),
    words: new Int32Array(handle.records),
    bytes: new Uint8Array(handle.records),
    consumers: new Int32Array(handle.consumers),
    arena: Buffer.from(handle.arena),
  };
}

/** Record number of a key, or −1. `hash` is the low word of the keyed hash of its id. */
export function findRecord({ handle, table, bytes }: CredentialViews, keyId: string, hash: number): number {
  for (let slot = hash & handle.slotMask; ; slot = (slot + 1) & handle.slotMask) {
    const entry = Atomics.load(table, slot);
    if (entry === 0) return -1;
    const at = (entry - 1) * RECORD_WORDS * 4;
    let i = 0;
    while (i < KEY_ID_CHARACTERS && bytes[at + i] === keyId.charCodeAt(i)) i++;
    if (i === KEY_ID_CHARACTERS) return entry - 1;
  }
}

/** What a key may do and where from: shared by all keys that may the same. */
export interface CredentialGrants {
  readonly scopes: readonly string[];
  readonly groups: readonly string[];
  readonly tier: string;
  readonly allowedCidrs: readonly string[];
  readonly consumerDisabled: boolean;
}

/** Reads the text at an offset of the arena. */
export function arenaText(arena: Buffer, offset: number): string {
  return arena.toString('utf8', offset + 2, offset + 2 + arena.readUInt16LE(offset));
}
