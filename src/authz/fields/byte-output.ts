/** Bytes that are put together, in memory that grows. */
export class ByteOutput {
  length = 0;
  #bytes: Buffer;

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  push(byte: number): void {
    if (this.length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.length++] = byte;
  }

  copy(source: Uint8Array, from: number, to: number): void {
    const count = to - from;
    if (this.length + count > this.#bytes.length) this.#grow(count);
    // A call into the engine costs more than a short loop.
    if (count < 24) for (let i = from; i < to; i++) this.#bytes[this.length++] = source[i] ?? 0;
    else {
      this.#bytes.set(source.subarray(from, to), this.length);
      this.length += count;
    }
  }

  /** A view that the next call of `push` or `copy` may overwrite. */
  view(from: number, to: number): Buffer {
    return this.#bytes.subarray(from, to);
  }

  /** Appends all of it to another; views would be dearer than the bytes of a name. */
  appendTo(other: ByteOutput): void {
    other.copy(this.#bytes, 0, this.length);
  }

  /** The text between two places, or undefined where a byte of it is not ASCII, or is a backslash. */
  plainText(from: number, to: number): string | undefined {
    for (let i = from; i < to; i++) {
      const byte = this.#bytes[i] ?? 0;
      if (byte >= 0x80 || byte === 0x5c) return undefined;
    }
    return this.#bytes.toString('latin1', from, to);
  }

  truncate(length: number): void {
    this.length = length;
  }

  /** Gives away what stands before `end`; goes on in new memory with what stands behind it. */
  take(end: number, capacity: number): Buffer {
    const taken = this.#bytes.subarray(0, end);
    const rest = this.#bytes.subarray(end, this.length);
    this.#bytes = Buffer.allocUnsafe(capacity + rest.length);
    this.#bytes.set(rest);
    this.length = rest.length;
    return taken;
  }

  #grow(count: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.length + count, 64));
    larger.set(this.#bytes.subarray(0, this.length));
    this.#bytes = larger;
  }
}
