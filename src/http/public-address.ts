import { parseAddress } from './ip-address.ts';

/** First word, mask: IPv4 blocks that are not public (RFC 6890, IANA special-purpose registry), and multicast. */
const IPV4_BLOCKS: readonly (readonly [number, number])[] = [
  block(0, 0, 0, 8), // this network
  block(10, 0, 0, 8),
  block(100, 64, 0, 10), // carrier-grade NAT
  block(127, 0, 0, 8),
  block(168, 63, 129, 16, 32), // Azure's host
  block(169, 254, 0, 16), // link-local, with the metadata services of clouds
  block(172, 16, 0, 12),
  block(192, 0, 0, 24),
  block(192, 0, 2, 24),
  block(192, 88, 99, 24),
  block(192, 168, 0, 16),
  block(198, 18, 0, 15),
  block(198, 51, 100, 24),
  block(203, 0, 113, 24),
  block(224, 0, 0, 3), // multicast, reserved, broadcast
];

/**
 * Whether an address is one of the public internet. Of IPv6 only global unicast (2000::/3) is, without documentation,
 * benchmarking and Teredo; an IPv4 address within one (mapped, NAT64, 6to4) is judged as that. False for what is no address.
 */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text);
  if (address === undefined) return false;
  const [a, b, c, d] = address.words;
  if (address.version === 4) return isPublicIpv4(d);
  if (a === 0x0064_ff9b && b === 0 && c === 0) return isPublicIpv4(d);
  if (a >>> 16 === 0x2002) return isPublicIpv4(((a & 0xffff) << 16) | (b >>> 16));
  if (a >>> 29 !== 1) return false;
  if (a === 0x2001_0db8 || a >>> 12 === 0x3fff_0) return false;
  // 2001::/23 holds protocol assignments, Teredo and benchmarking among them.
  return a >>> 9 !== 0x2001_0000 >>> 9;
}

function isPublicIpv4(word: number): boolean {
  for (const [first, mask] of IPV4_BLOCKS) if ((word & mask) === first) return false;
  return true;
}

function block(
  a: number,
  b: number,
  c: number,
  ...rest: readonly [number] | readonly [number, number]
): readonly [number, number] {
  const [d, bits] = rest.length === 2 ? rest : [0, rest[0]];
  const mask = bits === 0 ? 0 : -1 << (32 - bits);
  return [((a << 24) | (b << 16) | (c << 8) | d) & mask, mask];
}
