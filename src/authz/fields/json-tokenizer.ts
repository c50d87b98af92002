import { AnswerUnreadable } from '../../core/answer-check.ts';

/** Objects and arrays within one another. */
export const DEPTH_MAX = 128;

const OBJECT = 1;
const ARRAY = 2;

/** What may come next. Within a string, a number or a word it says where in it. */
const VALUE = 0;
const VALUE_OR_END = 1;
const KEY = 2;
const KEY_OR_END = 3;
const COLON = 4;
const AFTER_VALUE = 5;
const NOTHING_MORE = 6;
const STRING = 7;
const ESCAPE = 8;
const HEX = 9;
const WORD = 10;
const MINUS = 11;
const ZERO = 12;
const INTEGER = 13;
const POINT = 14;
const FRACTION = 15;
const EXPONENT = 16;
const EXPONENT_SIGN = 17;
const EXPONENT_DIGITS = 18;

/**
 * Reads JSON (RFC 8259) from pieces that may be cut anywhere, in memory of the depth alone, and tells of every token in turn.
 * Throws `AnswerUnreadable` at the first byte that is not JSON. Does not check that strings are UTF-8, which cannot end them.
 */
export abstract class JsonTokenizer {
  /** Objects and arrays around the next token. */
  protected depth = 0;
  #state = VALUE;
  #isKey = false;
  #hexLeft = 0;
  #word = '';
  #wordAt = 0;
  /** How much of a byte order mark was read; 3: it is over, or there is none. */
  #markAt = 0;
  #bytesRead = 0;
  readonly #kinds = new Uint8Array(DEPTH_MAX + 1);
  /** Whether values may follow one another: lines of JSON, or a sequence (RFC 7464). */
  readonly #isSequence: boolean;

  constructor(isSequence: boolean) {
    this.#isSequence = isSequence;
  }

  /** Before the first byte of a name. */
  protected abstract beginKey(): void;
  /** Before the first byte of a value. */
  protected abstract beginValue(first: number): void;
  /** Bytes of the name or scalar that has begun, quotes and escapes as they are. */
  protected abstract text(piece: Uint8Array, from: number, to: number): void;
  protected abstract endKey(): void;
  protected abstract endScalar(): void;
  /** Before the depth grows. */
  protected abstract open(isObject: boolean): void;
  /** After the depth has shrunk. */
  protected abstract close(isObject: boolean): void;
  /** White space between values of a sequence. */
  protected abstract between(byte: number): void;

  protected unreadable(problem: string): AnswerUnreadable {
    return new AnswerUnreadable(`${problem}, in the first ${this.#bytesRead} bytes`);
  }

  protected read(piece: Uint8Array): void {
    this.#bytesRead += piece.length;
    const end = piece.length;
    for (let i = this.#markAt < 3 ? this.#skipMark(piece) : 0; i < end; ) {
      const byte = piece[i] ?? 0;
      switch (this.#state) {
        case STRING: {
          let to = i;
          for (; to < end; to++) {
            const inside = piece[to] ?? 0;
            if (inside === 0x22 || inside === 0x5c || inside < 0x20) break;
          }
          if (to < end) {
            const last = piece[to] ?? 0;
            if (last < 0x20) throw this.#notJson();
            to++;
            if (last === 0x5c) this.#state = ESCAPE;
            this.text(piece, i, to);
            if (last === 0x22) this.#endString();
          } else this.text(piece, i, to);
          i = to;
          continue;
        }
        case ESCAPE:
          if (byte === 0x75) {
            this.#hexLeft = 4;
            this.#state = HEX;
          } else if (isShortEscape(byte)) this.#state = STRING;
          else throw this.#notJson();
          this.text(piece, i, ++i);
          continue;
        case HEX:
          if (!isHex(byte)) throw this.#notJson();
          if (--this.#hexLeft === 0) this.#state = STRING;
          this.text(piece, i, ++i);
          continue;
        case WORD:
          if (byte !== this.#word.charCodeAt(this.#wordAt)) throw this.#notJson();
          this.text(piece, i, ++i);
          if (++this.#wordAt === this.#word.length) this.#endScalar();
          continue;
        case MINUS:
        case ZERO:
        case INTEGER:
        case POINT:
        case FRACTION:
        case EXPONENT:
        case EXPONENT_SIGN:
        case EXPONENT_DIGITS: {
          let to = i;
          while (to < end && this.#number(piece[to] ?? 0)) to++;
          if (to > i) this.text(piece, i, to);
          if (to < end) this.#endNumber();
          i = to;
          continue;
        }
        default:
          if (
            byte === 0x20 ||
            byte === 0x0a ||
            byte === 0x0d ||
            byte === 0x09 ||
            (byte === 0x1e && this.#isBetween())
          ) {
            if (this.depth === 0 && this.#isSequence) this.between(byte);
            i++;
          } else i = this.#structure(piece, i, byte);
      }
    }
  }

  /** Throws where the text is not whole. A text of nothing at all is whole. */
  protected finish(): void {
    const state = this.#state;
    if (state >= MINUS) this.#endNumber();
    if (this.#state === NOTHING_MORE) return;
    if (this.#state === VALUE && this.depth === 0 && (this.#isSequence || this.#bytesRead === 0)) return;
    throw this.unreadable('it ends before its end');
  }

  /** A byte order mark says nothing in UTF-8 and is left out; every other one is no JSON. */
  #skipMark(piece: Uint8Array): number {
    let i = 0;
    for (; i < piece.length && this.#markAt < 3; i++, this.#markAt++)
      if (piece[i] !== MARK[this.#markAt]) {
        if (this.#markAt > 0) throw this.#notJson();
        this.#markAt = 3;
        return i;
      }
    return i;
  }

  #isBetween(): boolean {
    return this.depth === 0 && this.#isSequence && this.#state === VALUE;
  }

  #structure(piece: Uint8Array, at: number, byte: number): number {
    switch (this.#state) {
      case VALUE_OR_END:
        if (byte === 0x5d) {
          this.#close(ARRAY);
          return at + 1;
        }
        return this.#value(piece, at, byte);
      case VALUE:
        return this.#value(piece, at, byte);
      case KEY_OR_END:
        if (byte === 0x7d) {
          this.#close(OBJECT);
          return at + 1;
        }
        return this.#key(piece, at, byte);
      case KEY:
        return this.#key(piece, at, byte);
      case COLON:
        if (byte !== 0x3a) throw this.#notJson();
        this.#state = VALUE;
        return at + 1;
      case AFTER_VALUE: {
        const kind = this.#kinds[this.depth] ?? 0;
        if (byte === 0x2c) this.#state = kind === OBJECT ? KEY : VALUE;
        else if (byte === (kind === OBJECT ? 0x7d : 0x5d)) this.#close(kind);
        else throw this.#notJson();
        return at + 1;
      }
      default:
        throw this.#notJson();
    }
  }

  #key(piece: Uint8Array, at: number, byte: number): number {
    if (byte !== 0x22) throw this.#notJson();
    this.beginKey();
    this.text(piece, at, at + 1);
    this.#isKey = true;
    this.#state = STRING;
    return at + 1;
  }

  #value(piece: Uint8Array, at: number, byte: number): number {
    const next = stateOf(byte);
    if (next < 0) throw this.#notJson();
    this.beginValue(byte);
    if (byte === 0x7b || byte === 0x5b) {
      const isObject = byte === 0x7b;
      this.open(isObject);
      if (this.depth === DEPTH_MAX) throw this.unreadable('it is nested too deep');
      this.#kinds[++this.depth] = isObject ? OBJECT : ARRAY;
      this.#state = next;
      return at + 1;
    }
    this.#state = next;
    if (next === WORD) {
      this.#word = byte === 0x74 ? 'true' : byte === 0x66 ? 'false' : 'null';
      this.#wordAt = 1;
    }
    this.text(piece, at, at + 1);
    return at + 1;
  }

  #close(kind: number): void {
    this.depth--;
    this.close(kind === OBJECT);
    this.#valueEnded();
  }

  #endString(): void {
    if (!this.#isKey) {
      this.#endScalar();
      return;
    }
    this.#isKey = false;
    this.#state = COLON;
    this.endKey();
  }

  #endScalar(): void {
    this.endScalar();
    this.#valueEnded();
  }

  #valueEnded(): void {
    if (this.depth > 0) this.#state = AFTER_VALUE;
    else this.#state = this.#isSequence ? VALUE : NOTHING_MORE;
  }

  #endNumber(): void {
    switch (this.#state) {
      case ZERO:
      case INTEGER:
      case FRACTION:
      case EXPONENT_DIGITS:
        this.#endScalar();
        return;
      default:
        throw this.#notJson();
    }
  }

  /** Whether the byte belongs to the number that has begun (RFC 8259 §6). */
  #number(byte: number): boolean {
    const isDigit = byte >= 0x30 && byte <= 0x39;
    switch (this.#state) {
      case MINUS:
        if (!isDigit) return false;
        this.#state = byte === 0x30 ? ZERO : INTEGER;
        return true;
      case ZERO:
      case INTEGER:
        if (isDigit) return this.#state === INTEGER;
        if (byte === 0x2e) this.#state = POINT;
        else if ((byte | 0x20) === 0x65) this.#state = EXPONENT;
        else return false;
        return true;
      case POINT:
      case FRACTION:
        if (isDigit) this.#state = FRACTION;
        else if ((byte | 0x20) === 0x65 && this.#state === FRACTION) this.#state = EXPONENT;
        else return false;
        return true;
      case EXPONENT:
        if (byte === 0x2b || byte === 0x2d) this.#state = EXPONENT_SIGN;
        else if (isDigit) this.#state = EXPONENT_DIGITS;
        else return false;
        return true;
      default:
        if (!isDigit) return false;
        this.#state = EXPONENT_DIGITS;
        return true;
    }
  }

  #notJson(): AnswerUnreadable {
    return this.unreadable('it is not JSON');
  }
}

const MARK = [0xef, 0xbb, 0xbf];

/** What follows the first byte of a value, or −1 where none begins so. */
function stateOf(byte: number): number {
  switch (byte) {
    case 0x22:
      return STRING;
    case 0x7b:
      return KEY_OR_END;
    case 0x5b:
      return VALUE_OR_END;
    case 0x74:
    case 0x66:
    case 0x6e:
      return WORD;
    case 0x2d:
      return MINUS;
    case 0x30:
      return ZERO;
    default:
      return byte >= 0x31 && byte <= 0x39 ? INTEGER : -1;
  }
}

function isShortEscape(byte: number): boolean {
  switch (byte) {
    case 0x22:
    case 0x5c:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return true;
    default:
      return false;
  }
}

function isHex(byte: number): boolean {
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}
