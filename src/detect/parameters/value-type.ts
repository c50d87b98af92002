import { CLASS_OF, DASH, DIGIT, HIGH, JOINT, LOWER, UPPER } from '../character-classes.ts';

/**
 * What the values of a parameter may be, narrowest first: of several that fit, the first is what the parameter is of.
 * From `url` on they say what a parameter carries, and hold no value to anything.
 */
export const VALUE_TYPES = [
  'boolean',
  'integer',
  'decimal',
  'uuid',
  'date',
  'hex',
  'email',
  'identifier',
  'jwt',
  'base64',
  'url',
  'json',
  'sql',
  'html',
  'code',
  'text',
] as const;

export type ValueType = (typeof VALUE_TYPES)[number];

/** Types a value can be held to: none of them has room for an attack of the usual kinds. */
export const NARROW_TYPES: readonly ValueType[] = VALUE_TYPES.slice(0, VALUE_TYPES.indexOf('url'));

/** Longer texts are of no narrow type. */
const NARROW_UNITS_MAX = 8192;
const IDENTIFIER_UNITS_MAX = 128;
const HEX_UNITS_MIN = 8;
const BASE64_UNITS_MIN = 16;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** A day or a moment (RFC 3339); every part is of fixed or bounded length. */
const DATE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;
const DECIMAL = /^-?\d{1,32}(?:\.\d{1,32})?$/;
const INTEGER = /^-?\d{1,32}$/;
const HEX = /^(?:0x)?[0-9a-f]+$/i;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const EMAIL_LOCAL = /^[A-Za-z0-9._+-]{1,64}$/;
const HOST = /^[A-Za-z0-9.-]{1,253}$/;
const BOOLEANS: ReadonlySet<string> = new Set(['true', 'false', '0', '1', 'yes', 'no', 'on', 'off']);
const WORD = LOWER | UPPER | DIGIT | DASH | JOINT;

/** Whether a text is of a type. What a parameter carries (`sql`, `html`, `code`) is seen by evidence, not by the text: false. */
export function isOfType(type: ValueType, text: string): boolean {
  if (text.length > NARROW_UNITS_MAX) return type === 'text';
  switch (type) {
    case 'boolean':
      return text.length <= 5 && BOOLEANS.has(text.toLowerCase());
    case 'integer':
      return INTEGER.test(text);
    case 'decimal':
      return DECIMAL.test(text);
    case 'uuid':
      return text.length === 36 && UUID.test(text);
    case 'date':
      return DATE.test(text);
    case 'hex':
      return text.length >= HEX_UNITS_MIN && HEX.test(text);
    case 'email':
      return isEmail(text);
    case 'identifier':
      return text.length <= IDENTIFIER_UNITS_MAX && isWord(text);
    case 'jwt':
      return isToken(text);
    case 'base64':
      return text.length >= BASE64_UNITS_MIN && BASE64.test(text);
    case 'url':
      return /^https?:\/\//i.test(text);
    case 'json':
      return (text.startsWith('{') && text.endsWith('}')) || (text.startsWith('[') && text.endsWith(']'));
    case 'text':
      return true;
    case 'sql':
    case 'html':
    case 'code':
      return false;
  }
}

/** Every type a text is of, one bit each, in the order of VALUE_TYPES. */
export function typesOf(text: string): number {
  let types = 0;
  for (let i = 0; i < VALUE_TYPES.length; i++) {
    const type = VALUE_TYPES[i];
    if (type !== undefined && isOfType(type, text)) types |= 1 << i;
  }
  return types;
}

export function typeBit(type: ValueType): number {
  return 1 << VALUE_TYPES.indexOf(type);
}

function isWord(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (((code < 256 ? (CLASS_OF[code] ?? HIGH) : HIGH) & WORD) === 0) return false;
  }
  // Names such as `__proto__` and `..` are made of these characters and are no identifiers of things.
  return text.length > 0 && !text.includes('__') && !text.includes('..');
}

function isEmail(text: string): boolean {
  const at = text.indexOf('@');
  return at > 0 && EMAIL_LOCAL.test(text.slice(0, at)) && HOST.test(text.slice(at + 1)) && text.includes('.', at);
}

function isToken(text: string): boolean {
  if (!text.startsWith('eyJ')) return false;
  const parts = text.split('.', 6);
  return (parts.length === 3 || parts.length === 5) && parts.every((part) => part === '' || BASE64.test(part));
}
