import { canonicalPath } from './canonical-path.ts';
import { DELIMITER, hexValue } from './characters.ts';

export type TemplateSegment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string };

/** A path template: literal segments, `{name}` for one segment that is not empty, and a last `*` for any rest. */
export interface Template {
  readonly segments: readonly TemplateSegment[];
  readonly rest: boolean;
}

export type ParsedTemplate =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly error: string };

const SEGMENTS_MAX = 60;

/** Parses a template. Literals must be in canonical form: one that is not could never match a canonical path. */
export function parseTemplate(text: string): ParsedTemplate {
  if (!text.startsWith('/')) return failed('a path begins with /');
  const parts = text.slice(1).split('/');
  const rest = parts.at(-1) === '*';
  if (rest) parts.pop();
  if (parts.length > SEGMENTS_MAX) return failed(`a path has at most ${SEGMENTS_MAX} segments`);
  const names = new Set<string>();
  const segments: TemplateSegment[] = [];
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    if (part === '' && !(last && !rest)) return failed('a path has no empty segments');
    if (part.startsWith('{') || part.endsWith('}')) {
      const name = part.slice(1, -1);
      if (!part.startsWith('{') || !part.endsWith('}') || !isName(name))
        return failed(`${part} is not a parameter: write {name} for a whole segment`);
      if (names.has(name)) return failed(`the parameter ${name} occurs twice`);
      names.add(name);
      segments.push({ kind: 'parameter', name });
      continue;
    }
    if (part.includes('*')) return failed('* stands only as the last segment');
    if (part.includes('{') || part.includes('}')) return failed('a parameter is a whole segment');
    const canonical = canonicalPath(`/${part}`);
    if (canonical.kind === 'fault') return failed(`in the segment ${part} ${canonical.detail}`);
    if (canonical.ambiguities !== 0) return failed(`the segment ${part} could be read in two ways`);
    if (canonical.path !== `/${part}`)
      return failed(`write ${canonical.path.slice(1)} instead of ${part}: the canonical form is what is matched`);
    const key = literalKey(part);
    if (key !== part) return failed(`write ${key} instead of ${part}: it matches either spelling`);
    segments.push({ kind: 'literal', text: part });
  }
  return { ok: true, template: { segments, rest } };
}

/**
 * A segment of a canonical path as literals are compared with it: `%40me` is `@me`. Upstreams decode both to one name,
 * so that a call spelled the other way must not slip past the route written for it.
 */
export function literalKey(segment: string): string {
  let at = segment.indexOf('%');
  if (at === -1) return segment;
  let key = '';
  let from = 0;
  for (; at !== -1; at = segment.indexOf('%', at + 3)) {
    const byte = hexValue(segment.charCodeAt(at + 1)) * 16 + hexValue(segment.charCodeAt(at + 2));
    if (DELIMITER[byte] !== 1) continue;
    key += segment.slice(from, at) + String.fromCharCode(byte);
    from = at + 3;
  }
  return key + segment.slice(from);
}

/** Whether some path matches both. */
export function templatesOverlap(a: Template, b: Template): boolean {
  const length = Math.max(a.segments.length, b.segments.length);
  for (let i = 0; i < length; i++) {
    const one = a.segments[i];
    const other = b.segments[i];
    if (one === undefined) return a.rest;
    if (other === undefined) return b.rest;
    if (one.kind === 'literal' && other.kind === 'literal' && one.text !== other.text) return false;
    if (
      one.kind !== other.kind &&
      (one.kind === 'literal' ? one.text : other.kind === 'literal' ? other.text : '') === ''
    )
      return false;
  }
  return true;
}

/** By position in the path: the name of a template's parameter there, or empty. Ends with the last parameter. */
export function parameterNames({ segments }: Template): readonly string[] {
  const names = segments.map((segment) => (segment.kind === 'parameter' ? segment.name : ''));
  return names.slice(0, names.findLastIndex((name) => name !== '') + 1);
}

/** The values of a template's parameters in a path it matches, still percent-encoded. */
export function pathParameters(template: Template, path: string): ReadonlyMap<string, string> {
  const parts = path.slice(1).split('/');
  const values = new Map<string, string>();
  template.segments.forEach((segment, index) => {
    if (segment.kind === 'parameter') values.set(segment.name, parts[index] ?? '');
  });
  return values;
}

function isName(name: string): boolean {
  if (name.length === 0 || name.length > 64) return false;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    const letter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f;
    if (!letter && !(i > 0 && ((code >= 0x30 && code <= 0x39) || code === 0x2d))) return false;
  }
  return true;
}

function failed(error: string): ParsedTemplate {
  return { ok: false, error };
}
