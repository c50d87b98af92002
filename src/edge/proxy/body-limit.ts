import { type Readable, Transform, type TransformCallback } from 'node:stream';

/** Passes a body of undeclared length on and breaks off when it grows beyond the limit. */
export class BodyLimit extends Transform {
  bytes = 0;
  exceeded = false;
  readonly #bytesMax: number;

  constructor(source: Readable, bytesMax: number) {
    super();
    this.#bytesMax = bytesMax;
    // It may break before anything reads it, while the call waits for a connection; whoever reads it then finds it broken.
    this.on('error', () => undefined);
    source.on('error', (error) => this.destroy(error));
    source.on('aborted', () => this.destroy(new Error('client gone')));
    source.pipe(this);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length;
    if (this.bytes > this.#bytesMax) {
      this.exceeded = true;
      done(new Error('the body is larger than the route allows'));
      return;
    }
    done(null, chunk);
  }
}
