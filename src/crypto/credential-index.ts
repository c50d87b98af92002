import type { ApiKeyRecord, Consumer } from '../core/credential.ts';
import type { Random } from '../ports.ts';
import {
  arenaText,
  type CredentialGrants,
  type CredentialIndexHandle,
  type CredentialViews,
  DIGEST,
  DIGEST_BYTES,
  EXPIRES,
  findRecord,
  GRANTS,
  KEY_ID_CHARACTERS,
  META_FOREIGN,
  META_RECORDS,
  NOT_BEFORE,
  PEPPER,
  RECORD_WORDS,
  STATUS,
  STATUS_CODES,
  viewsOf,
} from './credential-memory.ts';
import { halfSipHash } from './half-siphash.ts';

export type { CredentialGrants, CredentialIndexHandle } from './credential-memory.ts';
export { CredentialReader } from './credential-reader.ts';

const CAPACITY_MIN = 1_024;
const ARENA_BYTES_PER_RECORD = 48;
const TEXT_BYTES_MAX = 65_535;
const UNKNOWN_CONSUMER: Pick<Consumer, 'groups' | 'tier' | 'disabled'> = { groups: [], tier: '', disabled: false };

/**
 * The writing side of the credential index: one thread writes, every thread reads, nobody waits. A change is one store of
 * one word that every thread sees at once. When the table is full a larger one is built beside it; until `retire` says that
 * every thread has moved, changes to existing keys go to both, so that a revocation is never lost in the move. Keys added
 * meanwhile are in the new one only: whoever adds them must publish `handle()` before telling anyone.
 */
export class CredentialIndexWriter {
  #current: CredentialViews;
  #previous: CredentialViews[] = [];
  #capacity: number;
  #arenaEnd = 4;
  readonly #hash = new Int32Array(2);
  /** Offsets of grants by their text; as many as there are distinct ones. */
  readonly #grants = new Map<string, number>();

  constructor(random: Random, capacity: number = CAPACITY_MIN) {
    const seed = Buffer.from(random.bytes(8));
    this.#capacity = Math.max(CAPACITY_MIN, 2 ** Math.ceil(Math.log2(capacity)));
    this.#current = allocate(
      1,
      seed.readInt32LE(0),
      seed.readInt32LE(4),
      this.#capacity,
      this.#capacity * ARENA_BYTES_PER_RECORD,
    );
  }

  handle(): CredentialIndexHandle {
    return this.#current.handle;
  }

  get size(): number {
    return this.#current.meta[META_RECORDS] ?? 0;
  }

  /** True while threads may still read an older generation. */
  get moving(): boolean {
    return this.#previous.length > 0;
  }

  /** Forgets every generation before the given one: all threads read that one now. */
  retire(generation: number): void {
    this.#previous = this.#previous.filter(({ handle }) => handle.generation >= generation);
  }

  /** Adds a key or brings a known one up to date. */
  upsert(record: ApiKeyRecord, consumer: Consumer | undefined): void {
    if (record.keyId.length !== KEY_ID_CHARACTERS || record.digest.length !== DIGEST_BYTES)
      throw new TypeError('a key record needs an id of 12 characters and a digest of 32 bytes');
    const known = this.#find(this.#current, record.keyId);
    if (known < 0) this.#insert(record, consumer);
    else for (const views of [this.#current, ...this.#previous]) this.#update(views, record, consumer);
  }

  /** Takes a key out of use on every thread with one store; false where it is not known. */
  revoke(keyId: string): boolean {
    let found = false;
    for (const views of [this.#current, ...this.#previous]) {
      const at = this.#find(views, keyId);
      if (at < 0) continue;
      Atomics.store(views.words, at * RECORD_WORDS + STATUS, STATUS_CODES.revoked);
      found = true;
    }
    return found;
  }

  /** Gives every key of a consumer the consumer's present groups, tier and state. Walks all records: some 30 ns each. */
  updateConsumer(consumer: Consumer): void {
    const name = Buffer.from(consumer.name);
    const { length } = name;
    for (let index = 0; index < this.size; index++) {
      const { arena, consumers, words } = this.#current;
      const offset = consumers[index] ?? 0;
      if (arena.readUInt16LE(offset) !== length || name.compare(arena, offset + 2, offset + 2 + length) !== 0) continue;
      const word = index * RECORD_WORDS + GRANTS;
      const grants = JSON.parse(arenaText(arena, words[word] ?? 0)) as CredentialGrants;
      const offsetNow = this.#grantsOffset(grants.scopes, grants.allowedCidrs, consumer);
      Atomics.store(this.#current.words, word, offsetNow);
      // A generation that is being left may lack the text; the consumer's keys are out of use there until threads have moved.
      for (const views of this.#previous) {
        if (index >= (views.meta[META_RECORDS] ?? 0)) continue;
        if (offsetNow + 2 < views.arena.length && views.arena.readUInt16LE(offsetNow) > 0)
          Atomics.store(views.words, word, offsetNow);
        else if (consumer.disabled) Atomics.store(views.words, index * RECORD_WORDS + STATUS, STATUS_CODES.disabled);
      }
    }
  }

  #insert(record: ApiKeyRecord, consumer: Consumer | undefined): void {
    const consumerName = Buffer.from(record.consumer);
    if (this.size >= this.#capacity) this.#grow(this.#capacity * 2, this.#current.arena.length * 2);
    const grants = this.#grantsOffset(record.scopes, record.allowedCidrs, consumer);
    const nameOffset = this.#append(consumerName);
    const { meta, table, words, bytes, consumers, handle } = this.#current;
    const index = this.size;
    const at = index * RECORD_WORDS;
    for (let i = 0; i < KEY_ID_CHARACTERS; i++) bytes[at * 4 + i] = record.keyId.charCodeAt(i);
    bytes.set(record.digest, (at + DIGEST) * 4);
    words[at + PEPPER] = record.pepperVersion;
    words[at + GRANTS] = grants;
    words[at + NOT_BEFORE] = secondsUp(record.notBeforeMs);
    words[at + EXPIRES] = secondsDown(record.expiresAtMs);
    consumers[index] = nameOffset;
    words[at + STATUS] = STATUS_CODES[record.status];
    halfSipHash(handle.seedLo, handle.seedHi, record.keyId, this.#hash);
    let slot = (this.#hash[0] ?? 0) & handle.slotMask;
    while (table[slot] !== 0) slot = (slot + 1) & handle.slotMask;
    meta[META_RECORDS] = index + 1;
    if (record.foreign) Atomics.add(meta, META_FOREIGN, 1);
    // Last: from here on the record can be found, and everything above was stored before.
    Atomics.store(table, slot, index + 1);
  }

  #update(views: CredentialViews, record: ApiKeyRecord, consumer: Consumer | undefined): void {
    const index = this.#find(views, record.keyId);
    if (index < 0) return;
    const at = index * RECORD_WORDS;
    const code = STATUS_CODES[record.status];
    // What takes away comes first, what gives comes last: a reader in between sees the stricter of both.
    if (code !== STATUS_CODES.active) Atomics.store(views.words, at + STATUS, code);
    Atomics.store(views.words, at + NOT_BEFORE, secondsUp(record.notBeforeMs));
    Atomics.store(views.words, at + EXPIRES, secondsDown(record.expiresAtMs));
    if (views === this.#current)
      Atomics.store(this.#current.words, at + GRANTS, this.#grantsOffset(record.scopes, record.allowedCidrs, consumer));
    // `#grantsOffset` may have built a new generation, which then holds the record as it was a moment ago.
    Atomics.store(this.#current.words, at + STATUS, code);
    Atomics.store(views.words, at + STATUS, code);
  }

  #find(views: CredentialViews, keyId: string): number {
    halfSipHash(views.handle.seedLo, views.handle.seedHi, keyId, this.#hash);
    return findRecord(views, keyId, this.#hash[0] ?? 0);
  }

  #grantsOffset(scopes: readonly string[], allowedCidrs: readonly string[], consumer: Consumer | undefined): number {
    const { groups, tier, disabled } = consumer ?? UNKNOWN_CONSUMER;
    const grants: CredentialGrants = { scopes, groups, tier, allowedCidrs, consumerDisabled: disabled };
    const text = JSON.stringify(grants);
    const known = this.#grants.get(text);
    if (known !== undefined) return known;
    const offset = this.#append(Buffer.from(text));
    this.#grants.set(text, offset);
    return offset;
  }

  /** Writes a text behind the others; offsets stay what they are when the arena grows. */
  #append(text: Buffer): number {
    if (text.length > TEXT_BYTES_MAX) throw new RangeError('scopes, groups and addresses of a key are too many');
    const offset = this.#arenaEnd;
    if (offset + 2 + text.length > this.#current.arena.length)
      this.#grow(this.#capacity, this.#current.arena.length * 2 + text.length);
    text.copy(this.#current.arena, offset + 2);
    this.#current.arena.writeUInt16LE(text.length, offset);
    this.#arenaEnd = offset + 2 + text.length;
    return offset;
  }

  #grow(capacity: number, arenaBytes: number): void {
    const from = this.#current;
    const { seedLo, seedHi, generation } = from.handle;
    const to = allocate(generation + 1, seedLo, seedHi, capacity, arenaBytes);
    to.meta.set(from.meta);
    to.words.set(from.words);
    to.consumers.set(from.consumers);
    from.arena.copy(to.arena, 0, 0, this.#arenaEnd);
    if (capacity === this.#capacity) to.table.set(from.table);
    else
      for (let index = 0; index < this.size; index++) {
        const keyId = from.bytes.subarray(index * RECORD_WORDS * 4, index * RECORD_WORDS * 4 + KEY_ID_CHARACTERS);
        halfSipHash(seedLo, seedHi, String.fromCharCode(...keyId), this.#hash);
        let slot = (this.#hash[0] ?? 0) & to.handle.slotMask;
        while (to.table[slot] !== 0) slot = (slot + 1) & to.handle.slotMask;
        to.table[slot] = index + 1;
      }
    this.#previous.push(from);
    this.#current = to;
    this.#capacity = capacity;
  }
}

function allocate(
  generation: number,
  seedLo: number,
  seedHi: number,
  capacity: number,
  arenaBytes: number,
): CredentialViews {
  const slots = capacity * 2;
  return viewsOf({
    generation,
    seedLo,
    seedHi,
    slotMask: slots - 1,
    meta: new SharedArrayBuffer(8),
    table: new SharedArrayBuffer(slots * 4),
    records: new SharedArrayBuffer(capacity * RECORD_WORDS * 4),
    consumers: new SharedArrayBuffer(capacity * 4),
    arena: new SharedArrayBuffer(arenaBytes),
  });
}

/** A key begins to be valid at the end of its first second and ceases at the beginning of its last. */
function secondsUp(ms: number): number {
  return clampSeconds(Math.ceil(ms / 1000));
}

function secondsDown(ms: number): number {
  return ms === 0 ? 0 : Math.max(1, clampSeconds(Math.floor(ms / 1000)));
}

function clampSeconds(seconds: number): number {
  return Math.min(Math.max(seconds, 0), 2 ** 31 - 1);
}
