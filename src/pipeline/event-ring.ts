import type { CallEvent } from '../core/event.ts';
import { encodeEvent } from './event-codec.ts';
import type { EventBytes } from './event-layout.ts';
import { EVENT_BYTES_MAX, eventBytes } from './event-layout.ts';

export const RING_BYTES_DEFAULT = 4 * 1024 * 1024;
const RING_BYTES_MAX = 1024 ** 3;

/*
 * Shared memory: a head of three cache lines, then the bytes of the ring. `written` and `read` count bytes modulo 2^32, so
 * that their difference is what is waiting; a size that is a power of two makes the place of a count a bit mask.
 * Each counter has its own cache line: otherwise the two threads would take it from each other at every event.
 */
const HEAD_WORDS = 48;
const WRITTEN = 0;
const READ = 16;
const DROPPED = 32;
const TORN = 33;

/** In place of a length: the rest up to the end of the ring is empty, go on at its start. */
const SKIP = 0xffff_ffff;

/** Makes the shared memory of one ring; `ringBytes` is a power of two that holds at least two of the longest events. */
export function createEventRing(ringBytes: number = RING_BYTES_DEFAULT): SharedArrayBuffer {
  const inRange = ringBytes >= 2 * EVENT_BYTES_MAX && ringBytes <= RING_BYTES_MAX;
  if (!inRange || (ringBytes & (ringBytes - 1)) !== 0) {
    throw new RangeError(`ring of ${ringBytes} bytes: a power of two from 128 KiB to 1 GiB is needed`);
  }
  return new SharedArrayBuffer(HEAD_WORDS * 4 + ringBytes);
}

/** The writing end; exactly one thread may hold it. Never waits. */
export class EventRingWriter {
  readonly #head: Int32Array;
  readonly #ring: EventBytes;
  readonly #mask: number;
  #written: number;
  /** Last seen count of the reader: asked again only when the ring looks full, for asking fetches its cache line. */
  #read: number;

  constructor(memory: SharedArrayBuffer) {
    this.#head = new Int32Array(memory, 0, HEAD_WORDS);
    this.#ring = ringBytesOf(memory);
    this.#mask = this.#ring.bytes.length - 1;
    this.#written = Atomics.load(this.#head, WRITTEN);
    this.#read = Atomics.load(this.#head, READ);
  }

  /** Records one event, or counts it as dropped and returns false where the reader is too far behind. */
  tryWrite(event: CallEvent): boolean {
    if (this.#write(event)) return true;
    this.#read = Atomics.load(this.#head, READ);
    if (this.#write(event)) return true;
    Atomics.add(this.#head, DROPPED, 1);
    return false;
  }

  #write(event: CallEvent): boolean {
    const size = this.#mask + 1;
    const free = size - ((this.#written - this.#read) >>> 0);
    const at = this.#written & this.#mask;
    const toEnd = size - at;
    const length = encodeEvent(event, this.#ring, at, at + Math.min(free, toEnd));
    if (length > 0) {
      this.#publish(this.#written + length);
      return true;
    }
    if (free <= toEnd) return false;
    const wrapped = encodeEvent(event, this.#ring, 0, free - toEnd);
    if (wrapped === 0) return false;
    // Less than four bytes at the end hold no mark: the reader skips them by itself.
    if (toEnd >= 4) this.#ring.view.setUint32(at, SKIP, true);
    this.#publish(this.#written + toEnd + wrapped);
    return true;
  }

  #publish(written: number): void {
    this.#written = written | 0;
    Atomics.store(this.#head, WRITTEN, this.#written);
  }
}

/** The reading end; exactly one thread may hold it. */
export class EventRingReader {
  readonly #head: Int32Array;
  readonly #ring: EventBytes;
  readonly #mask: number;

  constructor(memory: SharedArrayBuffer) {
    this.#head = new Int32Array(memory, 0, HEAD_WORDS);
    this.#ring = ringBytesOf(memory);
    this.#mask = this.#ring.bytes.length - 1;
  }

  /** Events the writer dropped for want of room, since the memory was made. */
  get dropped(): number {
    return Atomics.load(this.#head, DROPPED) >>> 0;
  }

  /** How often bytes were found that are no record; what was waiting then is lost. Not 0 means a defect. */
  get torn(): number {
    return Atomics.load(this.#head, TORN) >>> 0;
  }

  /** Bytes waiting, marks and gaps included. */
  get waitingBytes(): number {
    return (Atomics.load(this.#head, WRITTEN) - Atomics.load(this.#head, READ)) >>> 0;
  }

  /** Takes whole events out, at most `bytesMax` of them, as a copy the writer cannot touch. Empty where nothing waits. */
  drain(bytesMax: number): Uint8Array {
    if (bytesMax < EVENT_BYTES_MAX) throw new RangeError(`drain of ${bytesMax} bytes may never fit an event`);
    const read = Atomics.load(this.#head, READ);
    const waiting = (Atomics.load(this.#head, WRITTEN) - read) >>> 0;
    if (waiting === 0) return new Uint8Array(0);

    // At most two runs: up to the end of the ring, and from its start.
    const start = read & this.#mask;
    const first = this.#run(start, waiting, bytesMax);
    let consumed = first.consumed;
    let second: Run = { records: 0, consumed: 0, whole: false };
    if (first.whole && consumed < waiting) {
      second = this.#run(0, waiting - consumed, bytesMax - first.records);
      consumed += second.consumed;
    }
    const drained = new Uint8Array(first.records + second.records);
    drained.set(this.#ring.bytes.subarray(start, start + first.records), 0);
    if (second.records > 0) drained.set(this.#ring.bytes.subarray(0, second.records), first.records);
    Atomics.store(this.#head, READ, (read + consumed) | 0);
    return drained;
  }

  #run(start: number, waiting: number, bytesMax: number): Run {
    const size = this.#mask + 1;
    const toEnd = size - start;
    const end = Math.min(waiting, toEnd);
    let records = 0;
    while (records < end) {
      const left = end - records;
      const length = left < 4 ? SKIP : this.#ring.view.getUint32(start + records, true);
      if (length === SKIP && end === toEnd) return { records, consumed: toEnd, whole: true };
      if (length === 0 || length > left) {
        // The writer publishes whole records only, so the memory itself is damaged: start afresh behind it.
        Atomics.add(this.#head, TORN, 1);
        return { records, consumed: waiting, whole: false };
      }
      if (records + length > bytesMax) return { records, consumed: records, whole: false };
      records += length;
    }
    return { records, consumed: records, whole: records === toEnd };
  }
}

/** Records that lie in one piece, what was consumed to read them, and whether the end of the ring was reached. */
interface Run {
  readonly records: number;
  readonly consumed: number;
  readonly whole: boolean;
}

function ringBytesOf(memory: SharedArrayBuffer): EventBytes {
  return eventBytes(new Uint8Array(memory, HEAD_WORDS * 4));
}
