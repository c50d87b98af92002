import { isUtf8Charset, parseMediaType, splitParameters, unquoted } from './media-types.ts';
import { utf8Text } from './text-values.ts';

/** One part of a `multipart/form-data` body (RFC 7578). */
export interface FormPart {
  readonly name: string;
  readonly isFile: boolean;
  /** Lower-case essence of its own `Content-Type`, or empty. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

const PARTS_MAX = 1_000;
const HEAD_BYTES_MAX = 4_096;
const BOUNDARY = /^[0-9A-Za-z'()+_,./:=? -]{1,70}$/;

/**
 * The parts of a body. Undefined where readers could disagree on them: text before the first boundary, a part without
 * exactly one name, a field that stands twice, a transfer encoding, more than it may have.
 */
export function formParts(bytes: Uint8Array, boundary: string | undefined): readonly FormPart[] | undefined {
  if (boundary === undefined || !BOUNDARY.test(boundary) || boundary.endsWith(' ')) return undefined;
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  const first = delimiter.subarray(2);
  if (!body.subarray(0, first.length).equals(first)) return undefined;
  const parts: FormPart[] = [];
  let at = first.length;
  for (;;) {
    if (body[at] === 0x2d && body[at + 1] === 0x2d) {
      const end = body.subarray(at + 2);
      return end.length === 0 || (end.length === 2 && end[0] === 0x0d && end[1] === 0x0a) ? parts : undefined;
    }
    if (body[at] !== 0x0d || body[at + 1] !== 0x0a || parts.length === PARTS_MAX) return undefined;
    const next = body.indexOf(delimiter, at);
    const headEnd = body.indexOf('\r\n\r\n', at);
    if (next === -1 || headEnd === -1 || headEnd > next || headEnd - at > HEAD_BYTES_MAX) return undefined;
    const part = partOf(body.subarray(at + 2, headEnd), body.subarray(headEnd + 4, next));
    if (part === undefined) return undefined;
    parts.push(part);
    at = next + delimiter.length;
  }
}

function partOf(head: Uint8Array, bytes: Uint8Array): FormPart | undefined {
  const text = utf8Text(head);
  if (text === undefined) return undefined;
  const fields = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    if (name === '' || name !== name.trim() || fields.has(name)) return undefined;
    fields.set(name, line.slice(colon + 1).trim());
  }
  const encoding = fields.get('content-transfer-encoding')?.toLowerCase();
  if (encoding !== undefined && encoding !== 'binary' && encoding !== '8bit' && encoding !== '7bit') return undefined;
  const [kind, ...parameters] = splitParameters(fields.get('content-disposition') ?? '') ?? [];
  if (kind?.toLowerCase() !== 'form-data') return undefined;
  const values = new Map<string, string>();
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=');
    const name = parameter.slice(0, Math.max(0, equals)).trim().toLowerCase();
    const value = unquoted(parameter.slice(equals + 1).trim());
    // `name*` is another spelling of the name (RFC 7578 §4.2 forbids it), which some readers take and some do not.
    if (name === 'name*' || values.has(name)) return undefined;
    if (value === undefined) return undefined;
    values.set(name, value);
  }
  const name = values.get('name');
  if (name === undefined) return undefined;
  const type = fields.get('content-type');
  const media = type === undefined ? undefined : parseMediaType(type);
  // In another charset the upstream would read another text than what was judged.
  if (type !== undefined && (media === undefined || !isUtf8Charset(media))) return undefined;
  return { name, isFile: values.has('filename') || values.has('filename*'), type: media?.essence ?? '', bytes };
}
