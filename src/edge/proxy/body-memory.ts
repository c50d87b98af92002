import type { Call } from '../../core/call.ts';
import type { Principal } from '../../core/principal.ts';

/** Bytes of bodies held for decisions, over all calls of one thread. Beyond it, methods that need a body cannot decide. */
const HELD_BYTES_MAX = 128 * 1024 * 1024;
/** Of these, what is held for one caller by several bodies, and by one alone. */
const SHARE_BYTES_MAX = HELD_BYTES_MAX / 4;
const ALONE_BYTES_MAX = HELD_BYTES_MAX / 2;

/** What one thread holds of bodies that are being judged, and for whom: nobody takes the room of all others. */
export class BodyMemory {
  bytes = 0;
  /** Only of callers for whom something is held, so that there are never more than calls in progress. */
  readonly #byCaller = new Map<string, number>();

  /** Callers for whom something is held. */
  get callers(): number {
    return this.#byCaller.size;
  }

  /** Room for one body of a caller, as `bodyHolder` names it; nothing is taken yet. */
  hold(caller: string): HeldBytes {
    return new HeldBytes(this, caller);
  }

  /** Whether there is room for more bytes of a body of which `own` are held. What it grants has to be given back. */
  reserve(bytes: number, caller: string, own: number): boolean {
    if (bytes === 0) return true;
    const before = this.#byCaller.get(caller) ?? 0;
    const callerBytesMax = before === own ? ALONE_BYTES_MAX : SHARE_BYTES_MAX;
    if (before + bytes > callerBytesMax || this.bytes + bytes > HELD_BYTES_MAX) return false;
    this.bytes += bytes;
    this.#byCaller.set(caller, before + bytes);
    return true;
  }

  release(bytes: number, caller: string): void {
    this.bytes -= bytes;
    const left = (this.#byCaller.get(caller) ?? 0) - bytes;
    if (left > 0) this.#byCaller.set(caller, left);
    else this.#byCaller.delete(caller);
  }
}

/** What is held of one body. */
export class HeldBytes {
  bytes = 0;
  readonly #memory: BodyMemory;
  readonly #caller: string;

  constructor(memory: BodyMemory, caller: string) {
    this.#memory = memory;
    this.#caller = caller;
  }

  /** Whether there is room for more of it; then it is taken. */
  reserve(bytes: number): boolean {
    if (!this.#memory.reserve(bytes, this.#caller, this.bytes)) return false;
    this.bytes += bytes;
    return true;
  }

  /** Gives all of it back. */
  release(): void {
    if (this.bytes > 0) this.#memory.release(this.bytes, this.#caller);
    this.bytes = 0;
  }
}

/** For whom a body is held: the consumer, and the address where nobody was identified or not yet. */
export function bodyHolder({ address }: Pick<Call, 'address'>, consumer: Principal['consumer'] | undefined): string {
  return consumer === undefined || consumer === '' ? `a${address.group}` : `c${consumer}`;
}
