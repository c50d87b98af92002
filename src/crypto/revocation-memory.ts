import { REVOKED_ALWAYS, type RevocationKind } from '../core/credential.ts';
import {
  BEFORE,
  bytesOf,
  ENTRY_WORDS,
  FORGET,
  FREE,
  HIGH,
  KIND_INDEX,
  kindIndexOf,
  LEVELS_MAX,
  levelEntries,
  levelStart,
  META_LEVELS,
  META_VERSION,
  type RevocationHandle,
  RevocationView,
  TAKEN_BACK,
} from './revocation-view.ts';

export type { RevocationHandle } from './revocation-view.ts';

/**
 * The writing side of the revocations: one thread writes, every thread reads, nobody waits. What is added counts on every
 * thread when `add` returns, without a message to any of them.
 */
export class RevocationWriter {
  readonly #handle: RevocationHandle;
  readonly #view: RevocationView;
  /** By level: places that are not free, and those in use. */
  readonly #taken: number[] = [];
  readonly #used: number[] = [];

  /** Of `random` 8 bytes are taken, which key the fingerprints. */
  constructor(random: { bytes(count: number): Uint8Array }) {
    const seed = Buffer.from(random.bytes(8));
    const shared = new SharedArrayBuffer(bytesOf(0), { maxByteLength: bytesOf(LEVELS_MAX) });
    this.#handle = { generation: 1, shared, seedLo: seed.readInt32LE(0), seedHi: seed.readInt32LE(4) };
    this.#view = new RevocationView(this.#handle);
  }

  /** The same for good. */
  handle(): RevocationHandle {
    return this.#handle;
  }

  /** Entries in use. */
  get size(): number {
    return this.#used.reduce((sum, used) => sum + used, 0);
  }

  /** Never true: the memory grows in place, and no thread reads an older one. */
  get moving(): boolean {
    return false;
  }

  /** Has nothing to note, see `moving`. */
  retire(_generation: number): void {}

  /**
   * Revokes what was issued up to `beforeSeconds` (REVOKED_ALWAYS: everything) until `expiresAtMs` (0: for good). Of two
   * for one value the wider and the longer count, so that none weakens an earlier one; only `remove` does. False: nothing
   * changed. Throws a RangeError where it is no time, or 11 million entries are in use.
   */
  add(kind: RevocationKind, issuer: string, value: string, beforeSeconds: number, expiresAtMs: number): boolean {
    if (!Number.isInteger(beforeSeconds) || beforeSeconds < 0 || beforeSeconds > REVOKED_ALWAYS)
      throw new RangeError('beforeSeconds must be Unix seconds');
    const forget = forgetSeconds(expiresAtMs);
    const view = this.#view;
    view.aim(kind, issuer, value);
    const known = view.find();
    if (known >= 0) return this.#widen(known, beforeSeconds, forget);
    const at = this.#place();
    const { entries } = view;
    Atomics.store(entries, at + BEFORE, beforeSeconds);
    Atomics.store(entries, at + FORGET, forget);
    Atomics.store(entries, at + HIGH, view.high);
    // Last: from here on the entry can be found.
    Atomics.store(entries, at, view.first);
    this.#changed(KIND_INDEX[kind], 1);
    return true;
  }

  /** Takes a revocation back; false where there was none. */
  remove(kind: RevocationKind, issuer: string, value: string): boolean {
    const view = this.#view;
    view.aim(kind, issuer, value);
    const at = view.find();
    if (at < 0) return false;
    let level = 0;
    while (at >= levelStart(level + 1)) level++;
    this.#takeBack(level, at);
    return true;
  }

  /** Forgets what expired; answers how many. Walks all of it: 10 ms per million. */
  prune(nowMs: number): number {
    let forgotten = 0;
    const { entries } = this.#view;
    for (let level = 0; level < this.#used.length; level++) {
      const end = levelStart(level + 1);
      for (let at = levelStart(level); at < end && this.#used[level] !== 0; at += ENTRY_WORDS) {
        const forget = (entries[at + FORGET] ?? 0) >>> 0;
        if (forget === 0 || forget * 1_000 > nowMs) continue;
        const first = entries[at] ?? FREE;
        if (first === FREE || first === TAKEN_BACK) continue;
        this.#takeBack(level, at);
        forgotten++;
      }
    }
    return forgotten;
  }

  #widen(at: number, beforeSeconds: number, forget: number): boolean {
    const { entries } = this.#view;
    const before = (entries[at + BEFORE] ?? 0) >>> 0;
    const until = (entries[at + FORGET] ?? 0) >>> 0;
    const longer = until === 0 || forget === 0 ? 0 : Math.max(until, forget);
    if (beforeSeconds <= before && longer === until) return false;
    Atomics.store(entries, at + FORGET, longer);
    Atomics.store(entries, at + BEFORE, Math.max(before, beforeSeconds));
    Atomics.add(this.#view.meta, META_VERSION, 1);
    return true;
  }

  /** A place for what was aimed at, in the first level that has one; no more than half of a level is ever taken. */
  #place(): number {
    for (let level = 0; level < LEVELS_MAX; level++) {
      if (level === this.#taken.length) this.#addLevel();
      const taken = this.#taken[level] ?? 0;
      const at = this.#view.room(level, taken < levelEntries(level) / 2);
      if (at < 0) continue;
      if (this.#view.entries[at] === FREE) this.#taken[level] = taken + 1;
      this.#used[level] = (this.#used[level] ?? 0) + 1;
      return at;
    }
    throw new RangeError('the memory of revocations is full');
  }

  #addLevel(): void {
    const levels = this.#taken.push(0);
    this.#used.push(0);
    this.#handle.shared.grow(bytesOf(levels));
    Atomics.store(this.#view.meta, META_LEVELS, levels);
    this.#view.levels();
  }

  #takeBack(level: number, at: number): void {
    const { entries } = this.#view;
    const kind = kindIndexOf(entries[at] ?? FREE);
    Atomics.store(entries, at, TAKEN_BACK);
    const used = (this.#used[level] ?? 0) - 1;
    this.#used[level] = used;
    if (used === 0) {
      // Nothing can be missed where nothing is, so its places may be free again, whoever is reading them.
      entries.fill(FREE, levelStart(level), levelStart(level + 1));
      this.#taken[level] = 0;
    }
    this.#changed(kind, -1);
  }

  /** The version comes last: who reads it and then the rest sees at least what belongs to it. */
  #changed(kindIndex: number, by: number): void {
    Atomics.add(this.#view.meta, kindIndex, by);
    Atomics.add(this.#view.meta, META_VERSION, 1);
  }
}

/** One thread's reading side. Takes no lock. */
export class RevocationReader {
  readonly #view: RevocationView;

  constructor(handle: RevocationHandle) {
    this.#view = new RevocationView(handle);
  }

  /** Has nothing to change: every handle of a writer is the same. */
  adopt(_handle: RevocationHandle): void {}

  /**
   * Changes with every change, after it took effect. What was found not to be revoked after a version was read stays so
   * while the version stays the same.
   */
  get version(): number {
    return Atomics.load(this.#view.meta, META_VERSION) >>> 0;
  }

  /**
   * Whether a token that was issued then (Unix seconds) is revoked by this kind of value. One whose issue time is not a
   * number is, by any revocation of its value. Costs one load while nothing of the kind is revoked.
   */
  isRevoked(kind: RevocationKind, issuer: string, value: string, issuedAtSeconds: number): boolean {
    const view = this.#view;
    if (Atomics.load(view.meta, KIND_INDEX[kind]) === 0) return false;
    view.aim(kind, issuer, value);
    for (;;) {
      const at = view.find();
      if (at < 0) return false;
      const before = Atomics.load(view.entries, at + BEFORE) >>> 0;
      // Taken back meanwhile, and perhaps given to another value: what was read may be of that one.
      if (view.holds(at)) return before === REVOKED_ALWAYS || !(issuedAtSeconds > before);
    }
  }
}

function forgetSeconds(expiresAtMs: number): number {
  if (!(expiresAtMs >= 0)) throw new RangeError('expiresAtMs must be Unix milliseconds');
  if (expiresAtMs === 0) return 0;
  const seconds = Math.max(1, Math.ceil(expiresAtMs / 1_000));
  return seconds > 0xffff_ffff ? 0 : seconds;
}
