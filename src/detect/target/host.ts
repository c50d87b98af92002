import { type Evidence, structureFeature } from '../evidence.ts';
import { hexValue } from '../normalise/hex.ts';
import { HASH_START, hashUnit, WordTable } from '../word-table.ts';

const PRIVATE_ADDRESS = structureFeature('url.private-address');
const METADATA = structureFeature('url.cloud-metadata');
const LOOPBACK = structureFeature('url.loopback');
const ODD_ADDRESS = structureFeature('url.address-in-odd-notation');
const INTERNAL_NAME = structureFeature('url.internal-name');
const IP_HOST = structureFeature('url.public-address-as-host');
const IPV6 = structureFeature('url.ipv6-inside');
const REBINDING = structureFeature('url.name-that-resolves-to-any-address');

/** What a host is: anybody's, one inside, or one that is only named to reach what must not be reached. */
export type HostKind = 'foreign' | 'inside' | 'forbidden';

const LOCAL = 1;
const INNER = 2;
const CLOUD = 3;
const NAMES = new WordTable([
  ['localhost localhost.localdomain ip6-localhost ip6-loopback ipv6-localhost ipv6-loopback loopback', LOCAL],
  [
    'metadata metadata.google.internal instance-data kubernetes.default kubernetes.default.svc metadata.azure.internal metadata.packet.net metadata.tencentyun.com rancher-metadata',
    CLOUD,
  ],
  [
    'host.docker.internal host.containers.internal kubernetes.docker.internal gateway.docker.internal intranet corp internal consul vault etcd redis mongo mysql postgres postgresql elasticsearch rabbitmq jenkins admin backend db memcached kubernetes grafana prometheus',
    INNER,
  ],
]);
const REBINDING_SUFFIXES = new WordTable([
  [
    'nip.io xip.io sslip.io localtest.me lvh.me vcap.me lacolhost.com rebind.it rbndr.us 1u.ms oastify.com oast.pro oast.live oast.fun oast.me interact.sh burpcollaborator.net dnslog.cn ceye.io requestbin.net webhook.site',
    1,
  ],
]);
const INNER_SUFFIXES = new WordTable([['internal local lan intranet corp localhost localdomain consul svc home', 1]]);

/** Adds what the host of a URL is, a name or an address in whatever notation. */
export function judgeHost(units: Uint16Array, start: number, end: number, evidence: Evidence): HostKind {
  const feature = featureOf(units, start, end);
  if (feature === NOTHING) return 'foreign';
  evidence.add(feature, start, end);
  if (oddNotation) evidence.add(ODD_ADDRESS, start, end);
  return kindOf(feature);
}

/** The same, and adds nothing. */
export function hostKind(units: Uint16Array, start: number, end: number): HostKind {
  return kindOf(featureOf(units, start, end));
}

function kindOf(feature: number): HostKind {
  if (feature === NOTHING || feature === IP_HOST || feature === IPV6) return 'foreign';
  return oddNotation || feature === METADATA || feature === REBINDING ? 'forbidden' : 'inside';
}

const NOTHING = -1;
let oddNotation = false;

function featureOf(units: Uint16Array, start: number, end: number): number {
  oddNotation = false;
  if (units[start] === 0x5b && start < end) return ipv6Feature(units, start + 1, end);
  let last = start;
  while (last < end && units[last] !== 0x3a) last++;
  while (last > start && units[last - 1] === 0x2e) last--;
  if (last <= start) return NOTHING;
  const address = ipv4(units, start, last);
  return address < 0 ? nameFeature(units, start, last) : addressFeature(address);
}

function nameFeature(units: Uint16Array, start: number, end: number): number {
  oddNotation = false;
  const found = NAMES.find(hashOf(units, start, end));
  if (found === LOCAL) return LOOPBACK;
  if (found === CLOUD) return METADATA;
  if (found === INNER) return INTERNAL_NAME;
  if (REBINDING_SUFFIXES.find(hashOf(units, start, end)) !== 0) return REBINDING;
  let feature = NOTHING;
  let dots = 0;
  for (let i = end - 1; i >= start && dots < 3; i--) {
    if (units[i] !== 0x2e) continue;
    dots++;
    const hash = hashOf(units, i + 1, end);
    if (REBINDING_SUFFIXES.find(hash) !== 0) return REBINDING;
    if (dots === 1 && INNER_SUFFIXES.find(hash) !== 0) feature = INTERNAL_NAME;
  }
  return feature;
}

function addressFeature(address: number): number {
  const first = Math.floor(address / 0x1000000);
  const second = Math.floor(address / 0x10000) % 256;
  if (first === 127 || address === 0) return LOOPBACK;
  if ((first === 169 && second === 254) || address === 0x646464c8 || address === 0xc00000c0) return METADATA;
  const isPrivate =
    first === 10 ||
    first === 0 ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168) ||
    (first === 100 && second >= 64 && second < 128);
  return isPrivate ? PRIVATE_ADDRESS : IP_HOST;
}

function ipv6Feature(units: Uint16Array, start: number, end: number): number {
  let i = start;
  while (i < end && units[i] !== 0x5d) i++;
  let colon = i;
  while (colon > start && units[colon - 1] !== 0x3a) colon--;
  const inner = i - colon > 6 ? ipv4(units, colon, i) : -1;
  oddNotation = inner >= 0;
  if (inner >= 0) return addressFeature(inner);
  if (units[start] === 0x3a && units[start + 1] === 0x3a) return LOOPBACK;
  const first = (hexValue(units[start] ?? 0) << 4) | Math.max(0, hexValue(units[start + 1] ?? 0));
  return first === 0xfe || first === 0xfd || first === 0xfc ? PRIVATE_ADDRESS : IPV6;
}

const DIGITS_VALUE_MAX = 0xfffffffffff;

/** The address as inet_aton reads it: one to four parts, each decimal, octal or hexadecimal. −1 where it is none. */
function ipv4(units: Uint16Array, start: number, end: number): number {
  oddNotation = false;
  let parts = 0;
  let oddBase = false;
  let total = 0;
  let i = start;
  while (i < end) {
    let base = 10;
    if (units[i] === 0x30 && i + 1 < end && ((units[i + 1] ?? 0) | 0x20) === 0x78) {
      base = 16;
      i += 2;
    } else if (units[i] === 0x30 && i + 1 < end && units[i + 1] !== 0x2e) {
      base = 8;
      i++;
    }
    if (base !== 10) {
      oddNotation = true;
      oddBase = true;
    }
    let value = 0;
    let digits = 0;
    while (i < end && units[i] !== 0x2e) {
      const digit = hexValue(units[i] ?? 0);
      if (digit < 0 || digit >= base) return -1;
      value = value * base + digit;
      digits++;
      i++;
      if (value > DIGITS_VALUE_MAX) return -1;
    }
    if (digits === 0) return -1;
    parts++;
    if (parts > 4) return -1;
    if (i < end) {
      if (value > 255) return -1;
      total = total * 256 + value;
      i++;
    } else {
      const room = 256 ** (5 - parts);
      // A number alone is the address to readers that keep the lowest 32 bits of it.
      if (parts === 1) value %= room;
      else if (value >= room) return -1;
      total = total * room + value;
    }
  }
  if (parts < 4) oddNotation = true;
  // A bare number is an address only where it is long enough to be meant as one.
  const inUrl = units[start - 1] === 0x2f || units[start - 1] === 0x40;
  if (parts === 1 && end - start < 8 && !inUrl) return -1;
  // `10.0` is a version; `127.1` is hardly one.
  if (parts < 4 && parts > 1 && !inUrl && !oddBase && Math.floor(total / 0x1000000) !== 127) return -1;
  return total;
}

function hashOf(units: Uint16Array, start: number, end: number): number {
  let hash = HASH_START;
  for (let i = start; i < end; i++) hash = hashUnit(hash, units[i] ?? 0);
  return hash;
}
