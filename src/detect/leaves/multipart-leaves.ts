import { isUtf8 } from 'node:buffer';
import { isActiveMarkup, readFile, readWhole } from './file-leaves.ts';
import { emitText } from './nested-text.ts';
import { type PartHead, parsePartHead } from './part-head.ts';
import { type LeafWalk, TAIL_CHARACTERS } from './walk.ts';
import { readXml } from './xml-leaves.ts';

/** RFC 2046 §5.1.1. */
const BOUNDARY_CHARACTERS_MAX = 70;

/**
 * Shows names, file names, other fields and values of the parts of a multipart body, and says whether every parser cuts it
 * into the same parts: delimiters are whole lines that end in CRLF, nothing stands before the first or after the last, no
 * head is folded or says a thing twice. What is in files is shown after everything else, since it may use up what is left; of files that
 * are no text nothing is shown.
 */
export function readMultipart(
  walk: LeafWalk,
  bytes: Uint8Array,
  boundary: string | undefined,
  isForm: boolean,
): boolean {
  if (boundary === undefined || !isBoundary(boundary)) return false;
  // One octet a character, so that what is cut out costs no copy and binary files no decoding.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const delimiter = `--${boundary}`;
  if (!text.startsWith(delimiter)) return false;
  const tailFrom = text.length - TAIL_CHARACTERS;
  let at = delimiter.length;
  let exact = true;
  const files: FilePart[] = [];
  while (!walk.stopped) {
    if (text.startsWith('--', at)) {
      at += 2;
      exact = readFiles(walk, files) && exact;
      return exact && (at === text.length || (text.startsWith('\r\n', at) && at + 2 === text.length));
    }
    if (!text.startsWith('\r\n', at)) return false;
    at += 2;
    const headEnd = text.startsWith('\r\n', at) ? at - 2 : text.indexOf('\r\n\r\n', at);
    if (headEnd < 0) return false;
    const bodyStart = headEnd + 4;
    const next = text.indexOf(`\r\n${delimiter}`, bodyStart - 2);
    if (next < 0) return false;
    if (next >= tailFrom) walk.inTail = true;
    const head = parsePartHead(utf8(text.slice(at, Math.max(at, headEnd))), isForm);
    if (head === undefined) exact = false;
    else exact = readPart(walk, head, text.slice(bodyStart, Math.max(bodyStart, next)), files) && exact;
    // A line that only begins like the delimiter is one for lax parsers.
    at = next + 2 + delimiter.length;
  }
  return exact;
}

interface FilePart {
  readonly head: PartHead;
  readonly content: string;
}

function readPart(walk: LeafWalk, head: PartHead, content: string, files: FilePart[]): boolean {
  enterPart(walk, head);
  walk.emit('multipart', true, head.name);
  if (head.fileName !== undefined) {
    walk.enter(';filename');
    walk.emit('multipart', false, head.fileName);
    walk.leave();
  }
  for (let i = 0; i < head.others.length; i += 2) {
    walk.enter(`;${head.others[i] ?? ''}`);
    walk.emit('multipart', false, head.others[i + 1] ?? '');
    walk.leave();
  }
  if (head.fileName !== undefined && content !== '') files.push({ head, content });
  const exact = head.fileName !== undefined || readValue(walk, head, content);
  walk.leave();
  return exact;
}

function enterPart(walk: LeafWalk, { name }: PartHead): void {
  walk.enter(name === '' ? ' ' : name);
}

function readValue(walk: LeafWalk, head: PartHead, content: string): boolean {
  if (isXml(head, content)) return readXml(walk, utf8(content), false);
  // `_charset_` (WHATWG HTML §4.10.21) makes other octets of the values.
  if (head.name === '_charset_' && content.toLowerCase() !== 'utf-8') return false;
  emitText(walk, 'multipart', utf8(content), 'json-string');
  return true;
}

/** Types whose files are no text: one that is, is read by what it holds by whoever does not go by the type. */
const OCTETS = /^(?:image|audio|video|font)\/(?!.*\+xml$)/;

function readFiles(walk: LeafWalk, files: readonly FilePart[]): boolean {
  let exact = true;
  for (const { head, content } of files) {
    if (walk.stopped) return exact;
    enterPart(walk, head);
    if (isXml(head, content)) {
      const text = utf8(content);
      exact = readXml(walk, text, false) && exact;
      if (isActiveMarkup(text)) readWhole(walk, text);
    } else if (!readFile(walk, content)) walk.unreadFiles++;
    else if (OCTETS.test(head.type)) walk.odd('content_type_mismatch');
    walk.leave();
  }
  return exact;
}

function isXml({ type }: PartHead, content: string): boolean {
  return type.endsWith('/xml') || type.endsWith('+xml') || content.startsWith('<?xml');
}

/** Text of octets that were read as Latin-1; what is no UTF-8 stays so. */
function utf8(latin1: string): string {
  let ascii = true;
  for (let i = 0; ascii && i < latin1.length; i++) ascii = latin1.charCodeAt(i) < 0x80;
  if (ascii) return latin1;
  const bytes = Buffer.from(latin1, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : latin1;
}

function isBoundary(boundary: string): boolean {
  if (boundary.length === 0 || boundary.length > BOUNDARY_CHARACTERS_MAX || boundary.endsWith(' ')) return false;
  for (let i = 0; i < boundary.length; i++) {
    const code = boundary.charCodeAt(i);
    const alphanumeric =
      (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
    if (!alphanumeric && !"'()+_,-./:=? ".includes(boundary[i] ?? '')) return false;
  }
  return true;
}
