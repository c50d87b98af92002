import type { Place } from './concurrency.ts';

/** Threads that may count connections together. */
const THREADS_MAX = 256;
const TOTAL_INDEX = THREADS_MAX;

/** Allocates the count of open connections that all threads share. */
export function createConnectionMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer((THREADS_MAX + 1) * 4);
}

/**
 * Open client connections: in all, over the threads, and per address, on this thread.
 * The map of addresses holds an entry only while an address has a connection open, so it is never larger than the
 * number of connections. Per address the count is this thread's: where the kernel spreads connections over N threads,
 * one address may hold up to N times the maximum.
 */
export class ConnectionGauge {
  readonly #counts: Int32Array;
  readonly #thread: number;
  readonly #connectionsMax: number;
  readonly #perAddressMax: number;
  readonly #open = new Map<string, number>();

  constructor(
    memory: SharedArrayBuffer,
    thread: number,
    maxima: { readonly connectionsMax: number; readonly connectionsPerAddressMax: number },
  ) {
    if (!Number.isInteger(thread) || thread < 0 || thread >= THREADS_MAX) {
      throw new RangeError(`thread must be from 0 to ${THREADS_MAX - 1}`);
    }
    this.#counts = new Int32Array(memory);
    this.#thread = thread;
    this.#connectionsMax = maxima.connectionsMax;
    this.#perAddressMax = maxima.connectionsPerAddressMax;
  }

  /** Takes a place for a connection of an address (its group), or none where a maximum is reached. */
  open(addressGroup: string): Place | undefined {
    const held = this.#open.get(addressGroup) ?? 0;
    if (held >= this.#perAddressMax) return undefined;
    if (Atomics.add(this.#counts, TOTAL_INDEX, 1) >= this.#connectionsMax) {
      Atomics.sub(this.#counts, TOTAL_INDEX, 1);
      return undefined;
    }
    Atomics.add(this.#counts, this.#thread, 1);
    this.#open.set(addressGroup, held + 1);
    return new ConnectionPlace(this, addressGroup);
  }

  /** For `ConnectionPlace` alone. */
  close(addressGroup: string): void {
    const held = this.#open.get(addressGroup) ?? 0;
    if (held <= 1) this.#open.delete(addressGroup);
    else this.#open.set(addressGroup, held - 1);
    Atomics.sub(this.#counts, this.#thread, 1);
    Atomics.sub(this.#counts, TOTAL_INDEX, 1);
  }

  /** Addresses with a connection open on this thread. */
  get addresses(): number {
    return this.#open.size;
  }
}

class ConnectionPlace implements Place {
  #gauge: ConnectionGauge | undefined;
  readonly #addressGroup: string;

  constructor(gauge: ConnectionGauge, addressGroup: string) {
    this.#gauge = gauge;
    this.#addressGroup = addressGroup;
  }

  release(): void {
    const gauge = this.#gauge;
    this.#gauge = undefined;
    gauge?.close(this.#addressGroup);
  }
}

/** Connections open over all threads. */
export function connectionCount(memory: SharedArrayBuffer): number {
  return Atomics.load(new Int32Array(memory), TOTAL_INDEX);
}

/** Gives back what a thread that has ended held: its sockets went with it, its places would not. */
export function forgetThread(memory: SharedArrayBuffer, thread: number): void {
  const counts = new Int32Array(memory);
  Atomics.sub(counts, TOTAL_INDEX, Atomics.exchange(counts, thread, 0));
}
