import { type Evidence, structureFeature } from '../evidence.ts';
import { hexValue } from '../normalise/hex.ts';
import { HASH_START, hashUnit, WordTable } from '../word-table.ts';

const PRIVATE_ADDRESS = structureFeature('url.private-address');
const METADATA = structureFeature('url.cloud-metadata');
const LOOPBACK = structureFeature('url.loopback');
const ODD_ADDRESS = structureFeature('url.address-in-odd-notation');
const USERINFO = structureFeature('url.user-before-host');
const INTERNAL_NAME = structureFeature('url.internal-name');
const ODD_SCHEME = structureFeature('url.scheme-of-another-protocol');
const FILE_SCHEME = structureFeature('url.file-scheme');
const WRAPPER = structureFeature('url.stream-wrapper');
const WHOLE_VALUE = structureFeature('url.is-the-whole-value');
const IP_HOST = structureFeature('url.public-address-as-host');
const IPV6 = structureFeature('url.ipv6-inside');
const BACKSLASH_HOST = structureFeature('url.backslash-in-host');
const REBINDING = structureFeature('url.name-that-resolves-to-any-address');

const WEB = 1;
const FILE = 2;
const STREAM = 3;
const OTHER = 4;
const SCHEMES = new WordTable([
  ['http https ws wss ftp ftps', WEB],
  ['file netdoc', FILE],
  [
    'php phar zip zlib compress.zlib compress.bzip2 expect glob ogg rar ssh2 ssh2.sftp ssh2.exec ssh2.tunnel ssh2.shell input data',
    STREAM,
  ],
  [
    'gopher gophers dict ldap ldaps tftp sftp jar rmi imap imaps pop3 pop3s smb smtp smtps telnet ssh svn git mongodb redis mysql netdoc rtsp rtmp url rsync irc xri nfs afp',
    OTHER,
  ],
]);
const LOCAL = 1;
const INNER = 2;
const CLOUD = 3;
const NAMES = new WordTable([
  ['localhost localhost.localdomain ip6-localhost ip6-loopback loopback', LOCAL],
  [
    'metadata metadata.google.internal instance-data kubernetes.default kubernetes.default.svc metadata.azure.internal metadata.packet.net metadata.tencentyun.com',
    CLOUD,
  ],
  [
    'host.docker.internal gateway.docker.internal intranet corp internal consul vault etcd redis mongo mysql postgres postgresql elasticsearch rabbitmq jenkins admin backend db memcached kubernetes grafana prometheus',
    INNER,
  ],
]);
const REBINDING_SUFFIXES = new WordTable([
  [
    'nip.io xip.io sslip.io localtest.me lvh.me vcap.me lacolhost.com rebind.it rbndr.us 1u.ms oastify.com oast.pro oast.live oast.fun oast.me interact.sh burpcollaborator.net dnslog.cn ceye.io requestbin.net webhook.site',
    1,
  ],
]);

/** Looks at every URL in the text: scheme, whether its host is an inner one, in whatever notation. Does not check whether a name resolves to one. */
export function readUrls(units: Uint16Array, start: number, end: number, evidence: Evidence): void {
  for (let i = start; i < end; i++) {
    if (units[i] !== 0x3a && units[i] !== 0x2f) continue;
    if (units[i] === 0x2f && !(i === 0 && units[i + 1] === 0x2f)) continue;
    const schemeStart = schemeBefore(units, start, i);
    if (schemeStart === i && units[i] === 0x3a) continue;
    const scheme = units[i] === 0x2f ? WEB : SCHEMES.find(hashOf(units, schemeStart, i));
    if (scheme === 0) continue;
    let host = units[i] === 0x2f ? i : i + 1;
    const slashes = host;
    while (host < end && (units[host] === 0x2f || units[host] === 0x5c) && host - slashes < 4) host++;
    // `http:10.0.0.1` is a URL to lenient readers; `http: nothing` is prose.
    if (scheme === WEB && host === slashes && units[host] !== 0x5b && hexValue(units[host] ?? 0) < 0) continue;
    if (scheme !== WEB && host - slashes < 2) continue;
    if (scheme === FILE) evidence.add(FILE_SCHEME, schemeStart, host);
    if (scheme === STREAM) evidence.add(WRAPPER, schemeStart, host);
    if (scheme === OTHER) evidence.add(ODD_SCHEME, schemeStart, host);
    if (schemeStart === 0) evidence.add(WHOLE_VALUE, start, end);
    readHost(units, host, end, evidence);
  }
}

/** Looks at text that may be a bare host. */
export function readHost(units: Uint16Array, start: number, end: number, evidence: Evidence): void {
  let at = start;
  let i = start;
  let brackets = false;
  let colon = false;
  for (; i < end && i < start + 255; i++) {
    const unit = units[i] ?? 0;
    if (unit === 0x5b) brackets = true;
    if (unit === 0x5c) evidence.add(BACKSLASH_HOST, i, i + 1);
    if (unit === 0x40) {
      if (i > at) evidence.add(USERINFO, at, i);
      at = i + 1;
    } else if (
      unit === 0x2f ||
      unit === 0x3f ||
      unit === 0x23 ||
      unit <= 0x20 ||
      unit === 0x22 ||
      unit === 0x27 ||
      unit === 0x3c ||
      unit === 0x3e ||
      unit === 0x2c
    )
      break;
    if (unit === 0x3a && !brackets && !colon && at === start) {
      colon = true;
      // A port, or a password before an `@`: read on, but judge the name that ends here.
      judgeName(units, at, i, evidence);
    }
  }
  if (brackets && units[at] === 0x5b) {
    readIpv6(units, at + 1, i, evidence);
    return;
  }
  let nameEnd = at;
  while (nameEnd < i && units[nameEnd] !== 0x3a) nameEnd++;
  judgeName(units, at, nameEnd, evidence);
}

function judgeName(units: Uint16Array, start: number, end: number, evidence: Evidence): void {
  while (end > start && units[end - 1] === 0x2e) end--;
  if (end <= start) return;
  const address = ipv4(units, start, end);
  if (address >= 0) {
    if (oddNotation) evidence.add(ODD_ADDRESS, start, end);
    judgeAddress(address, start, end, evidence);
    return;
  }
  const found = NAMES.find(hashOf(units, start, end));
  if (found === LOCAL) evidence.add(LOOPBACK, start, end);
  else if (found === CLOUD) evidence.add(METADATA, start, end);
  else if (found === INNER) evidence.add(INTERNAL_NAME, start, end);
  let dots = 0;
  for (let i = end - 1; i >= start && dots < 3; i--) {
    if (units[i] !== 0x2e) continue;
    dots++;
    const hash = hashOf(units, i + 1, end);
    if (REBINDING_SUFFIXES.find(hash) !== 0) evidence.add(REBINDING, i + 1, end);
    if (dots === 1 && INNER_SUFFIXES.find(hash) !== 0) evidence.add(INTERNAL_NAME, start, end);
  }
}

const INNER_SUFFIXES = new WordTable([['internal local lan intranet corp localhost localdomain', 1]]);

function judgeAddress(address: number, start: number, end: number, evidence: Evidence): void {
  const first = Math.floor(address / 0x1000000);
  const second = Math.floor(address / 0x10000) % 256;
  if (first === 127 || address === 0) evidence.add(LOOPBACK, start, end);
  else if ((first === 169 && second === 254) || address === 0x646464c8 || address === 0xc00000c0)
    evidence.add(METADATA, start, end);
  else if (
    first === 10 ||
    first === 0 ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168) ||
    (first === 100 && second >= 64 && second < 128)
  ) {
    evidence.add(PRIVATE_ADDRESS, start, end);
  } else evidence.add(IP_HOST, start, end);
}

let oddNotation = false;

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
      if (value > 0xffffffff) return -1;
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
      if (value >= room) return -1;
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

function readIpv6(units: Uint16Array, start: number, end: number, evidence: Evidence): void {
  let i = start;
  while (i < end && units[i] !== 0x5d) i++;
  const first = (hexValue(units[start] ?? 0) << 4) | Math.max(0, hexValue(units[start + 1] ?? 0));
  if (units[start] === 0x3a && units[start + 1] === 0x3a) evidence.add(LOOPBACK, start, i);
  else if (first === 0xfe || first === 0xfd || first === 0xfc) evidence.add(PRIVATE_ADDRESS, start, i);
  else evidence.add(IPV6, start, i);
  let colon = i;
  while (colon > start && units[colon - 1] !== 0x3a) colon--;
  const inner = ipv4(units, colon, i);
  if (inner >= 0 && i - colon > 6) judgeAddress(inner, start, i, evidence);
}

function schemeBefore(units: Uint16Array, start: number, colon: number): number {
  let i = colon;
  while (i > start && colon - i < 20) {
    const unit = units[i - 1] ?? 0;
    const letter = (unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a;
    if (!letter && !(unit >= 0x30 && unit <= 0x39) && unit !== 0x2e && unit !== 0x2b) break;
    i--;
  }
  return i;
}

function hashOf(units: Uint16Array, start: number, end: number): number {
  let hash = HASH_START;
  for (let i = start; i < end; i++) hash = hashUnit(hash, units[i] ?? 0);
  return hash;
}
