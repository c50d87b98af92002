import { isUtf8 } from 'node:buffer';
import { readArchive } from './archive-leaves.ts';
import { readEmbeddedScripts } from './embedded-scripts.ts';
import { looksLikeJson, readJson } from './json-leaves.ts';
import { readJsonLines } from './json-lines.ts';
import { emitText } from './nested-text.ts';
import type { LeafWalk } from './walk.ts';
import { readXml } from './xml-leaves.ts';

/** Of a larger file its beginning and its end are shown, so that none uses up what is left for the others. */
const CHARACTERS_MAX = 64 * 1024;
/** Where a file says what it is. */
const SNIFFED_CHARACTERS = 1024;

/**
 * Shows what is in an uploaded file, whatever its name and type say: of JSON and XML the values, of markup that browsers run the whole,
 * of other text the whole. False where it is none of these: then only what is packed in it, and scripts of servers that stand between other
 * octets. `octets` are one character each.
 */
export function readFile(walk: LeafWalk, octets: string): boolean {
  const text = fileText(octets);
  if (text === undefined) {
    readArchive(walk, 'multipart', octets, emitText);
    readEmbeddedScripts(walk, octets);
    return false;
  }
  if (beginsXml(text)) {
    if (readXml(walk, text, false) && !isActiveMarkup(text)) return true;
  } else if (looksLikeJson(text)) {
    if (readJson(walk, text, 'json', emitText, false) !== 'malformed' || readJsonLines(walk, text)) return true;
  } else if (readJsonLines(walk, text)) return true;
  readWhole(walk, text);
  return true;
}

/** Elements of browsers, in which scripts run: those are seen in the markup itself. */
export function isActiveMarkup(text: string): boolean {
  const head = text.slice(0, SNIFFED_CHARACTERS).toLowerCase();
  return head.includes('<svg') || head.includes('<html') || head.includes('<!doctype html') || head.includes(':svg');
}

export function readWhole(walk: LeafWalk, text: string): void {
  if (text.length <= CHARACTERS_MAX) {
    emitText(walk, 'multipart', text, 'json-string');
    return;
  }
  walk.limit('size');
  if (walk.stopped) return;
  walk.emit('multipart', false, text.slice(0, CHARACTERS_MAX / 2));
  walk.emit('multipart', false, text.slice(-CHARACTERS_MAX / 2));
}

/** The text of a file: UTF-8, UTF-16 or one octet a character, without controls; markup and JSON also with. */
function fileText(octets: string): string | undefined {
  const wide = fromUtf16(octets);
  if (wide !== undefined) return isText(wide) ? wide : undefined;
  if (!isText(octets) && !/^(?:\xef\xbb\xbf)?[\t\n\r ]*[<{[]/.test(octets.slice(0, SNIFFED_CHARACTERS)))
    return undefined;
  const bytes = Buffer.from(octets, 'latin1');
  const text = isUtf8(bytes) ? bytes.toString('utf8') : octets;
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** By the mark of its byte order, or by zeros in one octet of two. */
function fromUtf16(octets: string): string | undefined {
  const mark = octets.slice(0, 2);
  const isLittle = mark === '\xff\xfe' || hasZeros(octets, 1);
  const isBig = mark === '\xfe\xff' || hasZeros(octets, 0);
  if (isLittle === isBig) return undefined;
  const bytes = Buffer.from(octets.length % 2 === 0 ? octets : octets.slice(0, -1), 'latin1');
  const text = (isBig ? bytes.swap16() : bytes).toString('utf16le');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** Whether of every second octet from `from` on at least a quarter is zero, and of the others none. */
function hasZeros(octets: string, from: number): boolean {
  const end = Math.min(octets.length & ~1, SNIFFED_CHARACTERS);
  let zeros = 0;
  for (let i = 0; i < end; i += 2) {
    if (octets.charCodeAt(i + 1 - from) === 0) return false;
    if (octets.charCodeAt(i + from) === 0) zeros++;
  }
  return zeros > 0 && zeros * 8 >= end;
}

function isText(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0c && code !== 0x0d && code !== 0x1b) return false;
  }
  return true;
}

function beginsXml(text: string): boolean {
  const head = text.slice(0, SNIFFED_CHARACTERS).trimStart().toLowerCase();
  return (
    head.startsWith('<?xml') ||
    (head.startsWith('<!doctype') && !head.startsWith('<!doctype html')) ||
    head.startsWith('<svg')
  );
}
