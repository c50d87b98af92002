import { below, DocumentProblem, type JsonRecord, memberOf, recordOf } from './json-node.ts';

/** Kinds of JSON values as bits, so that a schema's `type` is one comparison. */
export const NULL = 1;
export const BOOLEAN = 2;
export const INTEGER = 4;
export const FRACTION = 8;
export const STRING = 16;
export const ARRAY = 32;
export const OBJECT = 64;
/** Whole numbers that a double does not hold exactly, and what is too large for one: another reader may see another number. */
export const INEXACT = 128;
export const ANY = 255;

export function kindOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return STRING;
    case 'number':
      if (Number.isSafeInteger(value)) return INTEGER;
      return Number.isInteger(value) || !Number.isFinite(value) ? INEXACT : FRACTION;
    case 'boolean':
      return BOOLEAN;
    case 'object':
      return value === null ? NULL : Array.isArray(value) ? ARRAY : OBJECT;
    default:
      return 0;
  }
}

function kindOfType(type: string): number | undefined {
  switch (type) {
    case 'null':
      return NULL;
    case 'boolean':
      return BOOLEAN;
    case 'integer':
      return INTEGER;
    case 'number':
      return INTEGER | FRACTION;
    case 'string':
      return STRING;
    case 'array':
      return ARRAY;
    case 'object':
      return OBJECT;
    default:
      return undefined;
  }
}

/** What `type` allows, as bits; `ANY` where it says nothing. */
export function kindsOf(node: JsonRecord, pointer: string): number {
  const type = memberOf(node, 'type');
  if (type === undefined) return ANY;
  let kinds = 0;
  for (const one of Array.isArray(type) ? type : [type]) {
    // `file` is what OpenAPI 2.0 calls a body of any octets.
    const kind = one === 'file' ? ANY : typeof one === 'string' ? kindOfType(one) : undefined;
    if (kind === undefined) throw new DocumentProblem(below(pointer, 'type'), 'this is no type of JSON');
    kinds |= kind;
  }
  const format = memberOf(node, 'format');
  // A binary fraction is what is asked for; then every reader sees the same one.
  if ((format === 'double' || format === 'float') && (kinds & INTEGER) !== 0 && type !== 'integer') kinds |= INEXACT;
  return kinds;
}

const NAMES: readonly (readonly [number, string])[] = [
  [OBJECT, 'an object'],
  [ARRAY, 'an array'],
  [STRING, 'text'],
  [INTEGER | FRACTION, 'a number'],
  [INTEGER, 'a whole number'],
  [BOOLEAN, 'true or false'],
  [NULL, 'null'],
];

export function kindText(kinds: number): string {
  const names: string[] = [];
  let left = kinds & ~INEXACT;
  for (const [bits, name] of NAMES) {
    if ((left & bits) !== bits) continue;
    names.push(name);
    left &= ~bits;
  }
  return names.length === 0 ? 'nothing' : names.join(' or ');
}

/** Of what kind and length a value is. */
export function got(value: unknown): string {
  switch (kindOf(value)) {
    case NULL:
      return 'null';
    case BOOLEAN:
      return 'true or false';
    case INTEGER:
      return 'a whole number';
    case FRACTION:
      return 'a number';
    case INEXACT:
      return 'a number beyond ±(2^53 − 1)';
    case STRING:
      return typeof value === 'string' ? `text of ${counted(value.length, 'character')}` : 'text';
    case ARRAY:
      return Array.isArray(value) ? `an array of ${value.length}` : 'an array';
    case OBJECT:
      return `an object of ${counted(Object.keys(recordOf(value) ?? {}).length, 'member')}`;
    default:
      return 'nothing';
  }
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
