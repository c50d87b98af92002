import { isUtf8 } from 'node:buffer';
import { hexValue } from '../../http/characters.ts';
import type { LeafWalk } from './walk.ts';

/**
 * The part of a text from `from` to `to`, percent-decoded once, with `+` as a space where `plus` says so. Without either
 * character it is a part of the given text, not a copy. A percent sign that begins no encoding stands for itself, as in
 * most servers; bytes that are no UTF-8 leave the text as it came, for whoever knows what lax decoders make of them. Both are said.
 */
export function percentDecoded(walk: LeafWalk, text: string, from: number, to: number, plus: boolean): string {
  let encoded = false;
  let spaced = false;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x25) {
      encoded = true;
      if (spaced || !plus) break;
    } else if (code === 0x2b && plus) {
      spaced = true;
      if (encoded) break;
    }
  }
  const part = text.slice(from, to);
  const raw = spaced ? part.replaceAll('+', ' ') : part;
  if (!encoded) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    return laxDecoded(walk, raw);
  }
}

function laxDecoded(walk: LeafWalk, raw: string): string {
  const given = Buffer.from(raw, 'utf8');
  const bytes = Buffer.allocUnsafe(given.length);
  let length = 0;
  for (let i = 0; i < given.length; i++) {
    const byte = given[i] ?? 0;
    if (byte === 0x25) {
      const high = hexValue(given[i + 1] ?? 0);
      const low = hexValue(given[i + 2] ?? 0);
      if (high >= 0 && low >= 0) {
        bytes[length++] = high * 16 + low;
        i += 2;
        continue;
      }
      walk.odd('percent');
    }
    bytes[length++] = byte;
  }
  const decoded = bytes.subarray(0, length);
  if (isUtf8(decoded)) return decoded.toString('utf8');
  walk.odd('utf8');
  return raw;
}
