import { isAll, TOKEN } from '../../http/characters.ts';
import { charsetKind, parseMediaType, parseParameters } from './media-type.ts';

/** The head of one part (RFC 7578 §4). */
export interface PartHead {
  readonly name: string;
  /** Undefined where the part is a value. */
  readonly fileName: string | undefined;
  readonly type: string;
  /** The other fields, a flat list of names and values. */
  readonly others: readonly string[];
}

const FIELDS_MAX = 16;
const HEAD_CHARACTERS_MAX = 8 * 1024;

/** Reads the lines before the empty one; undefined for whatever two parsers could read differently. `isForm` asks for a name. */
export function parsePartHead(head: string, isForm: boolean): PartHead | undefined {
  if (head.length > HEAD_CHARACTERS_MAX) return undefined;
  const seen = new Set<string>();
  const others: string[] = [];
  let name: string | undefined;
  let fileName: string | undefined;
  let type = '';
  for (const line of head === '' ? [] : head.split('\r\n')) {
    const colon = line.indexOf(':');
    // A folded line begins with a space, which is no token.
    if (colon <= 0 || !isAll(line.slice(0, colon), TOKEN) || hasControl(line)) return undefined;
    const field = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (seen.has(field) || seen.size === FIELDS_MAX) return undefined;
    seen.add(field);
    if (field === 'content-disposition') {
      const disposition = parseDisposition(value);
      if (disposition === undefined || (isForm && disposition.kind !== 'form-data')) return undefined;
      name = disposition.name;
      fileName = disposition.fileName;
    } else if (field === 'content-type') {
      const media = parseMediaType(value);
      if (media === undefined || charsetKind(media.parameters.get('charset') ?? 'utf-8') === 'unsupported')
        return undefined;
      type = media.type;
    } else if (field === 'content-transfer-encoding') {
      // Deprecated by RFC 7578 §4.7: some parsers decode, most do not.
      const lower = value.toLowerCase();
      if (lower !== '7bit' && lower !== '8bit' && lower !== 'binary') return undefined;
    } else if (field !== 'content-length') others.push(field, value);
  }
  if (isForm && name === undefined) return undefined;
  return { name: name ?? '', fileName, type, others };
}

interface Disposition {
  readonly kind: string;
  readonly name: string | undefined;
  readonly fileName: string | undefined;
}

function parseDisposition(value: string): Disposition | undefined {
  const semicolon = value.indexOf(';');
  const kind = (semicolon < 0 ? value : value.slice(0, semicolon)).trim().toLowerCase();
  if (semicolon < 0) return { kind, name: undefined, fileName: undefined };
  const parameters = parseParameters(value, semicolon);
  if (parameters === undefined) return undefined;
  // `name*` is read by some parsers and by others not; `filename*` (RFC 8187) beside `filename` names two files.
  if (parameters.has('name*')) return undefined;
  const plain = parameters.get('filename');
  const extended = parameters.get('filename*');
  if (plain !== undefined && extended !== undefined) return undefined;
  const fileName = extended === undefined ? plain : extendedValue(extended);
  if (extended !== undefined && fileName === undefined) return undefined;
  // An empty one names no file: some servers take such a part for a value.
  return { kind, name: parameters.get('name'), fileName: fileName === '' ? undefined : fileName };
}

/** `UTF-8''percent-encoded` (RFC 8187 §3.2). */
function extendedValue(text: string): string | undefined {
  const [charset, , encoded, more] = text.split("'");
  if (charset?.toLowerCase() !== 'utf-8' || encoded === undefined || more !== undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

function hasControl(line: string): boolean {
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return true;
  }
  return false;
}
