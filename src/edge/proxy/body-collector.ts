import { Readable } from 'node:stream';
import type { CollectedBody } from '../../core/call.ts';
import type { HeldBytes } from './body-memory.ts';
import { BodyPieces } from './body-pieces.ts';

/**
 * Reads one body whole before the decision. What turns out too large is put back as it came, so that a call that is only
 * observed can still be forwarded piece by piece.
 */
export class BodyCollector {
  readonly #source: Readable;
  readonly #held: HeldBytes;
  readonly bytesMax: number;
  /** What became of it; undefined while it is read. */
  outcome: CollectedBody | undefined = undefined;
  #pieces = new BodyPieces();
  #timer: NodeJS.Timeout | undefined = undefined;
  #settle: ((body: CollectedBody) => void) | undefined;
  readonly result: Promise<CollectedBody>;

  /** `withinMs` undefined: it is waited for as long as the client may take. */
  constructor(source: Readable, held: HeldBytes, bytesMax: number, withinMs?: number) {
    this.#source = source;
    this.#held = held;
    this.bytesMax = bytesMax;
    if (withinMs !== undefined) this.#timer = setTimeout(() => this.#putBack({ kind: 'slow' }), withinMs);
    this.result = new Promise((resolve) => {
      this.#settle = resolve;
    });
    source.on('data', this.#onData);
    source.on('end', this.#onEnd);
    source.on('error', this.#onBroken);
    source.on('close', this.#onBroken);
    if (source.destroyed) this.#onBroken();
    // One that was looked at and put back stands still, which listening alone does not end.
    else if (source.isPaused()) source.resume();
  }

  /** Gives the room back; what was read must not be used any more. */
  release(): void {
    clearTimeout(this.#timer);
    this.#held.release();
    this.#pieces = new BodyPieces();
  }

  readonly #onData = (piece: Buffer): void => {
    this.#pieces.add(piece);
    if (!this.#held.reserve(piece.length)) {
      this.#putBack({ kind: 'busy' });
      return;
    }
    if (this.#held.bytes > this.bytesMax) this.#putBack({ kind: 'tooLarge' });
  };

  readonly #onEnd = (): void => {
    const bytes = this.#pieces.whole();
    this.#pieces = new BodyPieces();
    this.#finish({ kind: 'whole', bytes });
  };

  readonly #onBroken = (): void => {
    this.release();
    this.#finish({ kind: 'broken' });
  };

  #putBack(body: CollectedBody): void {
    this.#detach();
    this.#source.pause();
    if (this.#pieces.bytes > 0) this.#source.unshift(this.#pieces.whole());
    this.release();
    this.#finish(body);
  }

  #finish(body: CollectedBody): void {
    this.#detach();
    this.outcome = body;
    this.#settle?.(body);
    this.#settle = undefined;
  }

  #detach(): void {
    clearTimeout(this.#timer);
    const source = this.#source;
    source.off('data', this.#onData);
    source.off('end', this.#onEnd);
    source.off('close', this.#onBroken);
    source.off('error', this.#onBroken);
    // A stream that breaks later, unread, must not end the thread.
    source.on('error', ignore);
  }
}

function ignore(): void {
  // Whoever reads on listens for itself.
}

/** A body out of memory. */
export function replayedBody(bytes: Uint8Array): Readable {
  const body = new Readable({ read: () => undefined });
  body.push(bytes);
  body.push(null);
  return body;
}
