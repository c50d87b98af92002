/** An address as four 32-bit words; IPv4 lies in the last one. IPv4-mapped IPv6 (RFC 4291 §2.5.5.2) is IPv4. */
export interface Address {
  readonly version: 4 | 6;
  readonly words: readonly [number, number, number, number];
}

/** Parses an address in any of its spellings; a zone id is dropped, anything else that is no address gives undefined. */
export function parseAddress(text: string): Address | undefined {
  if (text.length === 0 || text.length > 64) return undefined;
  if (!text.includes(':')) {
    const word = parseIpv4(text);
    return word === undefined ? undefined : { version: 4, words: [0, 0, 0, word] };
  }
  const zone = text.indexOf('%');
  const words = parseIpv6(zone === -1 ? text : text.slice(0, zone));
  if (words === undefined) return undefined;
  const [a, b, c, d] = words;
  if (a === 0 && b === 0 && c === 0xffff) return { version: 4, words: [0, 0, 0, d] };
  return { version: 6, words };
}

/** Whether a host is reachable from this machine only. Names other than `localhost` are taken to be reachable. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const address = parseAddress(host);
  if (address === undefined) return false;
  const [a, b, c, d] = address.words;
  return address.version === 4 ? d >>> 24 === 127 : a === 0 && b === 0 && c === 0 && d === 1;
}

/** Whether listening on a host is listening on every address of this machine. */
export function isEveryInterface(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** The canonical text (RFC 5952 for IPv6). */
export function addressText({ version, words }: Address): string {
  if (version === 4) {
    const word = words[3] >>> 0;
    return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
  }
  const groups = words.flatMap((word) => [(word >>> 16) & 0xffff, word & 0xffff]);
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > bestLength) {
      bestStart = start;
      bestLength = length;
    }
  }
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return bestStart === -1 ? hex(0, 8) : `${hex(0, bestStart)}::${hex(bestStart + bestLength, 8)}`;
}

/** Four plain decimal numbers; leading zeros are refused, because some parsers read them as octal. */
function parseIpv4(text: string): number | undefined {
  let word = 0;
  let value = -1;
  let digits = 0;
  let parts = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? 0x2e : text.charCodeAt(i);
    if (code === 0x2e) {
      if (value < 0 || value > 255 || parts === 4) return undefined;
      word = (word << 8) | value;
      parts++;
      value = -1;
      digits = 0;
      continue;
    }
    const digit = code - 0x30;
    if (digit < 0 || digit > 9 || value === 0 || digits === 3) return undefined;
    value = value < 0 ? digit : value * 10 + digit;
    digits++;
  }
  return parts === 4 ? word | 0 : undefined;
}

function parseIpv6(text: string): [number, number, number, number] | undefined {
  const gap = text.indexOf('::');
  if (gap !== -1 && text.indexOf('::', gap + 1) !== -1) return undefined;
  const head = gap === -1 ? text : text.slice(0, gap);
  const tail = gap === -1 ? '' : text.slice(gap + 2);
  const first = parseGroups(head, gap === -1);
  const last = parseGroups(tail, true);
  if (first === undefined || last === undefined) return undefined;
  const missing = 8 - first.length - last.length;
  if (gap === -1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...first, ...new Array<number>(missing).fill(0), ...last];
  const word = (i: number): number => ((groups[i] ?? 0) << 16) | (groups[i + 1] ?? 0);
  return [word(0), word(2), word(4), word(6)];
}

function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] ?? '';
    if (mayEndInIpv4 && i === parts.length - 1 && part.includes('.')) {
      const word = parseIpv4(part);
      if (word === undefined) return undefined;
      groups.push(word >>> 16, word & 0xffff);
      continue;
    }
    if (part.length === 0 || part.length > 4) return undefined;
    const value = Number.parseInt(part, 16);
    for (let k = 0; k < part.length; k++) if (!isHex(part.charCodeAt(k))) return undefined;
    groups.push(value);
  }
  return groups.length > 8 ? undefined : groups;
}

function isHex(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}
