/** Thrown inside this folder while a structure is read, and turned into a value where reading began. */
export class DerFault extends Error {}

/** One element: identifier octet and contents. */
export interface DerValue {
  readonly tag: number;
  readonly contents: Uint8Array;
  /** Identifier, length and contents: what signatures and comparisons are made over. */
  readonly whole: Uint8Array;
}

/** Identifier octets of universal types; constructed ones with their bit set. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  enumerated: 0x0a,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Context-specific identifier, as in `[3] EXPLICIT` (constructed) or `[6] IMPLICIT IA5String` (primitive). */
export function contextTag(number: number, constructed: boolean): number {
  return 0x80 | (constructed ? 0x20 : 0) | number;
}

/**
 * Reads DER (X.690 §10) and nothing laxer: definite lengths in their shortest form, one-octet identifiers, no bytes left
 * over. Two readers that disagree on a structure would let one certificate be checked and another be believed.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The identifier of the next element, −1 at the end. */
  get nextTag(): number {
    return this.#bytes[this.#at] ?? -1;
  }

  next(): DerValue {
    const bytes = this.#bytes;
    const start = this.#at;
    const tag = bytes[start];
    const first = bytes[start + 1];
    if (tag === undefined || first === undefined) throw new DerFault('an element is cut off');
    if ((tag & 0x1f) === 0x1f) throw new DerFault('an identifier has several octets');
    let length = first;
    let from = start + 2;
    if (first >= 0x80) {
      const octets = first & 0x7f;
      if (octets === 0 || octets > 4) throw new DerFault('a length is indefinite or too large');
      length = 0;
      for (let i = 0; i < octets; i++) length = length * 256 + (bytes[from + i] ?? 0);
      from += octets;
      if (length < 0x80 || length < 256 ** (octets - 1)) throw new DerFault('a length is not in its shortest form');
    }
    if (from + length > bytes.length) throw new DerFault('an element is cut off');
    this.#at = from + length;
    return { tag, contents: bytes.subarray(from, from + length), whole: bytes.subarray(start, from + length) };
  }

  /** The next element, which has to be of this kind. */
  take(tag: number): DerValue {
    const value = this.next();
    if (value.tag !== tag) throw new DerFault('an element is of another kind than it has to be');
    return value;
  }

  /** The next element if it is of this kind. */
  maybe(tag: number): DerValue | undefined {
    return this.nextTag === tag ? this.next() : undefined;
  }

  /** A reader of the contents of the next element, which has to be of this kind. */
  enter(tag: number): DerReader {
    return new DerReader(this.take(tag).contents);
  }

  /** Refuses what follows the last field. */
  finish(): void {
    if (!this.atEnd) throw new DerFault('bytes follow the last field');
  }
}

/** Reads one element that fills all the bytes. */
export function onlyElement(bytes: Uint8Array, tag: number): DerValue {
  const reader = new DerReader(bytes);
  const value = reader.take(tag);
  reader.finish();
  return value;
}

/** The octets of an identifier in hexadecimal: unique for DER, and cheaper to compare than dotted numbers. */
export function oidOf({ contents }: DerValue): string {
  if (contents.length === 0 || contents.length > 32) throw new DerFault('an object identifier has a wrong length');
  return hex(contents);
}

/** An integer in hexadecimal, shortest form; negative ones keep their sign octet. */
export function integerOf({ contents }: DerValue): string {
  const [first, second] = contents;
  if (first === undefined) throw new DerFault('an integer is empty');
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)))
    throw new DerFault('an integer is not in its shortest form');
  return hex(contents);
}

/** A count from 0 to 2^31 − 1. */
export function countOf(value: DerValue): number {
  integerOf(value);
  const { contents } = value;
  if (contents.length > 4 || (contents[0] ?? 0) >= 0x80) throw new DerFault('a number is out of range');
  let count = 0;
  for (const octet of contents) count = count * 256 + octet;
  return count;
}

export function booleanOf({ contents }: DerValue): boolean {
  if (contents.length !== 1 || (contents[0] !== 0 && contents[0] !== 0xff))
    throw new DerFault('a boolean is neither true nor false');
  return contents[0] === 0xff;
}

/** The octets of a bit string whose length is a whole number of octets, as keys and signatures have it. */
export function octetsOfBits({ contents }: DerValue): Uint8Array {
  if (contents[0] !== 0) throw new DerFault('a bit string does not end with an octet');
  return contents.subarray(1);
}

/** A named bit list: bit 0 of the list is bit 0 of the number. At most 16 bits. */
export function namedBitsOf({ contents }: DerValue): number {
  const unused = contents[0];
  const last = contents.at(-1);
  if (unused === undefined || last === undefined || contents.length > 3) throw new DerFault('a bit list is too long');
  if (unused > 7 || (contents.length === 1 && unused !== 0)) throw new DerFault('a bit list has a wrong length');
  if (contents.length > 1 && (last & ((1 << unused) - 1)) !== 0) throw new DerFault('unused bits are set');
  let bits = 0;
  for (let octet = 1; octet < contents.length; octet++)
    for (let bit = 0; bit < 8; bit++)
      if (((contents[octet] ?? 0) & (0x80 >> bit)) !== 0) bits |= 1 << ((octet - 1) * 8 + bit);
  return bits;
}

/** UTCTime or GeneralizedTime in the only forms RFC 5280 §4.1.2.5 allows, as Unix milliseconds. */
export function timeOf({ tag, contents }: DerValue): number {
  const yearDigits = tag === TAG.utcTime ? 2 : tag === TAG.generalizedTime ? 4 : 0;
  if (yearDigits === 0 || contents.length !== yearDigits + 11 || contents.at(-1) !== 0x5a)
    throw new DerFault('a time has another form than YYMMDDHHMMSSZ');
  const short = digits(contents, 0, yearDigits);
  const year = yearDigits === 4 ? short : short >= 50 ? 1900 + short : 2000 + short;
  const month = digits(contents, yearDigits, 2);
  const day = digits(contents, yearDigits + 2, 2);
  const hour = digits(contents, yearDigits + 4, 2);
  const minute = digits(contents, yearDigits + 6, 2);
  const second = digits(contents, yearDigits + 8, 2);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59)
    throw new DerFault('a time does not exist');
  return date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000;
}

function digits(bytes: Uint8Array, from: number, count: number): number {
  let number = 0;
  for (let i = from; i < from + count; i++) {
    const digit = (bytes[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) throw new DerFault('a time holds something else than digits');
    number = number * 10 + digit;
  }
  return number;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
