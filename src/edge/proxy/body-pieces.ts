/** So many are kept as they came: most bodies have no more, and are not copied. */
const AS_THEY_CAME = 16;
const ROOM_BYTES_MIN = 1_024;
const ROOM_BYTES_MAX = 65_536;
const NO_ROOM = Buffer.alloc(0);

/**
 * The pieces of a body, in memory of at most about twice their bytes. A piece kept by itself costs a hundred bytes or two
 * besides its own: a body sent byte by byte would hold a hundred times what is counted of it.
 */
export class BodyPieces {
  bytes = 0;
  readonly #kept: Buffer[] = [];
  #room = NO_ROOM;
  #filled = 0;

  /** How many are kept by themselves, those that were put together as one. */
  get count(): number {
    return this.#kept.length + (this.#filled > 0 ? 1 : 0);
  }

  add(piece: Buffer): void {
    const before = this.bytes;
    this.bytes += piece.length;
    if (this.#kept.length < AS_THEY_CAME) {
      this.#kept.push(piece);
      return;
    }
    for (let from = 0; from < piece.length; ) {
      if (this.#filled === this.#room.length) this.#makeRoom(before + from);
      const copied = piece.copy(this.#room, this.#filled, from);
      this.#filled += copied;
      from += copied;
    }
  }

  /** As large as what is there, so that what is not filled is never most of it. */
  #makeRoom(bytes: number): void {
    if (this.#filled > 0) this.#kept.push(this.#room);
    this.#room = Buffer.allocUnsafeSlow(Math.min(ROOM_BYTES_MAX, Math.max(ROOM_BYTES_MIN, bytes)));
    this.#filled = 0;
  }

  /** All of them as one; the very piece where there is only one. */
  whole(): Buffer {
    const [only] = this.#kept;
    if (this.#kept.length === 1 && this.#filled === 0 && only !== undefined) return only;
    return Buffer.concat([...this.#kept, this.#room.subarray(0, this.#filled)], this.bytes);
  }
}
