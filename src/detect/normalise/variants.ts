import {
  ADDRESS,
  ANGLE,
  BACKSLASH,
  CLASS_OF,
  CONTROL,
  HIGH,
  OPERATOR,
  PERCENT,
  QUOTE,
  SEPARATOR,
} from '../character-classes.ts';
import { FoundLiterals } from '../found-literals.ts';
import { decodeBase64, decodeDataUrls } from './base64.ts';
import { foldCompatibility, hasCompatibilityForms } from './compatibility.ts';
import { decodeEntities } from './entities.ts';
import { decodeEscapes } from './escapes.ts';
import { decodeHexText } from './hex-text.ts';
import { OVERLONG, PERCENT_DECODED, PERCENT_U, percentDecode } from './percent.ts';
import { mayHavePlainForm, plainCode } from './plain-code.ts';

/** Decoders in the order of their flag bits, as a verdict names them. */
export const DECODERS = [
  'percent',
  'percent-twice',
  'percent-u',
  'overlong-utf8',
  'html-entity',
  'escape',
  'compatibility',
  'comments',
  'base64',
  'base64-twice',
  'hex',
] as const;

export type Decoder = (typeof DECODERS)[number];

const PERCENT_ONCE = 1;
const PERCENT_TWICE = 2;
const U_ESCAPE = 4;
const LENIENT_UTF8 = 8;
const ENTITY = 16;
const ESCAPE = 32;
const COMPATIBILITY = 64;
const COMMENTS = 128;
const BASE64 = 256;
const PACKED_TWICE = 512;
const HEX = 1024;

/** Base64 or hexadecimal digits within one another. */
const LAYERS_MAX = 3;

const ROUNDS_MAX = 4;
export const VARIANTS_MAX = 4;
const SPARE_UNITS = 4;
const CLASSES = CLASS_OF;

/** From so many characters on the call that copies them at once costs less than a loop. It writes the lower octet first. */
const NATIVE_COPY_UNITS_MIN = 96;
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** One reading of a value. */
export interface Variant {
  units: Uint16Array;
  length: number;
  /** Which decoders changed something: bits in the order of DECODERS. */
  decoders: number;
  /** 1 for each unit that differs from the reading this one was made from, or that stands where something went. */
  changed: Uint8Array;
  /** Whether what is not changed stands in the reading before. */
  isDerived: boolean;
  /** Known from when a reader asks for them. */
  readonly literals: FoundLiterals;
}

function emptyVariant(): Variant {
  return {
    units: new Uint16Array(1024),
    length: 0,
    decoders: 0,
    changed: new Uint8Array(1024),
    isDerived: false,
    literals: new FoundLiterals(),
  };
}

/** A value in at most four readings: as it came, decoded to the end, without comments and quoting tricks, unpacked from base64 or hexadecimal digits. */
export class Variants {
  readonly list: readonly Variant[] = Array.from({ length: VARIANTS_MAX }, emptyVariant);
  count = 0;
  readonly #innermost = emptyVariant();
  readonly #decoding = { length: 0, flags: 0 };

  /** Takes the text in as the first of `list`. Answers its classes of characters, see character-classes.ts. */
  load(text: string): number {
    const { length } = text;
    const raw = this.#slot(0, length);
    const { units } = raw;
    let bits = 0;
    if (LITTLE_ENDIAN && length >= NATIVE_COPY_UNITS_MIN) {
      Buffer.from(units.buffer, 0, length * 2).write(text, 0, 'utf16le');
      for (let i = 0; i < length; i++) bits |= CLASSES[units[i] ?? 0] ?? 0;
    } else {
      for (let i = 0; i < length; i++) {
        const unit = text.charCodeAt(i);
        units[i] = unit;
        bits |= CLASSES[unit] ?? 0;
      }
    }
    raw.length = length;
    raw.decoders = 0;
    raw.literals.forget();
    seal(raw);
    this.count = 1;
    return bits;
  }

  /** Adds the other readings of the text that was loaded; `bits` as `load` answered. */
  decode(bits: number): void {
    const raw = this.#slot(0, 0);
    let last = raw;
    if (mayBeEncoded(raw, bits)) {
      const decoded = this.#copy(raw);
      this.#decode(decoded);
      if (decoded.decoders !== 0) {
        this.count++;
        last = decoded;
      }
    }
    if ((bits & (PERCENT | QUOTE | OPERATOR | CONTROL | SEPARATOR | BACKSLASH | ANGLE)) !== 0) this.#plain(last);
    this.#unpack(last, last !== raw || ((bits & ADDRESS) !== 0 && (bits & SEPARATOR) !== 0));
  }

  #plain(last: Variant): void {
    if (!mayHavePlainForm(last.units, last.length)) return;
    const plain = this.#copy(last);
    const length = plainCode(plain.units, plain.changed, plain.length);
    if (length === plain.length) return;
    plain.length = length;
    seal(plain);
    plain.decoders = last.decoders | COMMENTS;
    this.count++;
  }

  #unpack(from: Variant, mayHoldDataUrl: boolean): void {
    const unpacked = this.#slot(this.count, from.length);
    let packed = this.#unpackOnce(from, unpacked, mayHoldDataUrl);
    if (packed === 0) return;
    for (let layer = 1; layer < LAYERS_MAX; layer++) {
      const inner = this.#unpackOnce(unpacked, this.#innermost, true);
      if (inner === 0) break;
      packed |= inner | PACKED_TWICE;
      const { units, length, changed } = this.#innermost;
      this.#innermost.units = unpacked.units;
      this.#innermost.changed = unpacked.changed;
      unpacked.units = units;
      unpacked.changed = changed;
      unpacked.length = length;
    }
    seal(unpacked);
    unpacked.decoders = 0;
    unpacked.isDerived = false;
    unpacked.literals.forget();
    this.#decode(unpacked);
    unpacked.decoders |= packed | from.decoders;
    this.count++;
  }

  /** Answers which decoder made text of it, or 0. */
  #unpackOnce({ units, length }: Variant, into: Variant, mayHoldDataUrl: boolean): number {
    grow(into, (mayHoldDataUrl ? 2 * length : length) + SPARE_UNITS);
    // Hexadecimal digits are digits of base64 too.
    into.length = decodeHexText(units, length, into.units);
    if (into.length > 0) return HEX;
    if (mayHoldDataUrl) into.length = decodeDataUrls(units, length, into.units);
    // A harmless data URL does not hide what it stands in.
    into.length += decodeBase64(units, length, into.units, into.length);
    return into.length > 0 ? BASE64 : 0;
  }

  #decode(variant: Variant): void {
    const { units, changed } = variant;
    let { decoders } = variant;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const before = decoders;
      const lengthBefore = variant.length;
      const marks = marksOf(units, variant.length);
      if (marks === 0) break;
      if ((marks & PERCENT_MARK) !== 0) {
        percentDecode(units, changed, variant.length, this.#decoding);
        variant.length = this.#decoding.length;
        const { flags } = this.#decoding;
        if ((flags & PERCENT_DECODED) !== 0) decoders |= (decoders & PERCENT_ONCE) !== 0 ? PERCENT_TWICE : PERCENT_ONCE;
        if ((flags & PERCENT_U) !== 0) decoders |= U_ESCAPE;
        if ((flags & OVERLONG) !== 0) decoders |= LENIENT_UTF8;
      }
      // What came out of one decoder may be the mark of the next.
      const isShorter = variant.length !== lengthBefore;
      let { length } = variant;
      if (isShorter || (marks & AMPERSAND_MARK) !== 0) {
        length = decodeEntities(units, changed, length);
        if (length !== variant.length) decoders |= ENTITY;
      }
      if (isShorter || length !== variant.length || (marks & BACKSLASH_MARK) !== 0) {
        const entities = length;
        length = decodeEscapes(units, changed, length);
        if (length !== entities) decoders |= ESCAPE;
      }
      variant.length = length;
      if (decoders === before && length === lengthBefore) break;
    }
    if (hasCompatibilityForms(units, variant.length)) {
      variant.length = foldCompatibility(units, changed, variant.length);
      decoders |= COMPATIBILITY;
    }
    variant.decoders = decoders;
    seal(variant);
  }

  #copy(from: Variant): Variant {
    const to = this.#slot(this.count, from.length);
    to.units.set(from.units.subarray(0, from.length));
    to.length = from.length;
    to.decoders = from.decoders;
    to.isDerived = true;
    to.changed.fill(0, 0, from.length);
    to.literals.forget();
    seal(to);
    return to;
  }

  #slot(index: number, length: number): Variant {
    const variant = this.list[index];
    if (variant === undefined) throw new RangeError('a value has at most four readings');
    if (variant.units.length < length + SPARE_UNITS)
      grow(variant, Math.max(length + SPARE_UNITS, variant.units.length * 2));
    return variant;
  }
}

/** Whoever looks ahead from the last characters sees nothing, and nothing of the value before. */
function seal({ units, length }: Variant): void {
  units.fill(0, length, length + SPARE_UNITS);
}

function grow(variant: Variant, length: number): void {
  if (variant.units.length >= length) return;
  variant.units = new Uint16Array(length);
  variant.changed = new Uint8Array(length);
}

const PERCENT_MARK = 1;
const AMPERSAND_MARK = 2;
const BACKSLASH_MARK = 4;

/** Which of the characters that begin an escape the text has. */
function marksOf(units: Uint16Array, length: number): number {
  let marks = 0;
  for (let i = 0; i < length; i++) {
    const unit = units[i] ?? 0;
    if (unit === 0x25) marks |= PERCENT_MARK;
    else if (unit === 0x26) marks |= AMPERSAND_MARK;
    else if (unit === 0x5c) marks |= BACKSLASH_MARK;
  }
  return marks;
}

/** Whether a decoder could change anything: most texts are not copied for that. */
function mayBeEncoded({ units, length }: Variant, bits: number): boolean {
  if ((bits & (PERCENT | SEPARATOR | BACKSLASH)) !== 0 && marksOf(units, length) !== 0) return true;
  return (bits & HIGH) !== 0 && hasCompatibilityForms(units, length);
}
