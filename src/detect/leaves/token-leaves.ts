import { isUtf8 } from 'node:buffer';
import { judgeBase64url } from '../../crypto/jose/base64url.ts';
import { readJson } from './json-leaves.ts';
import type { EmitText, LeafWalk } from './walk.ts';

/** A token beyond this is a value like any other. */
const TOKEN_CHARACTERS_MAX = 16 * 1024;

/**
 * Shows the header and the claims of a signed token (RFC 7515 §3.1) or the header of an encrypted one. The signature and
 * what is encrypted are no text. False where it is no token: nothing has been shown then.
 */
export function readToken(walk: LeafWalk, text: string, emitText: EmitText): boolean {
  if (text.length > TOKEN_CHARACTERS_MAX) return false;
  const first = text.indexOf('.');
  if (first <= 0) return false;
  const second = text.indexOf('.', first + 1);
  if (second < 0) return false;
  const third = text.indexOf('.', second + 1);
  const header = decodedObject(text, 0, first);
  if (header === undefined || !header.includes('"alg"')) return false;
  if (third < 0) {
    if (judgeBase64url(text, second + 1, text.length) !== undefined) return false;
    const claims = decodedObject(text, first + 1, second);
    if (claims === undefined || !isJson(header) || !isJson(claims)) return false;
    readPart(walk, 'header', header, emitText);
    readPart(walk, 'claims', claims, emitText);
    return true;
  }
  const fourth = text.indexOf('.', third + 1);
  if (fourth < 0 || text.indexOf('.', fourth + 1) >= 0 || !header.includes('"enc"') || !isJson(header)) return false;
  for (const [from, to] of [
    [first + 1, second],
    [second + 1, third],
    [third + 1, fourth],
    [fourth + 1, text.length],
  ] as const)
    if (judgeBase64url(text, from, to) !== undefined) return false;
  readPart(walk, 'header', header, emitText);
  return true;
}

function readPart(walk: LeafWalk, segment: string, json: string, emitText: EmitText): void {
  if (!walk.enterDecoder('jwt')) return;
  walk.enter(segment);
  if (readJson(walk, json, 'token', emitText, false) === 'duplicateKey') walk.odd('token_duplicate_key');
  walk.leave();
  walk.leaveDecoder();
}

/** The text of a part that begins like an object, or undefined. */
function decodedObject(text: string, from: number, to: number): string | undefined {
  if (judgeBase64url(text, from, to) !== undefined) return undefined;
  const bytes = Buffer.from(text.slice(from, to), 'base64url');
  return bytes[0] === 0x7b && isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
