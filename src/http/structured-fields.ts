import {
  type BareItem,
  type Dictionary,
  DisplayString,
  type InnerList,
  type Item,
  parseDictionary,
  parseItem,
  parseList,
  serializeDictionary,
  serializeInnerList,
  serializeItem,
  serializeList,
} from 'structured-headers';

export type { BareItem, InnerList, Item };
export type Member = Item | InnerList;

const CHARACTERS_MAX = 16_384;
const MEMBERS_MAX = 64;

/**
 * Reads a dictionary (RFC 9651 §4.2.2), or undefined where it is none, or is too long. Stricter in one point: a key or
 * parameter that is given twice is refused, where the standard takes the last; of two readers one might take the first.
 */
export function readDictionary(text: string): ReadonlyMap<string, Member> | undefined {
  const read = attempt(text, parseDictionary);
  if (read === undefined || read.size > MEMBERS_MAX) return undefined;
  const { members, parameters } = outlineOf(text);
  return read.size === members && countParameters(read.values()) === parameters ? read : undefined;
}

export function isInnerList(member: Member): member is InnerList {
  return Array.isArray(member[0]);
}

/** A member as RFC 9651 §4.1 writes it, in its one form. Never throws for what was read. */
export function memberText(member: Member): string {
  return isInnerList(member) ? serializeInnerList(member) : serializeItem(member);
}

/**
 * One member of a dictionary in its one form (RFC 9421 §2.1.2), or undefined where two different members of that field
 * could have the same text.
 */
export function strictMemberText(fieldText: string, member: Member): string | undefined {
  return !outlineOf(fieldText).hasWholeDecimal && isFaithful(member) ? memberText(member) : undefined;
}

export type FieldKind = 'dictionary' | 'list' | 'item';

/** A whole field in its one form, or undefined where it is not of that kind, or two different ones could have the same text. */
export function strictText(text: string, kind: FieldKind): string | undefined {
  if (outlineOf(text).hasWholeDecimal) return undefined;
  switch (kind) {
    case 'dictionary': {
      const read = readDictionary(text);
      return read !== undefined && areFaithful(read.values()) ? serializeDictionary(read as Dictionary) : undefined;
    }
    case 'list': {
      const read = attempt(text, parseList);
      return read !== undefined && areFaithful(read) ? serializeList(read) : undefined;
    }
    case 'item': {
      const read = attempt(text, parseItem);
      return read !== undefined && isFaithful(read) ? serializeItem(read) : undefined;
    }
  }
}

/** The octets of a byte sequence, or undefined where a value is none. */
export function bytesOf(value: BareItem): Uint8Array | undefined {
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
}

function attempt<T>(text: string, parse: (text: string) => T): T | undefined {
  if (text.length > CHARACTERS_MAX) return undefined;
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function areFaithful(members: Iterable<Member>): boolean {
  for (const member of members) if (!isFaithful(member)) return false;
  return true;
}

function isFaithful(member: Member): boolean {
  if (!areFaithfulParameters(member[1])) return false;
  if (!isInnerList(member)) return isFaithfulValue(member[0]);
  for (const [value, parameters] of member[0])
    if (!isFaithfulValue(value) || !areFaithfulParameters(parameters)) return false;
  return true;
}

function areFaithfulParameters(parameters: ReadonlyMap<string, BareItem>): boolean {
  for (const value of parameters.values()) if (!isFaithfulValue(value)) return false;
  return true;
}

/** The writer makes `NaN` of every date beyond the range of its type, and one digit of a control character that has two. */
function isFaithfulValue(value: BareItem): boolean {
  if (value instanceof Date) return !Number.isNaN(value.getTime());
  if (!(value instanceof DisplayString)) return true;
  const text = value.toString();
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20) return false;
  return true;
}

function countParameters(members: Iterable<Member>): number {
  let count = 0;
  for (const member of members) {
    count += member[1].size;
    if (isInnerList(member)) for (const [, parameters] of member[0]) count += parameters.size;
  }
  return count;
}

interface Outline {
  readonly members: number;
  readonly parameters: number;
  /** A number such as `1.0`, which the reader makes the integer `1` of. */
  readonly hasWholeDecimal: boolean;
}

/** What a field that can be read is made of: its separators outside of strings, as they came. */
function outlineOf(text: string): Outline {
  let members = text.trim() === '' ? 0 : 1;
  let parameters = 0;
  let hasWholeDecimal = false;
  let depth = 0;
  for (let i = 0; i < text.length; i++)
    switch (text[i]) {
      case '"':
        i = stringEnd(text, i);
        break;
      case '(':
        depth++;
        break;
      case ')':
        depth--;
        break;
      case ',':
        if (depth === 0) members++;
        break;
      case ';':
        parameters++;
        break;
      case '.':
        hasWholeDecimal ||= isDigit(text, i - 1) && isZeros(text, i + 1);
        break;
    }
  return { members, parameters, hasWholeDecimal };
}

/** Where the string that begins at `start` ends. Of display strings, `%"…"`, a backslash is an ordinary character. */
function stringEnd(text: string, start: number): number {
  const escapes = text[start - 1] !== '%';
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '"') return i;
    if (escapes && text[i] === '\\') i++;
  }
  return text.length;
}

/** Digits from `start` on that are all zero. */
function isZeros(text: string, start: number): boolean {
  let end = start;
  while (text[end] === '0') end++;
  return end > start && !isDigit(text, end);
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}
