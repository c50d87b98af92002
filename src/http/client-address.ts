import { type ClientAddress, type HeaderFields, headerValue } from '../core/call.ts';
import { type Address, addressText, parseAddress } from './ip-address.ts';

/** A block of addresses (RFC 4632, RFC 4291 §2.3). */
export interface Cidr {
  readonly base: Address;
  readonly prefixBits: number;
}

/**
 * Parses `10.0.0.0/8`, `2001:db8::/32` or one address; undefined where it is none. IPv4 written as IPv6
 * (`::ffff:10.0.0.0/8`) is refused: which bits the length counts would be anybody's guess.
 */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const base = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (base === undefined || (base.version === 4 && text.includes(':'))) return undefined;
  const bits = base.version === 4 ? 32 : 128;
  if (slash === -1) return { base, prefixBits: bits };
  const digits = text.slice(slash + 1);
  if (digits.length === 0 || digits.length > 3) return undefined;
  let prefixBits = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    prefixBits = prefixBits * 10 + digit;
  }
  return prefixBits > bits || (digits.length > 1 && digits[0] === '0') ? undefined : { base, prefixBits };
}

/** Whether an address, as canonical or any other text, lies in a block; what is no address lies in none. */
export function matchesCidr(cidr: Cidr, address: string): boolean {
  const parsed = parseAddress(address);
  return parsed !== undefined && contains(cidr, parsed);
}

/** Blocks compiled once. */
export class CidrSet {
  readonly size: number;
  readonly #cidrs: readonly Cidr[];

  constructor(cidrs: readonly Cidr[]) {
    this.#cidrs = cidrs;
    this.size = cidrs.length;
  }

  has(address: Address): boolean {
    for (const cidr of this.#cidrs) if (contains(cidr, address)) return true;
    return false;
  }
}

const CACHE_ENTRIES_MAX = 4_096;
const HOPS_MAX = 16;
const HOP_CHARACTERS_MAX = 64;
const FORWARDED_PAIRS_MAX = 8;

interface Known {
  readonly parsed: Address | undefined;
  readonly client: ClientAddress;
  readonly trusted: boolean;
}

/**
 * Finds out who called. Without trusted proxies that is the peer. With them, `X-Forwarded-For` is read from its end, one
 * hop per trusted peer: the first address that is not a trusted proxy is the client. What stands further left are the
 * client's own claims and is not looked at; a malformed entry ends the walk at the last proxy that was trusted.
 *
 * `Forwarded` (RFC 7239 §5.2) is read only where `X-Forwarded-For` is absent. Where both are there, it counts for
 * nothing: nearly every proxy writes the latter and passes the former on as the client sent it.
 */
export class ClientAddressReader {
  readonly #trusted: CidrSet;
  /** Peers and the hops behind them repeat; full, it starts anew. */
  readonly #known = new Map<string, Known>();

  constructor(trusted: CidrSet) {
    this.#trusted = trusted;
  }

  /** Whether forwarded headers of this peer are believed. */
  trusts(remote: string): boolean {
    return this.#trusted.size > 0 && this.#read(remote).trusted;
  }

  /** `headers` are the fields that came, with lower-case names. */
  read(remote: string, headers: HeaderFields): ClientAddress {
    const peer = this.#read(remote);
    if (!peer.trusted) return peer.client;
    const field = headerValue(headers, 'x-forwarded-for') === undefined ? 'forwarded' : 'x-forwarded-for';
    let client = peer.client;
    let hops = 0;
    // Lists that occur more often are one, in order (RFC 9110 §5.3): the last entry of the last is the nearest.
    for (let i = headers.length - 2; i >= 0; i -= 2) {
      if (headers[i] !== field) continue;
      const list = headers[i + 1] ?? '';
      for (let end = list.length; end >= 0; ) {
        // Commas inside quotes are not spared: the entry nearest to us has none, and what is left of it may have been
        // opened by the client to swallow it.
        const comma = end === 0 ? -1 : list.lastIndexOf(',', end - 1);
        const entry = list.slice(comma + 1, end);
        end = comma;
        const hop = this.#read(hopAddress(field === 'forwarded' ? forwardedFor(entry) : entry));
        if (hop.parsed === undefined || ++hops > HOPS_MAX) return client;
        client = hop.client;
        if (!hop.trusted) return client;
      }
    }
    return client;
  }

  #read(text: string): Known {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const parsed = parseAddress(text);
    const client = parsed === undefined ? { text, group: text } : clientAddressOf(parsed);
    const entry = { parsed, client, trusted: parsed !== undefined && this.#trusted.has(parsed) };
    if (this.#known.size >= CACHE_ENTRIES_MAX) this.#known.clear();
    this.#known.set(text, entry);
    return entry;
  }
}

/** The canonical text of an address and what is counted of it: itself for IPv4, the /64 for IPv6. */
export function clientAddressOf(address: Address): ClientAddress {
  const text = addressText(address);
  if (address.version === 4) return { text, group: text };
  const [a, b] = address.words;
  return { text, group: `${addressText({ version: 6, words: [a, b, 0, 0] })}/64` };
}

/** What is counted of an address given as text; the text itself where it is no address. */
export function addressGroup(text: string): string {
  const parsed = parseAddress(text);
  return parsed === undefined ? text : clientAddressOf(parsed).group;
}

/** `for=` of one element of `Forwarded`; empty, and with that malformed, where there is none. */
function forwardedFor(element: string): string {
  for (const pair of element.split(';', FORWARDED_PAIRS_MAX)) {
    const equals = pair.indexOf('=');
    if (equals === -1 || pair.slice(0, equals).trim().toLowerCase() !== 'for') continue;
    const value = pair.slice(equals + 1).trim();
    return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  }
  return '';
}

/** Without brackets and port: `[2001:db8::1]:443`, `192.0.2.1:8080`. Empty where what follows the address is no port. */
function hopAddress(text: string): string {
  const trimmed = text.trim();
  if (trimmed.length > HOP_CHARACTERS_MAX) return '';
  if (trimmed.startsWith('[')) {
    const end = trimmed.indexOf(']');
    return end !== -1 && isPort(trimmed, end + 1) ? trimmed.slice(1, end) : '';
  }
  const colon = trimmed.indexOf(':');
  if (colon === -1 || colon !== trimmed.lastIndexOf(':')) return trimmed;
  return isPort(trimmed, colon) ? trimmed.slice(0, colon) : '';
}

/** Nothing, or a colon and digits (RFC 7239 §6: or an obfuscated port, which proxies of ours have no use for). */
function isPort(text: string, from: number): boolean {
  if (from === text.length) return true;
  if (text.charCodeAt(from) !== 0x3a || text.length - from < 2 || text.length - from > 6) return false;
  for (let i = from + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

function contains(cidr: Cidr, address: Address): boolean {
  if (cidr.base.version !== address.version) return false;
  // IPv4 lies in the last word.
  const offset = address.version === 4 ? 3 : 0;
  let bits = cidr.prefixBits;
  for (let i = offset; i < 4 && bits > 0; i++, bits -= 32) {
    const mask = bits >= 32 ? -1 : -1 << (32 - bits);
    if ((((cidr.base.words[i] ?? 0) ^ (address.words[i] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}
