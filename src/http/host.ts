import { HOST, isAll } from './characters.ts';

const HOST_CHARACTERS_MAX = 255;

/**
 * The canonical host: lower case, without the scheme's default port; undefined where it is not a host with an optional
 * port. A trailing dot, user information and empty parts are refused rather than mended: servers disagree on them.
 */
export function canonicalHost(text: string, scheme: 'http' | 'https'): string | undefined {
  if (text.length === 0 || text.length > HOST_CHARACTERS_MAX + 6) return undefined;
  const bracketed = text.charCodeAt(0) === 0x5b;
  const nameEnd = bracketed ? text.indexOf(']') + 1 : text.indexOf(':') === -1 ? text.length : text.indexOf(':');
  const name = text.slice(0, nameEnd);
  const rest = text.slice(nameEnd);
  if (bracketed ? !isBracketedIpv6(name) : !isRegName(name)) return undefined;
  const lower = name.toLowerCase();
  if (rest === '') return lower;
  const port = portOf(rest);
  if (port === undefined) return undefined;
  return port === (scheme === 'https' ? 443 : 80) ? lower : `${lower}:${port}`;
}

function isRegName(name: string): boolean {
  if (!isAll(name, HOST) || name.length > HOST_CHARACTERS_MAX) return false;
  return name.charCodeAt(0) !== 0x2e && name.charCodeAt(name.length - 1) !== 0x2e && !name.includes('..');
}

function isBracketedIpv6(name: string): boolean {
  if (name.length < 4 || name.length > 47) return false;
  for (let i = 1; i < name.length - 1; i++) {
    const code = name.charCodeAt(i);
    const hex = (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66) || (code >= 0x41 && code <= 0x46);
    if (!hex && code !== 0x3a && code !== 0x2e) return false;
  }
  return name.includes(':');
}

/** `:` and one to five digits, without leading zeros. */
function portOf(text: string): number | undefined {
  if (text.charCodeAt(0) !== 0x3a || text.length < 2 || text.length > 6 || text.charCodeAt(1) === 0x30)
    return undefined;
  let port = 0;
  for (let i = 1; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    port = port * 10 + digit;
  }
  return port <= 65_535 ? port : undefined;
}
