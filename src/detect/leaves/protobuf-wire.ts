/** Wire types of Protocol Buffers (protobuf.dev/programming-guides/encoding). */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const GROUP_START = 3;
export const GROUP_END = 4;
export const FIXED32 = 5;

const VARINT_BYTES_MAX = 10;
const GROUPS_MAX = 100;

/**
 * Goes through the fields of one message, from one tag to the next. What lies in a field of bytes is passed over. Readers differ in
 * what they refuse: where `lenient`, everything is read that one of them reads, so field numbers of zero and tags and lengths of which
 * only the lower 32 bits count.
 */
export class WireCursor {
  readonly #buffer: Buffer;
  readonly #end: number;
  readonly #lenient: boolean;
  #at: number;
  #groups = 0;
  #isLarge = false;
  field = 0;
  type = VARINT;
  /** Where the field's own octets begin and end: for bytes without tag and length. */
  start = 0;
  end = 0;

  constructor(buffer: Buffer, from: number, end: number, lenient: boolean) {
    this.#buffer = buffer;
    this.#at = from;
    this.#end = end;
    this.#lenient = lenient;
  }

  /** Whether there was one more whole field; false at the end and at a fault, which `isWhole` tells apart. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.#varint();
    if (tag < 0 || (this.#isLarge && !this.#lenient)) return this.#fail();
    this.field = tag >>> 3;
    this.type = tag & 7;
    if (this.field === 0 && !this.#lenient) return this.#fail();
    this.start = this.#at;
    if (!this.#skip()) return this.#fail();
    this.end = this.#at;
    return true;
  }

  /** Whether everything was fields, and all groups were closed. */
  get isWhole(): boolean {
    return this.#at === this.#end && this.#groups === 0;
  }

  #skip(): boolean {
    switch (this.type) {
      case VARINT:
        return this.#varint() >= 0;
      case FIXED64:
        this.#at += 8;
        return this.#at <= this.#end;
      case FIXED32:
        this.#at += 4;
        return this.#at <= this.#end;
      case BYTES: {
        const length = this.#varint();
        if (length < 0 || (this.#isLarge && !this.#lenient)) return false;
        this.start = this.#at;
        this.#at += length;
        return this.#at <= this.#end;
      }
      case GROUP_START:
        return ++this.#groups <= GROUPS_MAX;
      case GROUP_END:
        return --this.#groups >= 0;
      default:
        return false;
    }
  }

  /** The lower 32 bits, or −1 where it does not end. */
  #varint(): number {
    this.#isLarge = false;
    const first = this.#at < this.#end ? (this.#buffer[this.#at] ?? 0) : 0x80;
    if (first < 0x80) {
      this.#at++;
      return first;
    }
    let value = 0;
    const last = Math.min(this.#end, this.#at + VARINT_BYTES_MAX);
    for (let shift = 0; this.#at < last; shift += 7) {
      const byte = this.#buffer[this.#at++] ?? 0;
      const bits = byte & 0x7f;
      if (shift < 32) value |= bits << shift;
      if ((shift === 28 && bits > 0xf) || (shift > 28 && bits !== 0)) this.#isLarge = true;
      if (byte < 0x80) return value >>> 0;
    }
    return -1;
  }

  #fail(): false {
    this.#at = this.#end + 1;
    return false;
  }
}

/** Whether octets are fields from the first to the last. */
export function isMessage(buffer: Buffer, from: number, end: number, lenient: boolean): boolean {
  const cursor = new WireCursor(buffer, from, end, lenient);
  while (cursor.next());
  return cursor.isWhole;
}
