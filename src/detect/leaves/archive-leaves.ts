import type { LeafLocation } from '../leaf.ts';
import { gzipContent, tarNames, type ZipHeader, zipHeaders } from './archive-formats.ts';
import { isBase64 } from './base64-text.ts';
import { isText } from './plain-text.ts';
import type { EmitText, LeafWalk } from './walk.ts';
import { endOfDoctype } from './xml-text.ts';

const ENTRIES_MAX = 256;
/** Of an entry so much is unpacked, and so much at most comes of that. */
const HEAD_PACKED_OCTETS = 512;
const HEAD_OCTETS_MAX = 16 * 1024;
/** Of a gzip stream so much is shown where it is text, and so much where it is a packed object. */
const TEXT_OCTETS_MAX = 64 * 1024;
const OBJECT_OCTETS = 4096;
/** How objects begin that Java, Python and Ruby pack. */
const OBJECTS = ['\xac\xed\x00\x05', '\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05', '\x04\x08'];
/** How base64 writes what a ZIP archive and a gzip stream begin with. */
const PACKED = ['UEsDB', 'H4sI'];
const DATA_URL = /^data:[^,]{0,128};base64,/i;

/** The octets of an archive that came in base64, one character each; undefined for every other text. */
export function archiveInBase64(text: string): string | undefined {
  const prefix = DATA_URL.exec(text)?.[0].length ?? 0;
  const packed = text.slice(prefix, prefix + 64).trimStart();
  if (!PACKED.some((mark) => packed.startsWith(mark))) return undefined;
  const digits = text.slice(prefix).replaceAll(/\s+/g, '');
  return isBase64(digits) ? Buffer.from(digits, 'base64').toString('latin1') : undefined;
}

/**
 * Shows of a ZIP archive (office documents among them) the names of its entries and what documents in it declare before their root element; of a
 * gzip stream the names in it where it is a tar archive, and else what is in it, where that is text or a packed object. What else they hold is
 * not read, nor is an archive within another. `octets` are one character each.
 */
export function readArchive(walk: LeafWalk, location: LeafLocation, octets: string, emit: EmitText): void {
  const bytes = Buffer.from(octets, 'latin1');
  const packed = gzipContent(bytes);
  const entries = packed === undefined ? zipHeaders(bytes) : undefined;
  if (packed === undefined && entries === undefined) return;
  if (!walk.unpacking.open()) {
    walk.limit('size');
    return;
  }
  if (packed !== undefined) readGzip(walk, location, packed, emit);
  else readZip(walk, location, bytes, entries ?? []);
  walk.unpacking.close();
}

function readGzip(walk: LeafWalk, location: LeafLocation, packed: Buffer, emit: EmitText): void {
  if (!walk.enterDecoder('gzip')) return;
  const unpacked = walk.unpacking.inflate(packed, TEXT_OCTETS_MAX);
  if (unpacked !== undefined) readUnpacked(walk, location, unpacked.bytes, unpacked.isCut, emit);
  else walk.unreadFiles++;
  walk.leaveDecoder();
}

function readUnpacked(walk: LeafWalk, location: LeafLocation, bytes: Buffer, isCut: boolean, emit: EmitText): void {
  const begins = bytes.toString('latin1', 0, OBJECT_OCTETS);
  if (OBJECTS.some((mark) => begins.startsWith(mark))) {
    walk.emit(location, false, begins);
    return;
  }
  const names = tarNames(bytes);
  for (const name of names) emitName(walk, location, name);
  const text = isCut ? withoutCutCharacter(bytes) : bytes;
  if (names.length > 0 || !isText(text)) {
    walk.unreadFiles++;
    return;
  }
  if (isCut) walk.limit('size');
  emit(walk, location, text.toString('utf8'), 'gzip');
}

/** The last octets may be half of a character. */
function withoutCutCharacter(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes.length - end < 4 && (bytes[end - 1] ?? 0) >= 0x80) end--;
  return bytes.subarray(0, end);
}

function emitName(walk: LeafWalk, location: LeafLocation, name: string): void {
  walk.enter(';entry');
  walk.emit(location, false, name);
  walk.leave();
}

function readZip(walk: LeafWalk, location: LeafLocation, bytes: Buffer, headers: Iterable<ZipHeader>): void {
  const names = new Set<string>();
  let entries = 0;
  let isUnread = false;
  for (const { name, content } of headers) {
    if (walk.stopped) return;
    if (!names.has(name)) {
      names.add(name);
      emitName(walk, location, name);
    }
    if (content === undefined) continue;
    if (++entries > ENTRIES_MAX || walk.unpacking.isSpent) {
      walk.limit('size');
      return;
    }
    if (!readHead(walk, location, bytes, name, content)) isUnread = true;
  }
  if (isUnread) walk.unreadFiles++;
}

/** Of a document what it declares before its root element: there, and nowhere else, a parser is told what to fetch. False: it cannot be read. */
function readHead(
  walk: LeafWalk,
  location: LeafLocation,
  bytes: Buffer,
  name: string,
  { isDeflated, isReadable, start }: NonNullable<ZipHeader['content']>,
): boolean {
  if (!isReadable) return false;
  const packed = bytes.subarray(start, start + HEAD_PACKED_OCTETS);
  const head = isDeflated ? walk.unpacking.inflate(packed, HEAD_OCTETS_MAX)?.bytes : packed;
  if (head === undefined) return false;
  const text = textOf(head);
  const at = declarationIn(text);
  if (at === NONE) return true;
  const end = at < 0 ? -1 : endOfDoctype(text, at);
  // An entry that is shorter than what was looked at has ended there; a longer one goes on where nobody looks.
  if (end < 0 && packed.length === HEAD_PACKED_OCTETS) walk.limit('size');
  if (at < 0) return true;
  walk.enter(name);
  walk.emit(location, false, text.slice(at, end < 0 ? undefined : end));
  walk.leave();
  return true;
}

/** No document, or one whose root element comes before any declaration. */
const NONE = -1;
/** The text ends before the root element. */
const UNDECIDED = -2;

/** Where `<!DOCTYPE` stands before the root element. */
function declarationIn(text: string): number {
  let at = text.length - text.replace(/^[\ufeff\s]+/, '').length;
  while (text.charCodeAt(at) === 0x3c) {
    const [end, least] = text.startsWith('<!--', at) ? ['-->', 4] : text.startsWith('<?', at) ? ['?>', 2] : ['', 0];
    if (end === '') return text.charCodeAt(at + 1) === 0x21 ? at : NONE;
    const close = text.indexOf(end, at + least);
    if (close < 0) return UNDECIDED;
    at = close + end.length;
    while (/\s/.test(text.charAt(at))) at++;
    if (at >= text.length) return UNDECIDED;
  }
  return NONE;
}

/** By the mark of the byte order or by zeros, as parsers of XML find out (XML 1.0, Appendix F). */
function textOf(bytes: Buffer): string {
  const even = bytes.subarray(0, bytes.length & ~1);
  const isBig = (bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0 && bytes[1] === 0x3c);
  if (isBig) return Buffer.from(even).swap16().toString('utf16le');
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0x3c && bytes[1] === 0))
    return even.toString('utf16le');
  return bytes.toString('utf8');
}
