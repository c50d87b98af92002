import { TOKEN } from './characters.ts';

const METHOD_CHARACTERS_MAX = 32;

/**
 * Whether a text is a method (RFC 9110 §9.1) without lower-case letters. Methods are case-sensitive, but servers exist that
 * raise their letters: to those `delete` is `DELETE`, and to the routes here it would be something else.
 */
export function isMethod(text: string): boolean {
  if (text.length === 0 || text.length > METHOD_CHARACTERS_MAX) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (TOKEN[code] !== 1 || (code >= 0x61 && code <= 0x7a)) return false;
  }
  return true;
}

/** CONNECT would open a tunnel, TRACE and TRACK echo credentials, PRI begins HTTP/2: a gateway forwards none of them. */
export function isForwardedMethod(method: string): boolean {
  switch (method) {
    case 'CONNECT':
    case 'TRACE':
    case 'TRACK':
    case 'PRI':
      return false;
    default:
      return true;
  }
}
