import type { ApiKeyRecord, Consumer, CredentialRestriction } from '../core/credential.ts';
import type { Random } from '../ports.ts';
import { sameDigest } from './api-key-digest.ts';
import { isKeyId } from './api-key-format.ts';
import {
  ARENA_BYTES_MAX,
  arenaText,
  arenaView,
  CONSUMER,
  type CredentialGrants,
  type CredentialIndexHandle,
  type CredentialViews,
  DIGEST_BYTES,
  DIGEST_OFFSET,
  EXPIRES,
  findRecord,
  GRANTS,
  KEY_ID_CHARACTERS,
  META_FOREIGN,
  META_RECORDS,
  NOBODY,
  NOT_BEFORE,
  RECORD_BYTES,
  RECORD_WORDS,
  RECORDS_MAX,
  recordCapacity,
  STATE,
  STATUS_BITS,
  STATUS_CODES,
  STATUS_MASK,
  viewsOf,
} from './credential-memory.ts';
import { expiresSeconds, notBeforeSeconds, stricterExpiry } from './credential-times.ts';
import { halfSipHash } from './half-siphash.ts';

export type { CredentialGrants, CredentialIndexHandle } from './credential-memory.ts';
export { CredentialReader } from './credential-reader.ts';

const CAPACITY_MIN = 16;
const CAPACITY_DEFAULT = 1_024;
const ARENA_BYTES_MIN = 65_536;
/** Texts begin here, so that offset 0 can mean none. */
const ARENA_START = 4;
const TEXT_BYTES_MAX = 65_535;
const PEPPER_VERSION_MAX = 2 ** 29 - 1;
/** Distinct grants the writer knows again; full, it begins anew, and grants are written a second time. */
const GRANTS_REMEMBERED_MAX = 65_536;
const UNREGISTERED: Pick<Consumer, 'groups' | 'tier' | 'disabled'> = { groups: [], tier: '', disabled: false };

/**
 * The writing side of the credential index: one thread writes, every thread reads, nobody waits. A change is one store of
 * one word that every thread sees at once, whichever table it reads. Only keys that are added while threads still read
 * an older table are unknown to those: whoever adds them publishes `handle()` before telling anyone.
 */
export class CredentialIndexWriter {
  #views: CredentialViews;
  #arena: Buffer;
  #arenaEnd = ARENA_START;
  #oldestRead = 1;
  readonly #hash = new Int32Array(2);
  readonly #grants = new Map<string, number>();

  constructor(random: Random, capacity: number = CAPACITY_DEFAULT) {
    const seed = Buffer.from(random.bytes(8));
    const handle: CredentialIndexHandle = {
      generation: 1,
      seedLo: seed.readInt32LE(0),
      seedHi: seed.readInt32LE(4),
      ...createTable(capacity + 1),
      meta: new SharedArrayBuffer(8),
      records: new SharedArrayBuffer(0, { maxByteLength: RECORDS_MAX * RECORD_BYTES }),
      arena: new SharedArrayBuffer(ARENA_BYTES_MIN, { maxByteLength: ARENA_BYTES_MAX }),
    };
    handle.records.grow(recordCapacity(handle.slotMask) * RECORD_BYTES);
    this.#views = viewsOf(handle);
    this.#arena = arenaView(handle.arena);
    this.#views.bytes.set(random.bytes(DIGEST_BYTES), NOBODY * RECORD_BYTES + DIGEST_OFFSET);
  }

  handle(): CredentialIndexHandle {
    return this.#views.handle;
  }

  get size(): number {
    return this.#views.meta[META_RECORDS] ?? 0;
  }

  /** True while threads may still read an older table. */
  get moving(): boolean {
    return this.#oldestRead < this.handle().generation;
  }

  /** Notes that every thread reads the given generation or a later one. */
  retire(generation: number): void {
    this.#oldestRead = Math.max(this.#oldestRead, generation);
  }

  /**
   * Adds a key or brings a known one up to date. Revoked stays revoked, so that a change that was begun before the
   * revocation and arrives after it cannot undo it. Throws where the index is full or the record is none.
   */
  upsert(record: ApiKeyRecord, consumer: Consumer | undefined): void {
    checkRecord(record);
    const index = this.#find(record.keyId);
    if (index < 0) this.#insert(record, consumer);
    else this.#update(index, record, consumer);
  }

  /** Takes a key out of use on every thread with one store, which needs no memory; false where it is not known. */
  revoke(keyId: string): boolean {
    const index = this.#find(keyId);
    if (index < 0) return false;
    this.#setStatus(index, STATUS_CODES.revoked);
    return true;
  }

  /** Gives every key of a consumer the consumer's present groups, tier and state. Walks all records: 50 ms per million. */
  updateConsumer(consumer: Consumer): void {
    const name = Buffer.from(consumer.name);
    const rewritten = new Map<number, number>();
    const { words } = this.#views;
    for (let index = 1, last = this.size; index <= last; index++) {
      if (!this.#isText(words[index * RECORD_WORDS + CONSUMER] ?? 0, name)) continue;
      const from = words[index * RECORD_WORDS + GRANTS] ?? 0;
      let to = rewritten.get(from);
      if (to === undefined) {
        to = this.#grantsOffset(JSON.parse(arenaText(this.#arena, from)) as CredentialGrants, consumer);
        rewritten.set(from, to);
      }
      Atomics.store(words, index * RECORD_WORDS + GRANTS, to);
    }
  }

  #insert(record: ApiKeyRecord, consumer: Consumer | undefined): void {
    if (this.size + 1 >= recordCapacity(this.handle().slotMask)) this.#growTable();
    const grants = this.#grantsOffset(ownGrants(record), consumer);
    const name = this.#append(Buffer.from(record.consumer));
    const { meta, words, bytes } = this.#views;
    const index = this.size + 1;
    const at = index * RECORD_WORDS;
    for (let i = 0; i < KEY_ID_CHARACTERS; i++) bytes[at * 4 + i] = record.keyId.charCodeAt(i);
    bytes.set(record.digest, at * 4 + DIGEST_OFFSET);
    words[at + GRANTS] = grants;
    words[at + NOT_BEFORE] = notBeforeSeconds(record.notBeforeMs);
    words[at + EXPIRES] = expiresSeconds(record.expiresAtMs);
    words[at + CONSUMER] = name;
    words[at + STATE] = (record.pepperVersion << STATUS_BITS) | STATUS_CODES[record.status];
    meta[META_RECORDS] = index;
    if (record.foreign) Atomics.add(meta, META_FOREIGN, 1);
    // Last: from here on the record can be found, and everything above was stored before.
    this.#enter(this.#views, record.keyId, index);
  }

  /**
   * What takes away is stored first and what gives last, so that a reader in between, which reads the grants before and
   * after the rest, sees no more than the old state or the new one allows.
   */
  #update(index: number, record: ApiKeyRecord, consumer: Consumer | undefined): void {
    const status = STATUS_CODES[record.status];
    if (status !== STATUS_CODES.active) this.#setStatus(index, status);
    const at = index * RECORD_WORDS;
    const { words } = this.#views;
    this.#checkIdentity(index, record);
    const notBefore = notBeforeSeconds(record.notBeforeMs);
    const expires = expiresSeconds(record.expiresAtMs);
    Atomics.store(words, at + NOT_BEFORE, Math.max((words[at + NOT_BEFORE] ?? 0) >>> 0, notBefore));
    Atomics.store(words, at + EXPIRES, stricterExpiry((words[at + EXPIRES] ?? 0) >>> 0, expires));
    Atomics.store(words, at + GRANTS, this.#grantsOffset(ownGrants(record), consumer));
    Atomics.store(words, at + NOT_BEFORE, notBefore);
    Atomics.store(words, at + EXPIRES, expires);
    this.#setStatus(index, status);
  }

  #checkIdentity(index: number, { consumer, digest, pepperVersion }: ApiKeyRecord): void {
    const { words, bytes } = this.#views;
    const at = index * RECORD_WORDS;
    const stored = index * RECORD_BYTES + DIGEST_OFFSET;
    if (
      (words[at + STATE] ?? 0) >>> STATUS_BITS !== pepperVersion ||
      !sameDigest(bytes.subarray(stored, stored + DIGEST_BYTES), digest) ||
      !this.#isText(words[at + CONSUMER] ?? 0, Buffer.from(consumer))
    )
      throw new TypeError('digest and consumer of a key never change');
  }

  #setStatus(index: number, status: number): void {
    const { words } = this.#views;
    const at = index * RECORD_WORDS + STATE;
    const state = words[at] ?? 0;
    if ((state & STATUS_MASK) !== STATUS_CODES.revoked) Atomics.store(words, at, (state & ~STATUS_MASK) | status);
  }

  #find(keyId: string): number {
    const { seedLo, seedHi } = this.handle();
    halfSipHash(seedLo, seedHi, keyId, this.#hash);
    return findRecord(this.#views, keyId, this.#hash[0] ?? 0);
  }

  #enter({ handle, table }: CredentialViews, keyId: string, index: number): void {
    halfSipHash(handle.seedLo, handle.seedHi, keyId, this.#hash);
    let slot = (this.#hash[0] ?? 0) & handle.slotMask;
    while (table[slot] !== 0) slot = (slot + 1) & handle.slotMask;
    Atomics.store(table, slot, index);
  }

  #growTable(): void {
    const from = this.handle();
    const capacity = recordCapacity(from.slotMask) * 2;
    if (capacity > RECORDS_MAX) throw new RangeError(`the credential index is full: it holds ${RECORDS_MAX} keys`);
    from.records.grow(capacity * RECORD_BYTES);
    const to = viewsOf({ ...from, generation: from.generation + 1, ...createTable(capacity) });
    const ids = Buffer.from(from.records);
    for (let index = 1; index <= this.size; index++) {
      const at = index * RECORD_BYTES;
      this.#enter(to, ids.toString('latin1', at, at + KEY_ID_CHARACTERS), index);
    }
    this.#views = to;
  }

  #grantsOffset({ scopes, allowedCidrs, restriction }: OwnGrants, consumer: Consumer | undefined): number {
    const { groups, tier, disabled } = consumer ?? UNREGISTERED;
    const grants: CredentialGrants = {
      scopes,
      groups,
      tier,
      allowedCidrs,
      consumerDisabled: disabled,
      ...(restriction === undefined ? {} : { restriction }),
    };
    const text = JSON.stringify(grants);
    const known = this.#grants.get(text);
    if (known !== undefined) return known;
    const offset = this.#append(Buffer.from(text));
    if (this.#grants.size >= GRANTS_REMEMBERED_MAX) this.#grants.clear();
    this.#grants.set(text, offset);
    return offset;
  }

  #isText(offset: number, text: Buffer): boolean {
    const { length } = text;
    return (
      this.#arena.readUInt16LE(offset) === length && text.compare(this.#arena, offset + 2, offset + 2 + length) === 0
    );
  }

  /** Writes a text behind the others. */
  #append(text: Buffer): number {
    if (text.length > TEXT_BYTES_MAX)
      throw new RangeError('scopes, groups, addresses and routes of a key are too many');
    const offset = this.#arenaEnd;
    const end = offset + 2 + text.length;
    if (end > this.#arena.length) {
      const { arena } = this.handle();
      if (end > ARENA_BYTES_MAX) throw new RangeError('the credential index is full: no room for more texts');
      arena.grow(Math.min(arena.byteLength * 2, ARENA_BYTES_MAX));
      this.#arena = arenaView(arena);
    }
    text.copy(this.#arena, offset + 2);
    this.#arena.writeUInt16LE(text.length, offset);
    this.#arenaEnd = end;
    return offset;
  }
}

/** What a key itself grants, without what its consumer adds. */
type OwnGrants = Pick<CredentialGrants, 'scopes' | 'allowedCidrs' | 'restriction'>;

function ownGrants({ scopes, allowedCidrs, routes, limits, familyId }: ApiKeyRecord): OwnGrants {
  if (routes.length === 0 && limits.length === 0) return { scopes, allowedCidrs };
  const restriction: CredentialRestriction = { countedAs: familyId, routes, limits };
  return { scopes, allowedCidrs, restriction };
}

function createTable(capacity: number): Pick<CredentialIndexHandle, 'slotMask' | 'table'> {
  const slots = 2 * 2 ** Math.ceil(Math.log2(Math.max(CAPACITY_MIN, capacity)));
  return { slotMask: slots - 1, table: new SharedArrayBuffer(slots * 4) };
}

function checkRecord({ keyId, digest, pepperVersion }: ApiKeyRecord): void {
  if (!isKeyId(keyId)) throw new TypeError(`a key id is ${KEY_ID_CHARACTERS} base62 characters`);
  if (digest.length !== DIGEST_BYTES) throw new TypeError(`a digest has ${DIGEST_BYTES} bytes`);
  if (!Number.isInteger(pepperVersion) || pepperVersion < 0 || pepperVersion > PEPPER_VERSION_MAX)
    throw new TypeError(`${pepperVersion} is no pepper version`);
}
