import type { LeafLocation } from '../leaf.ts';
import { archiveInBase64, readArchive } from './archive-leaves.ts';
import { isBase64 } from './base64-text.ts';
import { readGraphqlText } from './graphql-leaves.ts';
import { looksLikeJson, readJson } from './json-leaves.ts';
import { percentDecoded } from './percent-text.ts';
import { readToken } from './token-leaves.ts';
import type { LeafWalk } from './walk.ts';

/** Texts shorter than this hold nothing that is worth another reader. */
const NESTED_CHARACTERS_MIN = 8;

/**
 * Shows a value, or what is in it: JSON within a string, JSON in base64, a token. What only looks like one of these is
 * shown as it stands, besides what was found in it before the fault. `decoder` is what the text came out of where JSON is
 * found in it.
 */
export function emitText(walk: LeafWalk, location: LeafLocation, text: string, decoder: string): void {
  if (text.length >= NESTED_CHARACTERS_MIN && !walk.stopped && readNested(walk, text, decoder, location)) return;
  walk.emit(location, false, text);
}

function readNested(walk: LeafWalk, text: string, decoder: string, location: LeafLocation): boolean {
  const first = text.charCodeAt(0);
  // `{` and `[`, or white space before one; `e` and `W` are how base64 writes the two.
  if ((first === 0x7b || first === 0x5b || first <= 0x20) && looksLikeJson(text))
    return readInside(walk, text, decoder);
  if (beginsToken(first) && text.length >= TOKEN_CHARACTERS_MIN && readToken(walk, text, emitText)) return true;
  if ((first === 0x65 || first === 0x57) && isBase64OfJson(text)) {
    const inner = Buffer.from(text, 'base64').toString('utf8');
    return looksLikeJson(inner) && readInside(walk, inner, 'base64');
  }
  if (mayBeginArchive(first) && !walk.unpacking.isOpen) readPackedArchive(walk, location, text);
  if (first === 0x25 && beginsEncodedJson(text)) {
    const inner = percentDecoded(walk, text, 0, text.length, false);
    return looksLikeJson(inner) && readInside(walk, inner, 'percent');
  }
  // Documents of GraphQL are only looked for where one is expected: in what is named `query`.
  return location !== 'header' && isGraphqlPlace(walk) && readGraphqlText(walk, text);
}

/** How base64 writes the beginnings of archives, a blank before one, and `data:`. */
function mayBeginArchive(code: number): boolean {
  return code === 0x55 || code === 0x48 || code === 0x64 || code <= 0x20;
}

/** What an archive holds is shown besides the text it came in. */
function readPackedArchive(walk: LeafWalk, location: LeafLocation, text: string): void {
  const octets = archiveInBase64(text);
  if (octets === undefined || !walk.enterDecoder('base64')) return;
  readArchive(walk, location, octets, emitText);
  walk.leaveDecoder();
}

/** `{` or `[`, percent-encoded. */
function beginsEncodedJson(text: string): boolean {
  const second = text.charCodeAt(1);
  return (second === 0x37 || second === 0x35) && (text.charCodeAt(2) | 0x20) === 0x62;
}

const TOKEN_CHARACTERS_MIN = 16;

/** `{` in base64 begins with `e`, white space before it with one of the others. */
function beginsToken(code: number): boolean {
  return code === 0x65 || code === 0x49 || code === 0x43 || code === 0x44;
}

function isGraphqlPlace(walk: LeafWalk): boolean {
  return walk.lastSegment === 'query';
}

function readInside(walk: LeafWalk, text: string, decoder: string): boolean {
  if (!walk.enterDecoder(decoder)) return false;
  const reading = readJson(walk, text, 'json', emitText, false);
  walk.leaveDecoder();
  return reading === 'ok';
}

/** Only characters of base64 or base64url, padding at the end, and a second character that fits `{` or `[`. */
function isBase64OfJson(text: string): boolean {
  const second = text.charCodeAt(1);
  const fits =
    (second >= 0x77 && second <= 0x7a) ||
    (second >= 0x30 && second <= 0x39) ||
    second === 0x2b ||
    second === 0x2f ||
    second === 0x2d ||
    second === 0x5f;
  return fits && isBase64(text);
}
