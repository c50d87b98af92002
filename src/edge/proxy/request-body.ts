import type { Readable } from 'node:stream';
import type { BodySource, Call, CollectedBody } from '../../core/call.ts';
import { BodyCollector, replayedBody } from './body-collector.ts';
import { BodyLimit } from './body-limit.ts';
import { type BodyMemory, bodyHolder, type HeldBytes } from './body-memory.ts';
import type { WireCall } from './wire.ts';

const TOO_LARGE: CollectedBody = Object.freeze({ kind: 'tooLarge' });

/** The body of one call on its way: read whole for those who judge it, then forwarded out of memory or as it comes. */
export class RequestBody implements BodySource {
  readonly #wire: Pick<WireCall, 'body' | 'continueBody'>;
  readonly #memory: BodyMemory;
  readonly #call: Pick<Call, 'address' | 'bodyBytesDeclared'>;
  /** −1: its length is not known. */
  readonly #bytesDeclared: number;
  #collector: BodyCollector | undefined = undefined;
  #held: HeldBytes | undefined = undefined;
  /** All of it, where it was read whole. */
  #collected: Uint8Array | undefined = undefined;
  #limit: BodyLimit | undefined = undefined;
  #forwardedBytes = 0;

  constructor(
    wire: Pick<WireCall, 'body' | 'continueBody'>,
    memory: BodyMemory,
    call: Pick<Call, 'address' | 'bodyBytesDeclared'>,
  ) {
    this.#wire = wire;
    this.#memory = memory;
    this.#call = call;
    this.#bytesDeclared = call.bodyBytesDeclared;
  }

  collect(bytesMax: number, withinMs?: number, consumer?: string): CollectedBody | Promise<CollectedBody> {
    if (this.#collected !== undefined)
      return this.#collected.length > bytesMax ? TOO_LARGE : { kind: 'whole', bytes: this.#collected };
    const earlier = this.#collector;
    // What was too large for one may do for another: it was put back.
    if (earlier !== undefined && (earlier.outcome?.kind !== 'tooLarge' || bytesMax <= earlier.bytesMax))
      return earlier.result;
    if (this.#bytesDeclared > bytesMax) return TOO_LARGE;
    if (earlier === undefined) this.#wire.continueBody();
    this.#held = this.#memory.hold(bodyHolder(this.#call, consumer));
    this.#collector = new BodyCollector(this.#wire.body, this.#held, bytesMax, withinMs);
    return this.#collector.result.then((body) => {
      if (body.kind === 'whole') this.#collected = body.bytes;
      return body;
    });
  }

  /** Its length as far as it is known: what was read whole, else what was declared; −1 where neither. */
  get length(): number {
    return this.#collected?.length ?? this.#bytesDeclared;
  }

  /** Whether more of it was read than may be forwarded. */
  isCollectedBeyond(bytesMax: number): boolean {
    return this.#collected !== undefined && this.#collected.length > bytesMax;
  }

  /**
   * Sends other bytes in place of those that were read, which are let go. They must not be more: it is their room they take.
   * False where the body was not read whole, so that nothing may be sent at all.
   */
  replaceWith(bytes: Uint8Array): boolean {
    if (this.#collected === undefined || bytes.length > this.#collected.length) return false;
    this.#collected = bytes;
    this.#collector = undefined;
    return true;
  }

  /** The client is asked for a body it waits with, unless somebody asked already. */
  askFor(): void {
    if (this.#collector === undefined && this.#collected === undefined) this.#wire.continueBody();
  }

  /** What goes to the upstream: at most `bytesMax` of it, however much comes. */
  forwarded(bytesMax: number): Readable {
    if (this.#collected !== undefined) {
      this.#forwardedBytes = this.#collected.length;
      return replayedBody(this.#collected);
    }
    if (this.#bytesDeclared >= 0 && this.#bytesDeclared <= bytesMax) {
      this.#forwardedBytes = this.#bytesDeclared;
      return this.#wire.body;
    }
    this.#limit ??= new BodyLimit(this.#wire.body, bytesMax);
    return this.#limit;
  }

  get forwardedBytes(): number {
    return this.#limit?.bytes ?? this.#forwardedBytes;
  }

  /** Whether it was broken off because it grew beyond its limit. */
  get exceeded(): boolean {
    return this.#limit?.exceeded === true;
  }

  /** Gives its room back: nobody who still waits may keep it alive. */
  release(): void {
    this.#collector?.release();
    this.#held?.release();
    this.#collector = undefined;
    this.#held = undefined;
    this.#collected = undefined;
  }
}
