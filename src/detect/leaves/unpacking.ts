import { constants, inflateRawSync } from 'node:zlib';

/** Archives of one call that are opened, and octets that all of them become: time and memory of a thread stand behind both. */
const ARCHIVES_MAX = 16;
const OCTETS_MAX = 512 * 1024;
/** What a stream holds besides what it becomes, where it does not compress. */
const OVERHEAD_OCTETS = 1024;
const ATTEMPTS_MAX = 8;

export interface Unpacked {
  readonly bytes: Buffer;
  /** There is more of it. */
  readonly isCut: boolean;
}

/** What may be unpacked of one call. No archive is opened within another. */
export class Unpacking {
  #archives = 0;
  #octets = 0;
  #isOpen = false;

  reset(): void {
    this.#archives = 0;
    this.#octets = 0;
    this.#isOpen = false;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isSpent(): boolean {
    return this.#octets >= OCTETS_MAX;
  }

  /** Whether one more archive may be opened; `close` ends it. */
  open(): boolean {
    if (this.#isOpen || this.isSpent || this.#archives === ARCHIVES_MAX) return false;
    this.#archives++;
    this.#isOpen = true;
    return true;
  }

  close(): void {
    this.#isOpen = false;
  }

  /**
   * What a deflated stream (RFC 1951) begins with, `max` octets at most, whether it ends, is damaged behind that, or never ends; undefined
   * where it is none. Of what becomes too large, about as much is taken as does not.
   */
  inflate(packed: Buffer, max: number): Unpacked | undefined {
    let fits: Buffer | undefined;
    let fitting = 0;
    let size = Math.min(packed.length, max + OVERHEAD_OCTETS);
    let tooMuch = size;
    for (let attempt = 0; attempt < ATTEMPTS_MAX && size > fitting && !this.isSpent; attempt++) {
      const bytes = inflated(packed.subarray(0, size), max);
      this.#octets += bytes === 'too-large' ? max : (bytes?.length ?? 0);
      if (bytes === undefined) break;
      if (bytes === 'too-large') tooMuch = size;
      else {
        fits = bytes;
        fitting = size;
        if (attempt === 0) break;
      }
      size = (fitting + tooMuch) >> 1;
    }
    return fits && { bytes: fits, isCut: fitting < packed.length };
  }
}

function inflated(packed: Buffer, maxOutputLength: number): Buffer | 'too-large' | undefined {
  try {
    return inflateRawSync(packed, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength });
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : undefined;
  }
}
