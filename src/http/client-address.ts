import type { ClientAddress, HeaderFields } from '../core/call.ts';
import { type Address, addressText, parseAddress } from './ip-address.ts';

/** A block of addresses (RFC 4632, RFC 4291 §2.3). */
export interface Cidr {
  readonly base: Address;
  readonly prefixBits: number;
}

/** Parses `10.0.0.0/8`, `2001:db8::/32` or one address; undefined where it is none. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const base = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (base === undefined) return undefined;
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

interface Known {
  readonly parsed: Address | undefined;
  readonly client: ClientAddress;
}

/**
 * Finds out who called. Without trusted proxies that is the peer. With them, `X-Forwarded-For` (or, where it is absent,
 * `Forwarded`, RFC 7239 §5.2) is read from its end, one hop per trusted peer: the first address that is not a trusted
 * proxy is the client. Entries further left are the client's own claims and are not looked at. A malformed entry ends
 * the walk at the last proxy that was trusted.
 */
export class ClientAddressReader {
  readonly #trusted: CidrSet;
  /** Peers repeat; full, it starts anew. */
  readonly #peers = new Map<string, Known>();

  constructor(trusted: CidrSet) {
    this.#trusted = trusted;
  }

  /** Whether forwarded headers of this peer are believed. */
  trusts(remote: string): boolean {
    if (this.#trusted.size === 0) return false;
    const { parsed } = this.#known(remote);
    return parsed !== undefined && this.#trusted.has(parsed);
  }

  read(remote: string, headers: HeaderFields): ClientAddress {
    const peer = this.#known(remote);
    if (this.#trusted.size === 0 || peer.parsed === undefined || !this.#trusted.has(peer.parsed)) return peer.client;
    let client = peer.client;
    const chain = forwardedChain(headers);
    for (let i = chain.length - 1, hops = 0; i >= 0 && hops < HOPS_MAX; i--, hops++) {
      const hop = parseAddress(chain[i] ?? '');
      if (hop === undefined) break;
      client = clientAddressOf(hop);
      if (!this.#trusted.has(hop)) break;
    }
    return client;
  }

  #known(remote: string): Known {
    const known = this.#peers.get(remote);
    if (known !== undefined) return known;
    const parsed = parseAddress(remote);
    const client = parsed === undefined ? { text: remote, group: remote } : clientAddressOf(parsed);
    if (this.#peers.size >= CACHE_ENTRIES_MAX) this.#peers.clear();
    const entry = { parsed, client };
    this.#peers.set(remote, entry);
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

function forwardedChain(headers: HeaderFields): string[] {
  const chain: string[] = [];
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i] === 'x-forwarded-for')
      for (const part of (headers[i + 1] ?? '').split(',')) chain.push(hopText(part));
  if (chain.length > 0) return chain;
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i] === 'forwarded')
      for (const element of (headers[i + 1] ?? '').split(',')) chain.push(hopText(forwardedFor(element)));
  return chain;
}

/** `for=` of one element; empty, and with that malformed, where there is none. */
function forwardedFor(element: string): string {
  for (const pair of element.split(';')) {
    const equals = pair.indexOf('=');
    if (equals === -1 || pair.slice(0, equals).trim().toLowerCase() !== 'for') continue;
    const value = pair.slice(equals + 1).trim();
    return value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  }
  return '';
}

/** Without brackets and port: `[2001:db8::1]:443`, `192.0.2.1:8080`. */
function hopText(text: string): string {
  const trimmed = text.trim();
  if (trimmed.startsWith('[')) {
    const end = trimmed.indexOf(']');
    return end === -1 ? '' : trimmed.slice(1, end);
  }
  const colon = trimmed.indexOf(':');
  return colon !== -1 && colon === trimmed.lastIndexOf(':') ? trimmed.slice(0, colon) : trimmed;
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
