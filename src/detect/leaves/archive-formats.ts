/** A header of a ZIP archive (APPNOTE 4.3.7, 4.3.12): of an entry itself, or of the directory, which has a name alone. */
export interface ZipHeader {
  readonly name: string;
  readonly content: { readonly isReadable: boolean; readonly isDeflated: boolean; readonly start: number } | undefined;
}

const LOCAL = Buffer.from('PK\x03\x04', 'latin1');
const PREFIX_OCTETS_MAX = 4096;
const NAME_OCTETS_MAX = 512;
const LOCAL_OCTETS = 30;
const CENTRAL_OCTETS = 46;
const ENCRYPTED = 1;
const STORED = 0;
const DEFLATED = 8;

/**
 * Every header in an archive, wherever it stands: readers disagree which directory is the right one and whether an entry that is in none counts.
 * Undefined where none begins within the first 4,096 octets, which programs that unpack themselves take up.
 */
export function zipHeaders(bytes: Buffer): Iterable<ZipHeader> | undefined {
  const first = bytes.subarray(0, PREFIX_OCTETS_MAX).indexOf(LOCAL);
  return first < 0 ? undefined : headersFrom(bytes, first);
}

function* headersFrom(bytes: Buffer, first: number): Iterable<ZipHeader> {
  for (let at = first; at >= 0; at = bytes.indexOf('PK', at + 2, 'latin1')) {
    if (bytes[at + 2] === 3 && bytes[at + 3] === 4 && at + LOCAL_OCTETS <= bytes.length) {
      const nameOctets = bytes.readUInt16LE(at + 26);
      const method = bytes.readUInt16LE(at + 8);
      const isEncrypted = (bytes.readUInt16LE(at + 6) & ENCRYPTED) !== 0;
      yield {
        name: nameAt(bytes, at + LOCAL_OCTETS, nameOctets),
        content: {
          isReadable: !isEncrypted && (method === STORED || method === DEFLATED),
          isDeflated: method === DEFLATED,
          start: at + LOCAL_OCTETS + nameOctets + bytes.readUInt16LE(at + 28),
        },
      };
    } else if (bytes[at + 2] === 1 && bytes[at + 3] === 2 && at + CENTRAL_OCTETS <= bytes.length)
      yield { name: nameAt(bytes, at + CENTRAL_OCTETS, bytes.readUInt16LE(at + 28)), content: undefined };
  }
}

function nameAt(bytes: Buffer, start: number, octets: number): string {
  return bytes.toString('utf8', start, start + Math.min(octets, NAME_OCTETS_MAX));
}

const HAS_CHECKSUM = 2;
const HAS_EXTRA = 4;
const HAS_NAME = 8;
const HAS_COMMENT = 16;

/** The deflated stream behind the head of a gzip member (RFC 1952 §2.3); undefined where it is none. */
export function gzipContent(bytes: Buffer): Buffer | undefined {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8) return undefined;
  const flags = bytes[3] ?? 0;
  let at = 10;
  if ((flags & HAS_EXTRA) !== 0) at += 2 + (bytes[at] ?? 0) + ((bytes[at + 1] ?? 0) << 8);
  for (const flag of [HAS_NAME, HAS_COMMENT]) {
    if ((flags & flag) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0) return undefined;
    at = end + 1;
  }
  if ((flags & HAS_CHECKSUM) !== 0) at += 2;
  return bytes.subarray(at);
}

const TAR_BLOCK = 512;

/** Names of the entries of a tar archive (POSIX.1-2024, pax, ustar), as far as it is there; none where it is no such archive. */
export function tarNames(bytes: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; at + TAR_BLOCK <= bytes.length; ) {
    if (bytes.toString('latin1', at + 257, at + 262) !== 'ustar') break;
    const prefix = fieldAt(bytes, at + 345, 155);
    const name = fieldAt(bytes, at, 100);
    names.push(prefix === '' ? name : `${prefix}/${name}`);
    const size = Number.parseInt(fieldAt(bytes, at + 124, 12).trim(), 8);
    if (!(size >= 0)) break;
    at += TAR_BLOCK + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
  return names;
}

function fieldAt(bytes: Buffer, start: number, octets: number): string {
  const text = bytes.toString('utf8', start, start + octets);
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
