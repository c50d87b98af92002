import type { RecogniserCell } from './compiling.ts';
import { CLOSE_BRACE, COLON, COMMA, type JsonOctets, QUOTE } from './json-octets.ts';
import type { OctetTable } from './octet-table.ts';

/** What an object has to look like. */
export interface ObjectShape {
  readonly names: OctetTable;
  /** By the index of its name. */
  readonly properties: readonly RecogniserCell[];
  /** Indexes of what has to be there. */
  readonly required: readonly number[];
  /** What members of other names have to be; undefined: there must be none. */
  readonly others: RecogniserCell | undefined;
  readonly membersMin: number;
  readonly membersMax: number;
}

/** Members are remembered as bits of one number, where it has enough of them. */
const BITS = 31;

/** Recognises an object whose next octet is its brace. */
export function objectRecogniser(shape: ObjectShape): (octets: JsonOctets) => boolean {
  const { names, properties, required, others, membersMin, membersMax } = shape;
  const requiredBits = required.reduce((bits, index) => (index < BITS ? bits | (1 << index) : bits), 0);
  const requiredBeyond = required.filter((index) => index >= BITS);
  const countOfBeyond = Math.max(0, names.size - BITS);
  return (octets) => {
    if (!octets.enter()) return false;
    let bits = 0;
    let beyond: Uint8Array | undefined;
    let unknown: Set<string> | undefined;
    let count = 0;
    let expected = 0;
    let octet = octets.next();
    if (octet !== CLOSE_BRACE)
      for (;;) {
        if (octet !== QUOTE) return false;
        // Members mostly come in the order in which they are documented: then a name is compared and not looked up.
        let index = expected;
        const size = names.sizeAt(expected, octets.bytes, octets.at + 1);
        if (size > 0) octets.at += size + 1;
        else {
          if (!octets.string() || octets.hasEscapes) return false;
          index = names.find(octets.bytes, octets.from, octets.to);
        }
        let cell: RecogniserCell | undefined;
        if (index === -1) {
          if (others === undefined) return false;
          const name = octets.text();
          if (unknown === undefined) unknown = new Set();
          else if (unknown.has(name)) return false;
          unknown.add(name);
          cell = others;
        } else {
          if (index < BITS) {
            const bit = 1 << index;
            if ((bits & bit) !== 0) return false;
            bits |= bit;
          } else {
            beyond ??= new Uint8Array(countOfBeyond);
            if (beyond[index - BITS] !== 0) return false;
            beyond[index - BITS] = 1;
          }
          cell = properties[index];
          expected = index + 1;
        }
        if (octets.next() !== COLON) return false;
        octets.at++;
        octets.next();
        if (cell === undefined || !cell.recognise(octets)) return false;
        count++;
        octet = octets.next();
        if (octet === CLOSE_BRACE) break;
        if (octet !== COMMA) return false;
        octets.at++;
        octet = octets.next();
      }
    octets.leave();
    if ((bits & requiredBits) !== requiredBits || count < membersMin || count > membersMax) return false;
    for (const index of requiredBeyond) if (beyond?.[index - BITS] !== 1) return false;
    return true;
  };
}
