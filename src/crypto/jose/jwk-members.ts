import { decodeBase64url } from './base64url.ts';
import type { JsonObject } from './types.ts';

/**
 * Octets of a base64url member, or undefined where it is absent, no text, longer than `charactersMax`, or not the one
 * spelling of these octets: padded, with foreign characters, or with stray low bits (RFC 4648 §3.5).
 */
export function base64urlMember(object: JsonObject, name: string, charactersMax: number): Uint8Array | undefined {
  const text = object[name];
  if (typeof text !== 'string' || text.length === 0 || text.length > charactersMax) return undefined;
  return decodeBase64url(text);
}

/** True where every code unit is visible ASCII and there are 1 to 128 of them: what a key id may be here. */
export function isKeyId(text: string): boolean {
  if (text.length === 0 || text.length > 128) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x21 || code > 0x7e) return false;
  }
  return true;
}
