import { hash } from 'node:crypto';

/*
 * What was used once, in shared memory: exact across threads, without locks, and nothing live is ever forgotten.
 *
 * A slot is one 64-bit word, so that a single compare-and-swap takes it and a thread that ends between any two
 * instructions leaves nothing half-done:
 *   low half    32 bits of the fingerprint
 *   high half   6 more bits of it | 26 bits of expiry in steps of 8 s since the memory was made (0: never used)
 * A bucket has 16 slots, and the bucket is chosen by further bits of the same hash: with the default size a fingerprint
 * counts 54 bits, and a value that was never used is taken for a used one with a probability below 16/2^38.
 *
 * Two threads may put one value into two slots of its bucket. Therefore each looks through the whole bucket again after
 * its compare-and-swap: the later of the two swaps is followed by a look that sees the earlier one. So at most one
 * wins; where both see the other, both give way, which refuses a call and never admits one twice.
 */

const SLOTS_PER_BUCKET = 16;
const SLOT_BYTES = 8;
const ENTRIES_MAX = 2 ** 27;
const STEP_MS = 8_000;
/** 17 years after the start; claims that end later are answered `full`. */
const STEPS_MAX = 2 ** 26 - 1;
const TAG_HIGH_SHIFT = 26;
const KEY_BYTES = 32;
/** Attempts to take a slot under contention; after that the bucket counts as full. */
const ATTEMPTS_MAX = 64;

/** The replay memory of one process: plain data that survives structured cloning, the memory itself being shared. */
export interface ReplayMemory {
  readonly shared: SharedArrayBuffer;
  /** Unix milliseconds; nothing that was used before is known. */
  readonly startedAtMs: number;
}

export interface ReplayMemoryOptions {
  /** Values remembered at once, rounded up to a power of two; 8 bytes each. */
  readonly entries: number;
  readonly startedAtMs: number;
  /** 32 secret random bytes, so that nobody can aim values at one bucket; without it the hash has no key. */
  readonly hashKey?: Uint8Array;
}

/** One million values: 8 MiB. */
export const REPLAY_ENTRIES_DEFAULT = 2 ** 20;

/** Allocates the memory, once per process. Throws a RangeError where a number is out of range. */
export function createReplayMemory({ entries, startedAtMs, hashKey }: ReplayMemoryOptions): ReplayMemory {
  if (!Number.isInteger(entries) || entries < 1 || entries > ENTRIES_MAX)
    throw new RangeError(`entries must be 1 to ${ENTRIES_MAX}`);
  if (!Number.isSafeInteger(startedAtMs)) throw new RangeError('startedAtMs must be Unix milliseconds');
  if (hashKey !== undefined && hashKey.length !== KEY_BYTES) throw new RangeError(`hashKey must be ${KEY_BYTES} bytes`);
  const slots = Math.max(SLOTS_PER_BUCKET, 2 ** Math.ceil(Math.log2(entries)));
  const shared = new SharedArrayBuffer(KEY_BYTES + slots * SLOT_BYTES);
  if (hashKey !== undefined) new Uint8Array(shared, 0, KEY_BYTES).set(hashKey);
  return { shared, startedAtMs };
}

/**
 * Whether something that says it was issued then may have been used before the memory was made, and so cannot be known
 * to be new: it was issued no later than the start, or its issuer's clock was ahead. `futureSkewMs`: how far into the
 * future an issue time is accepted. What has to be new is refused while this holds, unless it is proved otherwise.
 */
export function mayPredate(
  { startedAtMs }: Pick<ReplayMemory, 'startedAtMs'>,
  issuedAtMs: number,
  futureSkewMs: number,
): boolean {
  return !(issuedAtMs > startedAtMs + futureSkewMs);
}

/** One thread's door to the memory. */
export class ReplayGuard {
  readonly startedAtMs: number;
  readonly #slots: BigInt64Array;
  readonly #bucketMask: number;
  readonly #hashKey: string;
  readonly #word = new BigInt64Array(1);
  readonly #halves = new Int32Array(this.#word.buffer);
  #tagLow = 0;
  #tagHigh = 0;

  constructor({ shared, startedAtMs }: ReplayMemory) {
    this.startedAtMs = startedAtMs;
    this.#slots = new BigInt64Array(shared, KEY_BYTES);
    this.#bucketMask = this.#slots.length / SLOTS_PER_BUCKET - 1;
    this.#hashKey = Buffer.from(shared, 0, KEY_BYTES).toString('hex');
  }

  /**
   * Uses a value up: `fresh` for at most one of any number of claims, on whatever thread, until it expires; then it may be
   * claimed again, up to 8 s later than asked. `full`: there is no room to remember it, and it must be refused as unknown.
   * `scope` and `parts` are told apart by their lengths. Does not check that the value is still in time: what expires at
   * or before `nowMs` is remembered for a moment and says nothing of earlier uses.
   */
  claim(scope: string, parts: readonly string[], expiresAtMs: number, nowMs: number): 'fresh' | 'replayed' | 'full' {
    const now = Math.max(0, Math.floor((nowMs - this.startedAtMs) / STEP_MS));
    const expires = Math.max(now + 1, Math.ceil((expiresAtMs - this.startedAtMs) / STEP_MS));
    // Also where a time is not a number.
    if (!(expires <= STEPS_MAX)) return 'full';
    const first = this.#fingerprint(scope, parts);
    const mine = this.#pack((this.#tagHigh << TAG_HIGH_SHIFT) | expires, this.#tagLow);
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      let free = -1;
      let found = 0n;
      for (let slot = first; slot < first + SLOTS_PER_BUCKET; slot++) {
        const word = Atomics.load(this.#slots, slot);
        if (this.#isLive(word, now)) {
          if (this.#isMine()) return 'replayed';
        } else if (free < 0) {
          free = slot;
          found = word;
        }
      }
      if (free < 0) return 'full';
      if (Atomics.compareExchange(this.#slots, free, found, mine) !== found) continue;
      for (let slot = first; slot < first + SLOTS_PER_BUCKET; slot++) {
        if (slot === free || !this.#isLive(Atomics.load(this.#slots, slot), now) || !this.#isMine()) continue;
        // Fails where the slot expired meanwhile and belongs to another value, which then must stay.
        Atomics.compareExchange(this.#slots, free, mine, 0n);
        return 'replayed';
      }
      return 'fresh';
    }
    return 'full';
  }

  /** First slot of the value's bucket; its tag is left in the fields. */
  #fingerprint(scope: string, parts: readonly string[]): number {
    let text = `${this.#hashKey}${scope.length}:${scope}`;
    for (const part of parts) text += `${part.length}:${part}`;
    const digest = hash('sha256', text, 'buffer');
    this.#tagLow = digest.readInt32LE(0);
    this.#tagHigh = digest.readUInt8(4) & 63;
    return (digest.readUInt32LE(8) & this.#bucketMask) * SLOTS_PER_BUCKET;
  }

  /** Leaves the halves of the word for `isMine`. */
  #isLive(word: bigint, now: number): boolean {
    if (word === 0n) return false;
    this.#word[0] = word;
    return ((this.#halves[1] ?? 0) & STEPS_MAX) > now;
  }

  #isMine(): boolean {
    return this.#halves[0] === this.#tagLow && (this.#halves[1] ?? 0) >>> TAG_HIGH_SHIFT === this.#tagHigh;
  }

  #pack(high: number, low: number): bigint {
    this.#halves[0] = low;
    this.#halves[1] = high;
    return this.#word[0] ?? 0n;
  }
}
