import { upgradeFromTwoToThree } from '@scalar/openapi-upgrader/2.0-to-3.0';
import { isMap, LineCounter, type Node, type ParsedNode, parseDocument as parseYaml, visit } from 'yaml';
import { below, DocumentProblem, type JsonRecord, recordOf, textOf } from './json-node.ts';

/** Bytes of a document and the files it refers to, together, and how many those may be. */
export const DOCUMENT_BYTES_MAX = 64 * 1024 * 1024;
const FILES_MAX = 200;
const ALIASES_MAX = 1_000;
const DEPTH_MAX = 200;

export interface DocumentFiles {
  /** Reads a file as UTF-8 text; throws where it cannot. */
  readFile(path: string): string;
  /** Path of a file named from the folder of another; undefined where it is not in the folder of the document or below. */
  beside(path: string, name: string): string | undefined;
}

/** A document that was read: what matters of it for judging calls, as text that can be shared. */
export type ReadDocument =
  | { readonly ok: true; readonly text: string; readonly files: readonly string[] }
  | { readonly ok: false; readonly problem: DocumentReadingProblem };

export interface DocumentReadingProblem {
  readonly kind: 'unreadable' | 'malformed' | 'unusable';
  readonly file: string;
  /** JSON pointer, or empty. */
  readonly pointer: string;
  /** From 1 on; 0 where the place is not known. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

class ReadingStopped extends Error {
  readonly problem: DocumentReadingProblem;
  constructor(problem: DocumentReadingProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/**
 * Reads an OpenAPI document (2.0, 3.0, 3.1; YAML or JSON) with the files it refers to into one document that refers to
 * nothing outside of itself, without what is only there for people. Does not check its schemas.
 */
export function readDocument(path: string, files: DocumentFiles): ReadDocument {
  const reading = new Reading(files);
  try {
    const root = reading.document(path);
    return { ok: true, text: JSON.stringify(root), files: reading.paths };
  } catch (error) {
    if (error instanceof ReadingStopped) return { ok: false, problem: error.problem };
    if (error instanceof DocumentProblem)
      return {
        ok: false,
        problem: { kind: 'unusable', file: path, pointer: error.pointer, line: 0, column: 0, message: error.message },
      };
    throw error;
  }
}

/** Name under which the files a document refers to stand in it. */
const PLACE_OF_FILES = 'x-files';

class Reading {
  readonly #files: DocumentFiles;
  readonly #texts = new Map<string, number>();
  readonly #others: unknown[] = [];
  #waiting: { readonly path: string; readonly index: number }[] = [];
  #bytes = 0;

  constructor(files: DocumentFiles) {
    this.#files = files;
  }

  get paths(): readonly string[] {
    return [...this.#texts.keys()];
  }

  document(path: string): JsonRecord {
    const raw = recordOf(this.#parse(path));
    if (raw === undefined) throw unusable(path, '', 'the document is not an object');
    this.#texts.set(path, -1);
    const upgraded = this.#upgraded(path, raw);
    const root = this.#strip(upgraded, path, '', '', false, 0);
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop())
      this.#others[next.index] = this.#strip(
        this.#parse(next.path),
        next.path,
        below(below('', PLACE_OF_FILES), next.index),
        '',
        false,
        0,
      );
    const record = recordOf(root) ?? {};
    return this.#others.length === 0 ? record : { ...record, [PLACE_OF_FILES]: this.#others };
  }

  #upgraded(path: string, raw: JsonRecord): JsonRecord {
    const version = textOf(raw, 'openapi');
    if (version !== undefined && /^3\.[01]\.\d{1,3}$/.test(version)) return raw;
    if (textOf(raw, 'swagger') === '2.0') {
      const upgraded = recordOf(upgradeFromTwoToThree({ ...raw }));
      if (upgraded !== undefined) return upgraded;
    }
    throw unusable(path, '', 'this is not an OpenAPI document of version 2.0, 3.0 or 3.1');
  }

  #parse(path: string): unknown {
    let text: string;
    try {
      text = this.#files.readFile(path);
    } catch {
      throw new ReadingStopped({ ...at(path), kind: 'unreadable', message: 'the file cannot be read' });
    }
    this.#bytes += Buffer.byteLength(text);
    if (this.#bytes > DOCUMENT_BYTES_MAX)
      throw new ReadingStopped({
        ...at(path),
        kind: 'unreadable',
        message: `the document and its files are larger than ${DOCUMENT_BYTES_MAX} bytes`,
      });
    // A document of megabytes is JSON, and reading it as YAML would take a minute.
    if (text.startsWith('{')) {
      try {
        return JSON.parse(text);
      } catch {
        // As YAML it may still be well-formed; if not, there its place is known.
      }
    }
    return parseYamlText(text, path);
  }

  /**
   * A copy without texts for people, references to other files led to where those files stand in the whole. `isMap`: the
   * keys of this record are names, and none of them means anything.
   */
  #strip(node: unknown, path: string, prefix: string, pointer: string, isMap: boolean, depth: number): unknown {
    if (depth > DEPTH_MAX) throw unusable(path, pointer, 'the document is nested too deeply');
    if (Array.isArray(node))
      return node.map((item, index) => this.#strip(item, path, prefix, below(pointer, index), false, depth + 1));
    const record = recordOf(node);
    if (record === undefined) return node;
    const copy: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(record)) {
      if (!isMap && (FOR_PEOPLE.has(key) || (key.startsWith('x-') && key !== 'x-multi-segment'))) continue;
      let kept: unknown;
      if (!isMap && key === '$ref' && typeof value === 'string')
        kept = this.#reference(value, path, prefix, below(pointer, key));
      else if (!isMap && VALUES.has(key)) kept = value;
      else kept = this.#strip(value, path, prefix, below(pointer, key), !isMap && NAMED.has(key), depth + 1);
      Object.defineProperty(copy, key, { value: kept, enumerable: true, configurable: true, writable: true });
    }
    return copy;
  }

  #reference(ref: string, path: string, prefix: string, pointer: string): string {
    if (ref.startsWith('#')) return prefix === '' ? ref : `#${prefix}${ref.slice(1)}`;
    const hash = ref.indexOf('#');
    const name = hash === -1 ? ref : ref.slice(0, hash);
    const inside = hash === -1 ? '' : ref.slice(hash + 1);
    // Only files beside the document: a document from elsewhere must not read what it names, here or in the network.
    const target = isPlainName(name) ? this.#files.beside(path, decoded(name, path, pointer)) : undefined;
    if (target === undefined) throw unusable(path, pointer, 'the reference leads out of the folder of the document');
    let index = this.#texts.get(target);
    if (index === undefined) {
      if (this.#others.length >= FILES_MAX)
        throw unusable(path, pointer, `the document has more than ${FILES_MAX} files`);
      index = this.#others.length;
      this.#others.push(undefined);
      this.#texts.set(target, index);
      this.#waiting.push({ path: target, index });
    }
    return index === -1 ? `#${inside}` : `#/${PLACE_OF_FILES}/${index}${inside}`;
  }
}

function isPlainName(name: string): boolean {
  return !name.startsWith('/') && !name.includes('\\') && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(name);
}

function decoded(name: string, path: string, pointer: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw unusable(path, pointer, 'the reference is not percent-encoded as it should be');
  }
}

/** What only people read. Examples are most of many a document. */
const FOR_PEOPLE = new Set([
  'description',
  'summary',
  'example',
  'examples',
  'externalDocs',
  'title',
  'tags',
  'xml',
  'links',
]);
/** Under these stand values, not schemas. */
const VALUES = new Set(['enum', 'const', 'default', 'required', 'security']);
/** Under these every key is a name. */
const NAMED = new Set([
  'properties',
  'patternProperties',
  'dependentSchemas',
  'dependentRequired',
  '$defs',
  'definitions',
  'schemas',
  'responses',
  'parameters',
  'requestBodies',
  'headers',
  'securitySchemes',
  'pathItems',
  'paths',
  'content',
  'mapping',
  'encoding',
  'variables',
  'callbacks',
  'webhooks',
]);

function at(file: string): Omit<DocumentReadingProblem, 'kind' | 'message'> {
  return { file, pointer: '', line: 0, column: 0 };
}

function unusable(file: string, pointer: string, message: string): ReadingStopped {
  return new ReadingStopped({ ...at(file), kind: 'unusable', pointer, message });
}

function parseYamlText(text: string, path: string): unknown {
  const lines = new LineCounter();
  const malformed = (offset: number, message: string): ReadingStopped => {
    const { line, col } = lines.linePos(offset);
    return new ReadingStopped({ ...at(path), kind: 'malformed', line, column: col, message });
  };
  try {
    const document = parseYaml<Node, true>(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      // The library compares every pair of keys; the walk below does not.
      uniqueKeys: false,
      prettyErrors: false,
      lineCounter: lines,
    });
    const [problem] = document.errors;
    if (problem !== undefined) throw malformed(problem.pos[0], 'this is not valid YAML or JSON');
    const doubled = doubledKey(document.contents);
    if (doubled !== undefined) throw malformed(doubled, 'a key stands twice');
    return document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch (error) {
    if (error instanceof ReadingStopped) throw error;
    throw malformed(0, 'this cannot be read as YAML or JSON');
  }
}

/** Where a key stands for the second time in one record: which of the two counts would depend on the reader. */
function doubledKey(contents: Node | ParsedNode | null): number | undefined {
  let offset: number | undefined;
  if (contents === null) return undefined;
  visit(contents, {
    Map(_key, map) {
      if (!isMap(map)) return undefined;
      const known = new Set<string>();
      for (const { key } of map.items) {
        const name = String(key);
        if (known.has(name)) {
          const range = typeof key === 'object' && key !== null && 'range' in key ? key.range : undefined;
          offset = Array.isArray(range) && typeof range[0] === 'number' ? range[0] : 0;
          return visit.BREAK;
        }
        known.add(name);
      }
      return undefined;
    },
  });
  return offset;
}
