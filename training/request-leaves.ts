import type { Leaf, LeafLocation } from '../src/detect/leaf.ts';

/** Fields that describe the connection and not the call; whoever sends them sends them the same each time. */
const SKIPPED =
  /^(host|content-length|connection|accept|accept-encoding|accept-language|content-type|origin|sec-.*|cache-control|pragma|upgrade-insecure-requests|if-none-match|if-modified-since|dnt|te|date|authorization|priority|keep-alive|proxy-connection)$/i;

/** A request's head and body as text; the training's own reading, lenient and without limits. */
export function requestLeaves(raw: Buffer): Leaf[] {
  const split = raw.indexOf('\r\n\r\n');
  const head = (split < 0 ? raw : raw.subarray(0, split)).toString('latin1').split('\r\n');
  const body = split < 0 ? '' : raw.subarray(split + 4).toString('utf8');
  const fields = head.slice(1).map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim(), Buffer.from(line.slice(colon + 1).trim(), 'latin1').toString('utf8')];
  });
  return leavesOf((head[0] ?? '').split(' ')[1] ?? '/', fields, body);
}

export function leavesOf(target: string, fields: readonly (readonly [string, string])[], body: string): Leaf[] {
  const leaves: Leaf[] = [];
  const add = (location: LeafLocation, path: string, text: string, isKey = false): void => {
    if (text !== '') leaves.push({ location, isKey, path, text, decoded: [] });
  };
  const question = target.indexOf('?');
  const path = question < 0 ? target : target.slice(0, question);
  const plain = decode(path, false);
  if (/[^\w/.-]|\.\.|\/\./.test(plain)) add('path', 'path', plain);
  for (const segment of path.split('/')) add('path', 'path', decode(segment, false));
  if (question >= 0) form(target.slice(question + 1), 'query', add);
  let type = '';
  for (const [name, value] of fields) {
    if (/^content-type$/i.test(name)) type = value;
    if (/^cookie$/i.test(name)) {
      for (const pair of value.split(/; ?/)) {
        const equals = pair.indexOf('=');
        add('cookie', `cookie.${pair.slice(0, Math.max(0, equals))}`, pair.slice(equals + 1));
      }
    } else if (!SKIPPED.test(name)) add('header', `header.${name}`, value);
  }
  if (body === '') return leaves;
  const boundaryType = type;
  type = type.toLowerCase();
  if (type.includes('protobuf') || type.includes('octet-stream') || isBinary(body)) return leaves;
  const boundary = /boundary="?([^";]+)/i.exec(boundaryType)?.[1];
  if (boundary !== undefined) {
    multipart(body, boundary, add);
    return leaves;
  }
  if (/^\s*[[{]/.test(body)) {
    try {
      json(JSON.parse(body), 'body', add, 0);
      return leaves;
    } catch {
      // Read as something else below.
    }
  }
  if (type.includes('xml')) xml(body, add);
  else if (type.includes('form-urlencoded') || /^[\w.[\]-]+=/.test(body)) form(body, 'form', add);
  else add('raw', 'body', body);
  return leaves;
}

type Add = (location: LeafLocation, path: string, text: string, isKey?: boolean) => void;

function form(text: string, location: LeafLocation, add: Add): void {
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals), true);
    add(location, name, name, true);
    if (equals >= 0) nested(decode(pair.slice(equals + 1), true), location, name, add, 0);
  }
}

function nested(text: string, location: LeafLocation, path: string, add: Add, depth: number): void {
  if (depth < 4 && /^\s*[[{][\s\S]*[\]}]\s*$/.test(text)) {
    try {
      json(JSON.parse(text), path, (_, at, value, isKey) => add(location, at, value, isKey), depth + 1);
      return;
    } catch {
      // No JSON after all.
    }
  }
  add(location, path, text);
}

function json(value: unknown, path: string, add: Add, depth: number): void {
  if (depth > 40) return;
  if (typeof value === 'string') nested(value, 'json', path, add, depth);
  else if (Array.isArray(value)) for (const item of value) json(item, `${path}[]`, add, depth + 1);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      add('json', `${path}.${key}`, key, true);
      json(item, `${path}.${key}`, add, depth + 1);
    }
  }
}

function multipart(body: string, boundary: string, add: Add): void {
  for (const part of body.split(`--${boundary}`).slice(1, -1)) {
    const [head = '', ...rest] = part.split(/\r?\n\r?\n/);
    const name = /[; ]name="([^"]*)/i.exec(head)?.[1] ?? '';
    add('multipart', name, name, true);
    add('multipart', name, /filename="([^"]*)/i.exec(head)?.[1] ?? '');
    const value = rest.join('\n\n').replace(/\r?\n$/, '');
    if (!isBinary(value)) add('multipart', name, value);
  }
}

function xml(body: string, add: Add): void {
  if (/<!DOCTYPE|<!ENTITY|xi:include/i.test(body)) add('xml', 'body', body);
  for (const [, text] of body.matchAll(/>([^<]+)</g)) add('xml', 'body', text ?? '');
  for (const [, text] of body.matchAll(/="([^"]*)"/g)) add('xml', 'body', text ?? '');
}

function decode(text: string, plusIsBlank: boolean): string {
  const blank = plusIsBlank ? text.replaceAll('+', ' ') : text;
  if (!blank.includes('%')) return blank;
  try {
    return decodeURIComponent(blank);
  } catch {
    return blank.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
      Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'),
    );
  }
}

function isBinary(text: string): boolean {
  for (let i = 0; i < Math.min(text.length, 2000); i++) {
    const unit = text.charCodeAt(i);
    if (unit < 9 || unit === 0xfffd) return true;
  }
  return false;
}
