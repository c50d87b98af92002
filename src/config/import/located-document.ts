import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

/** A YAML or JSON document as plain data, with the line of every key. */
export interface LocatedDocument {
  readonly value: unknown;
  /** Line of the key at the end of a path, or of the nearest thing above it that is known. */
  lineOf(path: readonly (string | number)[]): number;
}

export type DocumentReading =
  | { readonly ok: true; readonly document: LocatedDocument }
  | { readonly ok: false; readonly line: number; readonly problem: string };

export const DOCUMENT_BYTES_MAX = 32 * 1024 * 1024;
/** The YAML reader is slow and recursive: larger and deeper documents have to be JSON. */
const YAML_CHARACTERS_MAX = 8 * 1024 * 1024;
const NODES_MAX = 1_000_000;
const DEPTH_MAX = 100;
const ALIASES_MAX = 1000;
/** Lines are kept for what importers name: paths and their methods, services and their routes. */
const JSON_LINES_DEPTH_MAX = 6;

interface Place {
  readonly line: number;
  readonly inside: Map<string | number, Place>;
}

/** Reads a document, bounded. Throws never; messages do not quote it. */
export function readDocument(text: string): DocumentReading {
  if (text.length > DOCUMENT_BYTES_MAX) return failed(1, `the file is larger than ${DOCUMENT_BYTES_MAX} bytes`);
  const trimmed = text.trimStart();
  if (trimmed.startsWith('{')) {
    try {
      const value: unknown = JSON.parse(text);
      return { ok: true, document: { value, lineOf: walker(jsonPlaces(text)) } };
    } catch {
      // What is no JSON may be YAML that begins with a brace.
    }
  }
  if (text.length > YAML_CHARACTERS_MAX) return failed(1, 'the file is neither JSON nor YAML of at most 8 MiB');
  return readYaml(text);
}

function readYaml(text: string): DocumentReading {
  const lines = new LineCounter();
  const nested = deepNestingLine(text);
  if (nested !== undefined) return failed(nested, 'the file is nested too deeply');
  try {
    const parsed = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      uniqueKeys: false,
      prettyErrors: false,
      lineCounter: lines,
      logLevel: 'error',
    });
    const fault = parsed.errors[0];
    if (fault !== undefined) return failed(lines.linePos(fault.pos[0]).line, 'the file is not valid YAML');
    const builder = new YamlReading(lines, (alias) => (isAlias(alias) ? alias.resolve(parsed) : undefined));
    const value = builder.build(parsed.contents, 0, builder.root);
    if (builder.problem !== undefined) return failed(builder.problem.line, builder.problem.text);
    return { ok: true, document: { value, lineOf: walker(builder.root) } };
  } catch {
    return failed(1, 'the file cannot be read as YAML');
  }
}

class YamlReading {
  readonly root: Place = { line: 1, inside: new Map() };
  problem: { readonly line: number; readonly text: string } | undefined;
  readonly #lines: LineCounter;
  readonly #resolve: (alias: unknown) => unknown;
  #nodes = 0;
  #aliases = 0;

  constructor(lines: LineCounter, resolve: (alias: unknown) => unknown) {
    this.#lines = lines;
    this.#resolve = resolve;
  }

  build(node: unknown, depth: number, place: Place): unknown {
    if (this.problem !== undefined) return undefined;
    if (depth > DEPTH_MAX || ++this.#nodes > NODES_MAX) {
      this.problem = { line: place.line, text: 'the file has too much structure' };
      return undefined;
    }
    if (isAlias(node)) {
      if (++this.#aliases > ALIASES_MAX) this.problem = { line: place.line, text: 'the file has too many aliases' };
      return this.build(this.#resolve(node), depth + 1, place);
    }
    if (isScalar(node)) return typeof node.value === 'bigint' ? String(node.value) : node.value;
    if (isSeq(node))
      return node.items.map((item, index) => this.build(item, depth + 1, this.#enter(place, index, item)));
    if (!isMap(node)) return undefined;
    const value = new Map<string, unknown>();
    for (const pair of node.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : undefined;
      if (key === undefined) continue;
      if (key === '<<') {
        for (const [name, one] of merged(this.build(pair.value, depth + 1, { line: place.line, inside: new Map() })))
          if (!value.has(name)) value.set(name, one);
        continue;
      }
      // Of keys that stand twice, a reader may take either: neither is believed.
      if (value.has(key) && place.inside.has(key)) {
        this.problem = { line: this.#lineOf(pair.key) ?? place.line, text: 'a key stands twice' };
        return undefined;
      }
      value.set(key, this.build(pair.value, depth + 1, this.#enter(place, key, pair.key)));
    }
    return Object.fromEntries(value);
  }

  #enter(place: Place, key: string | number, node: unknown): Place {
    const inner = { line: this.#lineOf(node) ?? place.line, inside: new Map() };
    place.inside.set(key, inner);
    return inner;
  }

  #lineOf(node: unknown): number | undefined {
    const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
    return range ? Math.max(1, this.#lines.linePos(range[0]).line) : undefined;
  }
}

function merged(value: unknown): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value)) return value.flatMap(merged);
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function walker(root: Place): LocatedDocument['lineOf'] {
  return (path) => {
    let place = root;
    for (const step of path) {
      const next = place.inside.get(step);
      if (next === undefined) break;
      place = next;
    }
    return place.line;
  };
}

/** One pass over text that `JSON.parse` took, keeping the lines of keys near the root. */
function jsonPlaces(text: string): Place {
  const root: Place = { line: 1, inside: new Map() };
  const stack: { place: Place | undefined; list: boolean; key: string | number }[] = [];
  let line = 1;
  let expectsKey = false;
  const child = (): Place | undefined => {
    const top = stack.at(-1);
    if (top === undefined) return root;
    if (top.place === undefined || stack.length > JSON_LINES_DEPTH_MAX) return undefined;
    const known = top.place.inside.get(top.key);
    if (known !== undefined) return known;
    const place = { line, inside: new Map<string | number, Place>() };
    top.place.inside.set(top.key, place);
    return place;
  };
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x0a) line++;
    else if (code === 0x22) {
      const start = at++;
      while (text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1;
      const top = stack.at(-1);
      if (expectsKey && top !== undefined && top.place !== undefined && stack.length <= JSON_LINES_DEPTH_MAX) {
        top.key = String(JSON.parse(text.slice(start, at + 1)));
        child();
      }
      expectsKey = false;
    } else if (code === 0x7b || code === 0x5b) {
      stack.push({ place: child(), list: code === 0x5b, key: 0 });
      expectsKey = code === 0x7b;
    } else if (code === 0x7d || code === 0x5d) {
      stack.pop();
      expectsKey = false;
    } else if (code === 0x2c) {
      const top = stack.at(-1);
      if (top?.list === true && typeof top.key === 'number') top.key++;
      expectsKey = top?.list === false;
    }
  }
  return root;
}

/** The library recurses: nesting it should not be given is found first, by brackets and by indentation. */
function deepNestingLine(text: string): number | undefined {
  let line = 1;
  let depth = 0;
  let indicators = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x0a) {
      line++;
      indicators = 0;
    } else if (code === 0x5b || code === 0x7b) depth++;
    else if (code === 0x5d || code === 0x7d) depth = Math.max(0, depth - 1);
    else if ((code === 0x2d || code === 0x3f) && text.charCodeAt(at + 1) === 0x20) indicators++;
    if (depth > 200 || indicators > 200) return line;
  }
  return undefined;
}

function failed(line: number, problem: string): DocumentReading {
  return { ok: false, line, problem };
}
