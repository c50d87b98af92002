import { isUtf8 } from 'node:buffer';
import { judgeBase64url } from '../../crypto/jose/base64url.ts';
import { isBase64 } from './base64-text.ts';
import { readJson } from './json-leaves.ts';
import type { EmitText, LeafWalk } from './walk.ts';

/** A token beyond this is a value like any other. */
const TOKEN_CHARACTERS_MAX = 16 * 1024;

/**
 * Shows the header and the claims of a signed token (RFC 7515 §3.1) or the header of an encrypted one. The signature and
 * what is encrypted are no text. Whoever does not check a signature reads the claims all the same, so they are shown whatever
 * stands behind them. False where the text is to be shown besides.
 */
export function readToken(walk: LeafWalk, text: string, emitText: EmitText): boolean {
  if (text.length > TOKEN_CHARACTERS_MAX) return false;
  const parts = text.split('.', PARTS_MAX + 1);
  const [encodedHeader = '', encodedClaims = '', ...rest] = parts;
  if (parts.length < 2 || parts.length > PARTS_MAX) return false;
  const header = decodedObject(encodedHeader);
  if (header === undefined) return false;
  const claims = decodedObject(encodedClaims);
  if (claims === undefined && !(parts.length === PARTS_MAX && header.includes('"enc"'))) return false;
  readPart(walk, 'header', header, emitText);
  if (claims !== undefined) readPart(walk, 'claims', claims, emitText);
  else rest.push(encodedClaims);
  return rest.length > 0 && rest.every((part) => judgeBase64url(part, 0, part.length) === undefined);
}

/** Of an encrypted token (RFC 7516 §3.1). */
const PARTS_MAX = 5;

function readPart(walk: LeafWalk, segment: string, json: string, emitText: EmitText): void {
  if (!walk.enterDecoder('jwt')) return;
  walk.enter(segment);
  if (readJson(walk, json, 'token', emitText, false) === 'duplicateKey') walk.odd('token_duplicate_key');
  walk.leave();
  walk.leaveDecoder();
}

/** The object in a part, as lenient decoders read it, or undefined. */
function decodedObject(part: string): string | undefined {
  if (part.length < 3 || !isBase64(part)) return undefined;
  const bytes = Buffer.from(part, 'base64url');
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8').trim();
  return text.startsWith('{') && isJson(text) ? text : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
