import { isUtf8 } from 'node:buffer';
import { type HeaderFields, headerCount, headerValue } from '../../core/call.ts';
import { inflate } from './content-coding.ts';
import { readGraphqlText } from './graphql-leaves.ts';
import { decodedFrames, isGrpcType, readFrames } from './grpc-leaves.ts';
import { looksLikeJson, readJson } from './json-leaves.ts';
import { readJsonLines } from './json-lines.ts';
import { charsetKind, type MediaType, parseMediaType } from './media-type.ts';
import { readMultipart } from './multipart-leaves.ts';
import { emitText } from './nested-text.ts';
import { readPairs } from './pair-leaves.ts';
import { isText } from './plain-text.ts';
import { isProtobufType, readMessage } from './protobuf-leaves.ts';
import { readRaw } from './raw-leaves.ts';
import type { LeafWalk } from './walk.ts';
import { readXml } from './xml-leaves.ts';

/**
 * Shows what is in a body: by its declared type, and where it looks like something else, as what it looks like, since
 * many servers go by that. Everything that could be read in two ways is said.
 */
export function readBody(walk: LeafWalk, headers: HeaderFields, body: Uint8Array): void {
  if (headerCount(headers, 'content-type') > 1) walk.malformed('content_type');
  const declared = headerValue(headers, 'content-type');
  const media = declared === undefined ? undefined : parseMediaType(declared);
  if (declared !== undefined && declared !== '' && media === undefined) walk.malformed('content_type');
  const bytes = decodedContent(walk, headers, body);
  if (bytes === undefined) return;
  walk.enter('body');
  if (media !== undefined && isGrpcType(media.type)) readGrpc(walk, media, headers, bytes);
  else readContent(walk, media, bytes);
  walk.leave();
}

function decodedContent(walk: LeafWalk, headers: HeaderFields, body: Uint8Array): Uint8Array | undefined {
  const coding = headerValue(headers, 'content-encoding');
  if (coding === undefined) return body;
  const inflated =
    headerCount(headers, 'content-encoding') > 1 ? { kind: 'unsupported' as const } : inflate(body, coding);
  if (inflated.kind === 'content') return inflated.bytes;
  if (inflated.kind === 'expansion') walk.limit('expansion');
  else walk.malformed('encoding');
  return undefined;
}

function readGrpc(walk: LeafWalk, media: MediaType, headers: HeaderFields, bytes: Uint8Array): void {
  const inner: MediaType = {
    ...media,
    type: media.type.endsWith('+json') ? 'application/json' : 'application/protobuf',
  };
  const coding = headerValue(headers, 'grpc-encoding') ?? headerValue(headers, 'connect-content-encoding') ?? '';
  const frames = media.type.startsWith('application/grpc-web-text') ? decodedFrames(bytes) : bytes;
  if (frames !== undefined && readFrames(walk, frames, coding, (message) => readContent(walk, inner, message))) return;
  walk.odd('content_type_mismatch');
  readContent(walk, undefined, bytes);
}

function readContent(walk: LeafWalk, media: MediaType | undefined, bytes: Uint8Array): void {
  const type = media?.type ?? '';
  if (isProtobufType(type)) {
    if (readMessage(walk, bytes)) {
      readTextBesides(walk, bytes);
      return;
    }
    walk.odd('content_type_mismatch');
  }
  if (type.startsWith('multipart/')) {
    if (readMultipart(walk, bytes, media?.parameters.get('boundary'), type === 'multipart/form-data')) return;
    walk.malformed('multipart');
    // What was not cut into parts is looked at whole.
    readRaw(walk, bytes);
    return;
  }
  const text = textOf(walk, media, bytes);
  if (text === undefined) {
    readRaw(walk, bytes);
    return;
  }
  readText(walk, type, text, bytes);
}

/** A message that could be text as well, or JSON with controls in it: servers that go by sight read it so. */
function readTextBesides(walk: LeafWalk, bytes: Uint8Array): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isUtf8(buffer)) return;
  const text = buffer.toString('utf8');
  if (isText(buffer) || looksLikeJson(text)) readBySight(walk, '', text, bytes);
}

/** The body as text, or undefined where it is none: binary, or in a charset that is not read. */
function textOf(walk: LeafWalk, media: MediaType | undefined, bytes: Uint8Array): string | undefined {
  const charset = charsetKind(media?.parameters.get('charset') ?? 'utf-8');
  if (charset === 'unsupported') {
    walk.malformed('charset');
    return undefined;
  }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (charset === 'asciiCompatible') {
    if (isUtf8(buffer)) return buffer.toString('utf8');
    walk.odd('charset');
    return buffer.toString('latin1');
  }
  if (isUtf8(buffer)) return buffer.toString('utf8');
  if (media !== undefined && isTextual(media.type)) {
    walk.malformed('utf8');
    return buffer.toString('latin1');
  }
  return undefined;
}

function isTextual(type: string): boolean {
  return isJsonType(type) || isXmlType(type) || type === FORM || type === 'application/graphql';
}

const FORM = 'application/x-www-form-urlencoded';

function readText(walk: LeafWalk, type: string, text: string, bytes: Uint8Array): void {
  const start = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (isJsonType(type)) {
    const reading = readJson(walk, start, 'json', emitText, true);
    if (reading === 'duplicateKey') walk.malformed('json_duplicate_key');
    if (reading !== 'malformed' || start.trim() === '') return;
    if (readJsonLines(walk, start)) return;
    walk.malformed('json');
    readRaw(walk, bytes);
  } else if (isXmlType(type)) {
    if (readXml(walk, start, true)) return;
    walk.malformed('xml');
    readRaw(walk, bytes);
  } else if (type === 'application/graphql') {
    if (!readGraphqlText(walk, start)) emitText(walk, 'graphql', start, 'json-string');
  } else readBySight(walk, type, start, bytes);
}

/** A form, and whatever has no type of its own: JSON, XML or a form by its looks. */
function readBySight(walk: LeafWalk, type: string, text: string, bytes: Uint8Array): void {
  if (looksLikeJson(text)) {
    walk.odd('content_type_mismatch');
    const reading = readJson(walk, text, 'json', emitText, true);
    if (reading === 'ok') return;
    if (reading === 'duplicateKey') {
      walk.malformed('json_duplicate_key');
      return;
    }
    if (readJsonLines(walk, text)) return;
  }
  if (type === FORM) {
    readPairs(walk, text, 'form', true);
    return;
  }
  if (looksLikeXml(text)) {
    walk.odd('content_type_mismatch');
    if (readXml(walk, text, true)) return;
  } else if (looksLikeForm(text)) {
    walk.odd('content_type_mismatch');
    readPairs(walk, text, 'form', true);
    return;
  } else if (text.startsWith('--') && text.includes('form-data')) walk.malformed('content_type');
  readRaw(walk, bytes);
}

function isJsonType(type: string): boolean {
  return type.endsWith('/json') || type.endsWith('+json') || NDJSON.has(type);
}

const NDJSON: ReadonlySet<string> = new Set(['application/x-ndjson', 'application/ndjson', 'application/jsonl']);

function isXmlType(type: string): boolean {
  return type.endsWith('/xml') || type.endsWith('+xml');
}

function looksLikeXml(text: string): boolean {
  const start = text.trimStart().slice(0, 16).toLowerCase();
  return start.startsWith('<?xml') || start.startsWith('<!doctype ') || start.startsWith('<soap');
}

const FORM_NAME_CHARACTERS_MAX = 64;

/** `name=` at the beginning, and nothing but what forms are written in. */
function looksLikeForm(text: string): boolean {
  const mark = text.indexOf('=');
  if (mark <= 0 || mark > FORM_NAME_CHARACTERS_MAX) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code > 0x7e || code === 0x22 || code === 0x3c || code === 0x3e) return false;
  }
  return true;
}
