import type { LeafLocation } from '../leaf.ts';
import { isBase64 } from './base64-text.ts';
import { inflate } from './content-coding.ts';
import type { EmitText, LeafWalk } from './walk.ts';
import { headOfEntry, type ZipEntry, zipEntries } from './zip-entries.ts';

const ZIP = 'PK\x03\x04';
const GZIP = '\x1f\x8b\x08';
/** The same, as base64 writes them. */
const ZIP_IN_BASE64 = 'UEsDB';
const GZIP_IN_BASE64 = 'H4sI';

const ENTRIES_MAX = 256;
/** Of a declaration so much is shown. */
const DECLARATION_CHARACTERS = 2048;
/** Of what is unpacked so much is shown where it is text, and so much where it is a packed object. */
const TEXT_CHARACTERS_MAX = 64 * 1024;
const OBJECT_CHARACTERS = 4096;
const MARKUP_NAME = /\.(?:xml|rels|svg|xsd|xsl|xslt|xhtml|html?|opf|ncx|plist|vml|dtd)$/i;
/** How objects begin that Java, Python and Ruby pack. */
const OBJECTS = ['\xac\xed\x00\x05', '\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05', '\x04\x08'];

/** Whether a text is an archive in base64. */
export function isPackedArchive(text: string): boolean {
  return (text.startsWith(ZIP_IN_BASE64) || text.startsWith(GZIP_IN_BASE64)) && isBase64(text);
}

/** Shows what is in an archive that came in base64; false where it is none. */
export function readPackedArchive(walk: LeafWalk, location: LeafLocation, text: string, emit: EmitText): boolean {
  if (!walk.enterDecoder('base64')) return false;
  const isRead = readArchive(walk, location, Buffer.from(text, 'base64').toString('latin1'), emit);
  walk.leaveDecoder();
  return isRead;
}

/**
 * Shows of a ZIP archive (office documents among them) the names of its entries and what the documents in it declare before their root element;
 * of a gzip stream what is in it, where that is text or a packed object. What else an archive holds is not read. False: it is none of them.
 * `octets` are one character each.
 */
export function readArchive(walk: LeafWalk, location: LeafLocation, octets: string, emit: EmitText): boolean {
  if (octets.startsWith(ZIP)) return readZip(walk, location, Buffer.from(octets, 'latin1'));
  return octets.startsWith(GZIP) && readGzip(walk, location, Buffer.from(octets, 'latin1'), emit);
}

function readGzip(walk: LeafWalk, location: LeafLocation, bytes: Buffer, emit: EmitText): boolean {
  const inflated = inflate(bytes, 'gzip');
  if (inflated.kind === 'expansion') {
    walk.limit('expansion');
    return true;
  }
  if (inflated.kind !== 'content' || !walk.enterDecoder('gzip')) return false;
  const content = Buffer.from(inflated.bytes.buffer, inflated.bytes.byteOffset, inflated.bytes.byteLength);
  const begins = content.toString('latin1', 0, OBJECT_CHARACTERS);
  if (OBJECTS.some((mark) => begins.startsWith(mark))) walk.emit(location, false, begins);
  else {
    if (content.length > TEXT_CHARACTERS_MAX) walk.limit('size');
    emit(walk, location, content.toString('utf8', 0, TEXT_CHARACTERS_MAX), 'gzip');
  }
  walk.leaveDecoder();
  return true;
}

function readZip(walk: LeafWalk, location: LeafLocation, bytes: Buffer): boolean {
  const listing = zipEntries(bytes, ENTRIES_MAX);
  if (listing === undefined) return false;
  if (listing.isCut) walk.limit('leaves');
  for (const entry of listing.entries) {
    if (walk.stopped) return true;
    walk.enter(';entry');
    walk.emit(location, false, entry.name);
    walk.leave();
    if (MARKUP_NAME.test(entry.name)) readDeclarations(walk, location, bytes, entry);
  }
  return true;
}

/** Entities are declared before the root element: there, and nowhere else, a parser is told what to fetch. */
function readDeclarations(walk: LeafWalk, location: LeafLocation, bytes: Buffer, entry: ZipEntry): void {
  const head = headOfEntry(bytes, entry);
  if (head.kind !== 'head') return;
  const text = textOf(head.bytes);
  const at = declarationIn(text);
  if (at === UNDECIDED && head.rest !== 'none') walk.limit(head.rest === 'more' ? 'size' : 'expansion');
  if (at < 0) return;
  walk.enter(entry.name);
  walk.emit(location, false, text.slice(at, at + DECLARATION_CHARACTERS));
  walk.leave();
}

const NONE = -1;
/** The text ends before the root element. */
const UNDECIDED = -2;

/** Where `<!DOCTYPE` stands before the root element. */
function declarationIn(text: string): number {
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    const end = text.startsWith('<!--', at) ? '-->' : text.startsWith('<?', at) ? '?>' : undefined;
    if (end === undefined) return text.charCodeAt(at + 1) === 0x21 ? at : NONE;
    const close = text.indexOf(end, at + 2);
    if (close < 0) return UNDECIDED;
    at = close + end.length;
  }
  return UNDECIDED;
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
