import { DocumentProblem } from './json-node.ts';

/** A `Content-Type` (RFC 9110 §8.3), lower-case but for the boundary. */
export interface MediaType {
  /** `type/subtype`. */
  readonly essence: string;
  readonly charset: string | undefined;
  readonly boundary: string | undefined;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,127}$/;

/** How nearly all bodies are named. */
const USUAL: ReadonlyMap<string, MediaType | undefined> = new Map(
  [
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=utf-8',
    'application/json; charset=UTF-8',
    'application/json;charset=UTF-8',
    'application/x-www-form-urlencoded',
  ].map((field) => [field, readMediaType(field)]),
);

/** Undefined where the field is anything but one media type, each parameter once. */
export function parseMediaType(field: string): MediaType | undefined {
  return USUAL.get(field) ?? readMediaType(field);
}

function readMediaType(field: string): MediaType | undefined {
  const [head, ...rest] = splitParameters(field) ?? [];
  const slash = head?.indexOf('/') ?? -1;
  if (head === undefined || slash === -1) return undefined;
  if (!TOKEN.test(head.slice(0, slash)) || !TOKEN.test(head.slice(slash + 1))) return undefined;
  const values = new Map<string, string>();
  for (const parameter of rest) {
    const equals = parameter.indexOf('=');
    const name = parameter.slice(0, Math.max(0, equals)).toLowerCase();
    const value = unquoted(parameter.slice(equals + 1));
    if (!TOKEN.test(name) || value === undefined || values.has(name)) return undefined;
    values.set(name, value);
  }
  return {
    essence: head.toLowerCase(),
    charset: values.get('charset')?.toLowerCase(),
    boundary: values.get('boundary'),
  };
}

/** Another charset would have the upstream read other text than what was judged. */
export function isUtf8Charset({ charset }: MediaType): boolean {
  return charset === undefined || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii';
}

/** By semicolons outside of quotes, trimmed; undefined where a quote stays open. */
export function splitParameters(field: string): string[] | undefined {
  const parts: string[] = [];
  let from = 0;
  let quoted = false;
  for (let i = 0; i < field.length; i++) {
    const code = field.charCodeAt(i);
    if (quoted && code === 0x5c) i++;
    else if (code === 0x22) quoted = !quoted;
    else if (code === 0x3b && !quoted) {
      parts.push(field.slice(from, i).trim());
      from = i + 1;
    }
  }
  if (quoted) return undefined;
  parts.push(field.slice(from).trim());
  return parts;
}

export function unquoted(text: string): string | undefined {
  if (!text.startsWith('"')) return TOKEN.test(text) ? text : undefined;
  if (text.length < 2 || !text.endsWith('"')) return undefined;
  const inner = text.slice(1, -1);
  return inner.includes('"') || inner.includes('\\') ? undefined : inner;
}

export function isJsonType(essence: string): boolean {
  return essence === 'application/json' || essence.endsWith('+json') || essence === 'text/json';
}

/** Documented media types, exact ones before ranges. */
export class MediaRanges<T> {
  readonly #exact = new Map<string, T>();
  readonly #types = new Map<string, T>();
  #wildcard: T | undefined = undefined;

  add(range: string, value: T, pointer: string): void {
    const essence = (splitParameters(range)?.[0] ?? '').toLowerCase();
    if (essence === '*/*' || essence === '*') this.#wildcard = value;
    else if (essence.endsWith('/*')) this.#types.set(essence.slice(0, -1), value);
    else if (!essence.includes('/')) throw new DocumentProblem(pointer, 'this is no media type');
    // Several entries that differ in parameters alone (`;version=1`) cannot be told apart by what is judged here.
    else if (!this.#exact.has(essence)) this.#exact.set(essence, value);
  }

  get size(): number {
    return this.#exact.size + this.#types.size + (this.#wildcard === undefined ? 0 : 1);
  }

  get names(): readonly string[] {
    return [
      ...this.#exact.keys(),
      ...[...this.#types.keys()].map((type) => `${type}*`),
      ...(this.#wildcard === undefined ? [] : ['*/*']),
    ];
  }

  find(essence: string): T | undefined {
    const exact = this.#exact.get(essence);
    if (exact !== undefined) return exact;
    return this.#types.get(essence.slice(0, essence.indexOf('/') + 1)) ?? this.#wildcard;
  }
}
