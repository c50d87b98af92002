import {
  type BareItem,
  type Dictionary,
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
 * Reads a dictionary (RFC 9651 §4.2.2), or undefined where it is none. Stricter in one point: a key that is given twice is
 * refused, where the standard takes the last; of two readers one might take the first.
 */
export function readDictionary(text: string): ReadonlyMap<string, Member> | undefined {
  const read = attempt(text, parseDictionary);
  return read !== undefined && read.size <= MEMBERS_MAX && read.size === countMembers(text) ? read : undefined;
}

export function isInnerList(member: Member): member is InnerList {
  return Array.isArray(member[0]);
}

/** A member as RFC 9651 §4.1 writes it, in its one form. */
export function memberText(member: Member): string {
  return isInnerList(member) ? serializeInnerList(member) : serializeItem(member);
}

export type FieldKind = 'dictionary' | 'list' | 'item';

/** A whole field in its one form, or undefined where it is not of that kind. */
export function strictText(text: string, kind: FieldKind): string | undefined {
  switch (kind) {
    case 'dictionary': {
      const read = readDictionary(text);
      return read === undefined ? undefined : serializeDictionary(read as Dictionary);
    }
    case 'list': {
      const read = attempt(text, parseList);
      return read === undefined ? undefined : serializeList(read);
    }
    case 'item': {
      const read = attempt(text, parseItem);
      return read === undefined ? undefined : serializeItem(read);
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

/** Members of a list or dictionary that was read: commas outside of strings and inner lists, and one more. */
function countMembers(text: string): number {
  let members = text.trim() === '' ? 0 : 1;
  let depth = 0;
  let isString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (isString) {
      if (character === '\\') i++;
      else if (character === '"') isString = false;
    } else if (character === '"') isString = true;
    else if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (character === ',' && depth === 0) members++;
  }
  return members;
}
