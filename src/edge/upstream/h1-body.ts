/** What a piece of the connection meant for the body being read. */
export type BodyStep =
  /** The body goes on; everything was used. */
  | 'more'
  /** The body is complete; `rest` is what came behind it. */
  | 'end'
  /** The framing is broken. */
  | 'broken';

const LINE_MAX = 4_096;
const TRAILERS_MAX = 8_192;
const SIZE_DIGITS_MAX = 8;

/** Reads the body of one answer by its framing (RFC 9112 §6, §7.1). Chunk extensions and trailers are skipped. */
export class BodyReader {
  rest: Buffer = EMPTY;
  readonly #onData: (piece: Buffer) => void;
  readonly #chunked: boolean;
  /** Bytes of the body, or of the chunk, still to come; Infinity where the end of the connection ends it. */
  #left: number;
  #state: 'size' | 'data' | 'data-end' | 'trailers' = 'data';
  #line = '';
  #trailerBytes = 0;

  constructor(framing: 'length' | 'chunked' | 'close', length: number, onData: (piece: Buffer) => void) {
    this.#onData = onData;
    this.#chunked = framing === 'chunked';
    this.#left = framing === 'length' ? length : framing === 'close' ? Number.POSITIVE_INFINITY : 0;
    if (this.#chunked) this.#state = 'size';
  }

  read(piece: Buffer): BodyStep {
    let at = 0;
    while (at < piece.length) {
      if (this.#state === 'data') {
        const end = Math.min(piece.length, at + this.#left);
        this.#left -= end - at;
        this.#onData(at === 0 && end === piece.length ? piece : piece.subarray(at, end));
        at = end;
        if (this.#left > 0) return 'more';
        if (!this.#chunked) {
          this.rest = piece.subarray(at);
          return 'end';
        }
        this.#state = 'data-end';
        continue;
      }
      const lineEnd = piece.indexOf(0x0a, at);
      this.#line += piece.toString('latin1', at, lineEnd === -1 ? piece.length : lineEnd + 1);
      if (this.#line.length > LINE_MAX) return 'broken';
      if (lineEnd === -1) return 'more';
      at = lineEnd + 1;
      const step = this.#readLine();
      if (step === 'end') this.rest = piece.subarray(at);
      if (step !== 'more') return step;
    }
    return 'more';
  }

  /** Whether the end of the connection may end the body. */
  get endsWithConnection(): boolean {
    return this.#left === Number.POSITIVE_INFINITY;
  }

  #readLine(): BodyStep {
    const line = this.#line;
    this.#line = '';
    // A bare line feed, or a carriage return within the line, is what makes two parsers disagree.
    if (!line.endsWith('\r\n') || line.indexOf('\r') !== line.length - 2) return 'broken';
    switch (this.#state) {
      case 'data-end':
        if (line !== '\r\n') return 'broken';
        this.#state = 'size';
        return 'more';
      case 'size': {
        const size = chunkSize(line);
        if (size < 0) return 'broken';
        this.#left = size;
        this.#state = size === 0 ? 'trailers' : 'data';
        return 'more';
      }
      case 'trailers':
        this.#trailerBytes += line.length;
        if (this.#trailerBytes > TRAILERS_MAX) return 'broken';
        return line === '\r\n' ? 'end' : 'more';
      default:
        return 'broken';
    }
  }
}

const EMPTY = Buffer.alloc(0);

/** One to eight hexadecimal digits, then the end of the line or an extension. −1 where it is anything else. */
function chunkSize(line: string): number {
  let size = 0;
  let i = 0;
  for (; i < line.length; i++) {
    const code = line.charCodeAt(i);
    const digit =
      code >= 0x30 && code <= 0x39
        ? code - 0x30
        : code >= 0x61 && code <= 0x66
          ? code - 0x57
          : code >= 0x41 && code <= 0x46
            ? code - 0x37
            : -1;
    if (digit < 0) break;
    size = size * 16 + digit;
  }
  if (i === 0 || i > SIZE_DIGITS_MAX) return -1;
  const next = line.charCodeAt(i);
  return next === 0x0d || next === 0x3b || next === 0x20 || next === 0x09 ? size : -1;
}
