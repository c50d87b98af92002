import type { Call } from '../core/call.ts';
import { clientOrigin } from './client-origin.ts';
import type { Component, RequestSignature } from './signature-fields.ts';
import { joined, withoutPadding } from './signature-fields.ts';
import { type FieldKind, type Member, readDictionary, strictMemberText, strictText } from './structured-fields.ts';

export type SignatureBase =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly detail: string };

type CallParts = Pick<
  Call,
  'method' | 'scheme' | 'host' | 'path' | 'query' | 'headers' | 'fromTrustedProxy' | 'bodyBytesDeclared'
>;

/** Read once however many components ask: else a list of components multiplies the work of a long field or query. */
interface Parsed {
  readonly dictionaries: Map<string, ReadonlyMap<string, Member> | undefined>;
  /** Values by name, both encoded anew; undefined within where there is no one value. */
  parameters: ReadonlyMap<string, string | undefined> | undefined;
}

/**
 * Makes the signature base of a request anew (RFC 9421 §2.5) from its canonical form. `origin` is the one clients see;
 * undefined: scheme and host of the call. Not ok where a component is not there, is not one of requests, or its value
 * could be read as another line.
 */
export function signatureBase(
  call: CallParts,
  { components, parametersText }: Pick<RequestSignature, 'components' | 'parametersText'>,
  origin: string | undefined,
): SignatureBase {
  const parsed: Parsed = { dictionaries: new Map(), parameters: undefined };
  let text = '';
  for (const component of components) {
    const value = component.name.startsWith('@')
      ? derivedValue(call, component, origin, parsed)
      : fieldValue(call, component, parsed);
    if (value === undefined)
      return { ok: false, detail: 'a covered component is not there, or cannot be part of a request' };
    if (!isOneLine(value)) return { ok: false, detail: 'a covered component is not one line of ASCII' };
    text += `${component.identifier}: ${value}\n`;
  }
  return { ok: true, text: `${text}"@signature-params": ${parametersText}` };
}

/** RFC 9421 §2.2; `@status` belongs to answers. */
function derivedValue(
  call: CallParts,
  { name, parameters }: Component,
  origin: string | undefined,
  parsed: Parsed,
): string | undefined {
  if (name === '@query-param') return queryParameter(call.query, parameters, parsed);
  if (parameters.size > 0) return undefined;
  const seen = origin ?? clientOrigin(call);
  const target = call.query === '' ? call.path : `${call.path}?${call.query}`;
  switch (name) {
    case '@method':
      return call.method;
    case '@target-uri':
      return seen + target;
    case '@authority':
      return seen.slice(seen.indexOf('//') + 2);
    case '@scheme':
      return seen.slice(0, seen.indexOf(':'));
    case '@request-target':
      return target;
    case '@path':
      return call.path;
    case '@query':
      return `?${call.query}`;
    default:
      return undefined;
  }
}

/** The one value of a query parameter, encoded anew (RFC 9421 §2.2.8). */
function queryParameter(query: string, parameters: Component['parameters'], parsed: Parsed): string | undefined {
  const name = parameters.get('name');
  if (typeof name !== 'string' || parameters.size !== 1) return undefined;
  parsed.parameters ??= queryParameters(query);
  return parsed.parameters.get(name);
}

/**
 * A parameter that is there twice has no value, and neither has one that is no UTF-8: all of those look alike once they
 * are decoded (§7.5.8).
 */
function queryParameters(query: string): ReadonlyMap<string, string | undefined> {
  const values = new Map<string, string | undefined>();
  // The reader takes one question mark off, which must not be one of the query itself.
  for (const [key, value] of new URLSearchParams(`?${query}`)) {
    const name = formEncoded(key);
    const isOne = !values.has(name) && !key.includes(REPLACEMENT) && !value.includes(REPLACEMENT);
    values.set(name, isOne ? formEncoded(value) : undefined);
  }
  return values;
}

/** What decoders put where there was no UTF-8. */
const REPLACEMENT = '\ufffd';

/** The percent-encode set of application/x-www-form-urlencoded (URL Standard), a space as %20. */
function formEncoded(text: string): string {
  let out = '';
  for (const character of encodeURIComponent(text.toWellFormed())) {
    const code = character.charCodeAt(0);
    out += "!'()~".includes(character) ? `%${code.toString(16).toUpperCase()}` : character;
  }
  return out;
}

/** RFC 9421 §2.1. Trailers are not forwarded and cannot be covered; `req` belongs to answers. */
function fieldValue(call: CallParts, { name, parameters }: Component, parsed: Parsed): string | undefined {
  const { headers } = call;
  if (parameters.has('tr') || parameters.has('req') || parameters.has('name')) return undefined;
  const isBytes = parameters.has('bs');
  const key = parameters.get('key');
  if (isBytes && parameters.size > 1) return undefined;
  if (isBytes) return byteSequences(headers, name);
  const text = joined(headers, name) ?? framingValue(call, name);
  if (text === undefined) return undefined;
  if (typeof key === 'string') {
    if (!parsed.dictionaries.has(name)) parsed.dictionaries.set(name, readDictionary(text));
    const member = parsed.dictionaries.get(name)?.get(key);
    return member === undefined ? undefined : strictMemberText(text, member);
  }
  if (!parameters.has('sf')) return text;
  const kind = FIELD_KINDS[name];
  return kind === undefined ? undefined : strictText(text, kind);
}

/** What is no header field of a call any more: it says how the call was framed, and is written anew. */
function framingValue({ host, bodyBytesDeclared }: CallParts, name: string): string | undefined {
  switch (name) {
    case 'host':
      return host;
    case 'content-length':
      return bodyBytesDeclared < 0 ? undefined : String(bodyBytesDeclared);
    default:
      return undefined;
  }
}

/** Each line on its own, so that a comma within one cannot pass for the border of two (RFC 9421 §2.1.3). */
function byteSequences(headers: Call['headers'], name: string): string | undefined {
  const lines: string[] = [];
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i] === name)
      lines.push(`:${Buffer.from(withoutPadding(headers[i + 1] ?? ''), 'latin1').toString('base64')}:`);
  return lines.length === 0 ? undefined : lines.join(', ');
}

/** Structured fields of requests and their kinds; of others nobody knows how to write them strictly. */
const FIELD_KINDS: Readonly<Record<string, FieldKind>> = Object.assign(Object.create(null), {
  'content-digest': 'dictionary',
  'repr-digest': 'dictionary',
  'want-content-digest': 'dictionary',
  'want-repr-digest': 'dictionary',
  'signature-input': 'dictionary',
  signature: 'dictionary',
  priority: 'dictionary',
  'client-cert': 'item',
  'client-cert-chain': 'list',
  'idempotency-key': 'item',
});

function isOneLine(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 ? code !== 0x09 : code > 0x7e) return false;
  }
  return true;
}
