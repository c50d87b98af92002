import {
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  visit,
} from 'yaml';
import type { DiagnosticCode } from './diagnostics.ts';

/** Where something stands in the file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A YAML document reduced to what a configuration may hold, with the position of everything. */
export type SourceNode = ScalarNode | ListNode | RecordNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly position: Position;
  readonly value: string | number | boolean | null;
}

export interface ListNode {
  readonly kind: 'list';
  readonly position: Position;
  readonly items: readonly SourceNode[];
}

export interface RecordNode {
  readonly kind: 'record';
  readonly position: Position;
  readonly entries: readonly RecordEntry[];
}

export interface RecordEntry {
  readonly key: string;
  readonly keyPosition: Position;
  readonly value: SourceNode;
}

export interface SourceFault {
  readonly code: DiagnosticCode;
  readonly position: Position;
  readonly message: string;
}

/** Far above what a gateway's configuration needs, far below what costs memory: each bound stops a document that grows when read. */
export const SOURCE_BYTES_MAX = 8 * 1024 * 1024;
export const ALIASES_MAX = 100;
export const NODES_MAX = 1_000_000;
export const DEPTH_MAX = 32;

const START: Position = { line: 1, column: 1 };

/**
 * Parses YAML 1.2 (core schema) into a bounded tree with positions.
 * Refuses tags, keys that are not text, repeated keys, several documents, and aliases beyond their bounds.
 * Does not check any meaning.
 */
export function parseSource(text: string): {
  readonly root: SourceNode | undefined;
  readonly faults: readonly SourceFault[];
} {
  const lines = new LineCounter();
  const nestedAt = findDeepNesting(text);
  if (nestedAt !== undefined) return { root: undefined, faults: [nestedAt] };
  let document: Document.Parsed<ParsedNode>;
  try {
    // The library's own check for repeated keys compares every pair; ours below is linear.
    document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      uniqueKeys: false,
      prettyErrors: false,
      lineCounter: lines,
      // 'silent' would also let a second document pass unseen.
      logLevel: 'error',
    });
  } catch {
    return {
      root: undefined,
      faults: [{ code: 'SP003', position: START, message: 'the text cannot be parsed as YAML' }],
    };
  }
  const faults: SourceFault[] = [];
  const unclosed = unclosedBrackets(document, text);
  for (const problem of [...document.errors, ...document.warnings]) {
    if (faults.length === FAULTS_MAX) break;
    const opened = problem.code === 'BAD_INDENT' ? unclosed.get(problem.pos[0]) : undefined;
    faults.push({
      code: 'SP003',
      position: at(lines, opened ?? problem.pos[0]),
      message: opened === undefined ? SYNTAX_MESSAGES[problem.code] : UNCLOSED,
    });
  }
  if (faults.length > 0) return { root: undefined, faults };
  if (document.contents === null) {
    return { root: undefined, faults: [{ code: 'SP003', position: START, message: 'the file is empty' }] };
  }
  const builder = new TreeBuilder(document, lines, faults);
  const root = builder.build(document.contents, 0);
  return faults.length > 0 || root === undefined ? { root: undefined, faults } : { root, faults };
}

/** Where brackets that end without their other half were opened, by where they end: the library reports the end alone. */
function unclosedBrackets(document: Document.Parsed<ParsedNode>, text: string): ReadonlyMap<number, number> {
  const opened = new Map<number, number>();
  if (!document.errors.some(({ code }) => code === 'BAD_INDENT')) return opened;
  visit(document, {
    Collection(_key, { flow, range }) {
      if (flow !== true || range === undefined || range === null) return;
      const [start, end] = range;
      if (text.charAt(end - 1) !== CLOSING[text.charAt(start)]) opened.set(end, start);
    },
  });
  return opened;
}

const CLOSING: Readonly<Record<string, string>> = { '[': ']', '{': '}' };
const UNCLOSED =
  'the bracket that opens here is not closed, or what it holds is indented less than the lines around it';
const FAULTS_MAX = 20;
const KEYS_COMPARED_MAX = 16;

/** Turns the library's nodes into ours, counting what it makes: aliases are followed, so the result can outgrow the text. */
class TreeBuilder {
  readonly #document: Document.Parsed<ParsedNode>;
  readonly #lines: LineCounter;
  readonly #faults: SourceFault[];
  #nodes = 0;
  #aliases = 0;

  constructor(document: Document.Parsed<ParsedNode>, lines: LineCounter, faults: SourceFault[]) {
    this.#document = document;
    this.#lines = lines;
    this.#faults = faults;
  }

  build(node: unknown, depth: number, aliasPosition?: Position): SourceNode | undefined {
    const position = aliasPosition ?? this.#positionOf(node);
    if (depth > DEPTH_MAX) return this.#fail('SP005', position, `more than ${DEPTH_MAX} levels of nesting`);
    if (++this.#nodes > NODES_MAX) return this.#fail('SP005', position, `more than ${NODES_MAX} values`);
    if (isAlias(node)) {
      if (++this.#aliases > ALIASES_MAX) return this.#fail('SP005', position, `more than ${ALIASES_MAX} aliases`);
      const target = node.resolve(this.#document);
      if (target === undefined)
        return this.#fail('SP003', position, 'an alias names an anchor that does not stand before it');
      return this.build(target, depth + 1, position);
    }
    if (isScalar(node)) {
      const value = node.value;
      if (node.tag !== undefined) return this.#fail('SP006', position, 'a tag (!…) is used');
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null) {
        return { kind: 'scalar', position, value };
      }
      return this.#fail('SP006', position, 'a value is neither text, number, true, false nor null');
    }
    if (isSeq(node)) {
      if (node.tag !== undefined) return this.#fail('SP006', position, 'a tag (!…) is used');
      const items: SourceNode[] = [];
      for (const item of node.items) {
        const built = this.build(item, depth + 1, aliasPosition);
        if (built === undefined) return undefined;
        items.push(built);
      }
      return { kind: 'list', position, items };
    }
    if (isMap(node)) {
      if (node.tag !== undefined) return this.#fail('SP006', position, 'a tag (!…) is used');
      return this.#buildRecord(node.items, position, depth, aliasPosition);
    }
    return this.#fail('SP006', position, 'a value is neither text, number, true, false, null, list nor record');
  }

  #buildRecord(
    pairs: readonly { readonly key: unknown; readonly value: unknown }[],
    position: Position,
    depth: number,
    aliasPosition: Position | undefined,
  ): SourceNode | undefined {
    const entries: RecordEntry[] = [];
    // Of few keys each is compared with those before it; a table for each record would cost more than all of them.
    const seen = pairs.length > KEYS_COMPARED_MAX ? new Map<string, Position>() : undefined;
    for (const pair of pairs) {
      const key = pair.key;
      const keyPosition = aliasPosition ?? this.#positionOf(key);
      if (!isScalar(key) || typeof key.value !== 'string' || key.tag !== undefined) {
        return this.#fail('SP006', keyPosition, 'a key is not plain text');
      }
      const { value: name } = key;
      const earlier = seen === undefined ? entries.find((entry) => entry.key === name)?.keyPosition : seen.get(name);
      if (earlier !== undefined) {
        this.#fail('SP004', keyPosition, `the key ${JSON.stringify(name)} stands on line ${earlier.line} already`);
        continue;
      }
      seen?.set(name, keyPosition);
      const value: SourceNode | undefined =
        pair.value === null
          ? { kind: 'scalar', position: keyPosition, value: null }
          : this.build(pair.value, depth + 1, aliasPosition);
      if (value === undefined) return undefined;
      entries.push({ key: name, keyPosition, value });
    }
    return { kind: 'record', position, entries };
  }

  #positionOf(node: unknown): Position {
    const range = isScalar(node) || isSeq(node) || isMap(node) || isAlias(node) ? (node as Node).range : undefined;
    return range ? at(this.#lines, range[0]) : START;
  }

  #fail(code: DiagnosticCode, position: Position, message: string): undefined {
    if (this.#faults.length < FAULTS_MAX) this.#faults.push({ code, position, message });
    return undefined;
  }
}

function at(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/**
 * Finds nesting the parser should not be given: it recurses, and its cost grows with depth times length.
 * Counts brackets also inside quoted text, so it errs on the side of refusing; nobody writes 200 of them on a line by chance.
 */
function findDeepNesting(text: string): SourceFault | undefined {
  let line = 1;
  let lineStart = 0;
  let depth = 0;
  let deepest = 0;
  let indicators = 0;
  for (let offset = 0; offset < text.length; offset++) {
    const code = text.charCodeAt(offset);
    if (code === 0x0a) {
      line++;
      lineStart = offset + 1;
      indicators = 0;
    } else if (code === 0x5b || code === 0x7b) {
      deepest = Math.max(deepest, ++depth);
    } else if (code === 0x5d || code === 0x7d) {
      depth = Math.max(0, depth - 1);
    } else if ((code === 0x2d || code === 0x3f) && text.charCodeAt(offset + 1) === 0x20) {
      indicators++;
    }
    if (deepest > NESTING_MAX || indicators > NESTING_MAX) {
      const message = `more than ${NESTING_MAX} nested lists or records`;
      return { code: 'SP005', position: { line, column: offset - lineStart + 1 }, message };
    }
  }
  return undefined;
}

const NESTING_MAX = 200;

/** The library's own messages may quote the text, and with it a secret: these never do. */
const SYNTAX_MESSAGES: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias carries an anchor or tag of its own',
  BAD_ALIAS: 'an alias or anchor is malformed, or names an anchor that does not stand before it',
  BAD_COLLECTION_TYPE: 'a tag does not fit the value it stands on',
  BAD_DIRECTIVE: 'a %-directive is malformed or unknown',
  BAD_DQ_ESCAPE: 'text in double quotes holds an unknown escape',
  BAD_INDENT: 'the indentation does not fit the lines above, or a bracket is not closed',
  BAD_PROP_ORDER: 'an anchor or tag stands in the wrong place',
  BAD_SCALAR_START: 'text starts with a character that needs quotes around it',
  BLOCK_AS_IMPLICIT_KEY: 'a list or record is used as a key: probably a missing line break or quote',
  BLOCK_IN_FLOW: 'a list or record over several lines stands inside brackets',
  DUPLICATE_KEY: 'a key stands twice',
  IMPOSSIBLE: 'the text cannot be parsed as YAML',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters',
  MISSING_CHAR: 'a comma, colon, quote, bracket or space is missing',
  MULTILINE_IMPLICIT_KEY: 'a key goes over several lines: probably a missing colon',
  MULTIPLE_ANCHORS: 'a value has several anchors',
  MULTIPLE_DOCS: 'the file holds more than one document (---)',
  MULTIPLE_TAGS: 'a value has several tags',
  NON_STRING_KEY: 'a key is not plain text',
  RESOURCE_EXHAUSTION: 'the text is nested too deeply',
  TAB_AS_INDENT: 'a tab is used for indentation',
  TAG_RESOLVE_FAILED: 'a tag (!…) is used that is not known here',
  UNEXPECTED_TOKEN: 'something stands where YAML does not allow it',
};

/** The entry of a record under a key, or undefined where there is none. */
export function entryOf(node: SourceNode, key: string): RecordEntry | undefined {
  if (node.kind === 'record') for (const entry of node.entries) if (entry.key === key) return entry;
  return undefined;
}

/** Where the value at a path stands; where the file does not give it, the nearest thing above it that it gives. */
export function positionOf(root: SourceNode, path: readonly (string | number)[]): Position {
  return walk(root, path).value;
}

/** Where the key at the end of a path stands. */
export function keyPositionOf(root: SourceNode, path: readonly (string | number)[]): Position {
  return walk(root, path).key;
}

function walk(
  root: SourceNode,
  path: readonly (string | number)[],
): { readonly key: Position; readonly value: Position } {
  let node = root;
  let key = root.position;
  for (const step of path) {
    if (typeof step === 'number') {
      const item = node.kind === 'list' ? node.items[step] : node;
      if (item === undefined) break;
      node = item;
      key = item.position;
    } else {
      const entry = entryOf(node, step);
      if (entry === undefined) break;
      node = entry.value;
      key = entry.keyPosition;
    }
  }
  return { key, value: node.position };
}
