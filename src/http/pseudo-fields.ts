import type { RawHead } from './raw-head.ts';

const METHOD = 1;
const PATH = 2;
const SCHEME = 4;
const AUTHORITY = 8;
const REQUIRED = METHOD | PATH | SCHEME;

/** The bit of a pseudo field, or 0 where HTTP/2 requests have none of this name (`:protocol` and `:status` included). */
export function pseudoBit(name: string): number {
  switch (name) {
    case ':method':
      return METHOD;
    case ':path':
      return PATH;
    case ':scheme':
      return SCHEME;
    case ':authority':
      return AUTHORITY;
    default:
      return 0;
  }
}

/** Whether a request has every pseudo field it must have (RFC 9113 §8.3.1). */
export function hasRequiredPseudoFields(seen: number): boolean {
  return (seen & REQUIRED) === REQUIRED;
}

/** Whether a pseudo field says what the head says: two answers to one question are one too many. */
export function agreesWithHead(bit: number, value: string, head: RawHead): boolean {
  switch (bit) {
    case METHOD:
      return value === head.method;
    case PATH:
      return value === head.target;
    case SCHEME:
      return value === (head.encrypted ? 'https' : 'http');
    default:
      return true;
  }
}
