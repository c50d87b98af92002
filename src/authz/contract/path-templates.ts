import { literalKey } from '../../http/path-template.ts';
import { DocumentProblem } from './json-node.ts';

/** A piece of a segment: text, or a parameter by its name. `/files/{name}.{type}` has three in its last segment. */
type Piece = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'parameter'; readonly name: string };

interface TemplateNode<T> {
  readonly literals: Map<string, TemplateNode<T>>;
  /** Segments with text and parameters, the longest texts first. */
  readonly mixed: { readonly pieces: readonly Piece[]; readonly shape: string; readonly node: TemplateNode<T> }[];
  parameter: TemplateNode<T> | undefined;
  value: T | undefined;
  /** Of templates whose last parameter takes the rest of the path. */
  rest: T | undefined;
}

export interface TemplateMatch<T> {
  readonly value: T;
  /** What stood at the parameters, in their order, percent-encoded. Documents name one place differently per operation. */
  readonly values: readonly string[];
}

const SEGMENTS_MAX = 64;
const NODES_PER_SEARCH_MAX = 2_000;

/**
 * Finds the documented path of a call as OpenAPI has it: concrete before templated, segment by segment, and the same
 * spelling of literals as the router of the gateway.
 */
export class PathTemplates<T> {
  readonly #root: TemplateNode<T> = newNode();
  readonly #takes: (value: T, method: string) => boolean;
  #visits = 0;
  #otherMethod = false;

  /** `takes`: whether what stands for a path has the method of the call; a wider template is tried where it has not. */
  constructor(takes: (value: T, method: string) => boolean) {
    this.#takes = takes;
  }

  /**
   * The value that stands for the template from now on: the given one, or the one that already did. `multi`: the name of a
   * last parameter that takes the rest of the path, slashes included.
   */
  add(template: string, multi: string | undefined, pointer: string, value: T): T {
    if (!template.startsWith('/')) throw new DocumentProblem(pointer, 'a path begins with /');
    const segments = template.slice(1).split('/');
    if (segments.length > SEGMENTS_MAX)
      throw new DocumentProblem(pointer, `a path has at most ${SEGMENTS_MAX} segments`);
    let node = this.#root;
    for (const [index, segment] of segments.entries()) {
      const pieces = piecesOf(segment, pointer);
      const [only] = pieces;
      if (index === segments.length - 1 && multi !== undefined && only?.kind === 'parameter' && only.name === multi) {
        node.rest ??= value;
        return node.rest;
      }
      node = child(node, pieces);
    }
    node.value ??= value;
    return node.value;
  }

  match(path: string, method: string): TemplateMatch<T> | 'method' | 'endpoint' {
    this.#visits = 0;
    this.#otherMethod = false;
    return this.#search(this.#root, path, 1, method, []) ?? (this.#otherMethod ? 'method' : 'endpoint');
  }

  #end(value: T | undefined, method: string, values: readonly string[]): TemplateMatch<T> | undefined {
    if (value === undefined) return undefined;
    if (this.#takes(value, method)) return { value, values };
    this.#otherMethod = true;
    return undefined;
  }

  #search(
    node: TemplateNode<T>,
    path: string,
    from: number,
    method: string,
    found: readonly string[],
  ): TemplateMatch<T> | undefined {
    if (++this.#visits > NODES_PER_SEARCH_MAX) return undefined;
    if (from > path.length) return this.#end(node.value, method, found);
    const slash = path.indexOf('/', from);
    const end = slash === -1 ? path.length : slash;
    const segment = path.slice(from, end);
    const literal = node.literals.get(literalKey(segment));
    if (literal !== undefined) {
      const match = this.#search(literal, path, end + 1, method, found);
      if (match !== undefined) return match;
    }
    if (segment !== '') {
      for (const { pieces, node: next } of node.mixed) {
        const values = matchPieces(pieces, segment);
        const match =
          values === undefined ? undefined : this.#search(next, path, end + 1, method, [...found, ...values]);
        if (match !== undefined) return match;
      }
      if (node.parameter !== undefined) {
        const match = this.#search(node.parameter, path, end + 1, method, [...found, segment]);
        if (match !== undefined) return match;
      }
    }
    return from >= path.length ? undefined : this.#end(node.rest, method, [...found, path.slice(from)]);
  }
}

function newNode<T>(): TemplateNode<T> {
  return { literals: new Map(), mixed: [], parameter: undefined, value: undefined, rest: undefined };
}

function child<T>(node: TemplateNode<T>, pieces: readonly Piece[]): TemplateNode<T> {
  const [only] = pieces;
  if (pieces.length === 0 || (pieces.length === 1 && only?.kind === 'text')) {
    const key = only?.kind === 'text' ? literalKey(only.text) : '';
    const known = node.literals.get(key) ?? newNode<T>();
    node.literals.set(key, known);
    return known;
  }
  if (pieces.length === 1) {
    node.parameter ??= newNode();
    return node.parameter;
  }
  const shape = pieces.map((piece) => (piece.kind === 'text' ? piece.text : '{}')).join('');
  const known = node.mixed.find((one) => one.shape === shape);
  if (known !== undefined) return known.node;
  const made = { pieces, shape, node: newNode<T>() };
  node.mixed.push(made);
  node.mixed.sort((one, other) => textLength(other.pieces) - textLength(one.pieces));
  return made.node;
}

function textLength(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + (piece.kind === 'text' ? piece.text.length : 0), 0);
}

export function piecesOf(segment: string, pointer: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  while (from < segment.length) {
    const open = segment.indexOf('{', from);
    const text = segment.slice(from, open === -1 ? segment.length : open);
    if (text.includes('}')) throw new DocumentProblem(pointer, 'a } stands without its {');
    if (text !== '') pieces.push({ kind: 'text', text });
    if (open === -1) break;
    const close = segment.indexOf('}', open);
    const name = segment.slice(open + 1, close);
    if (close === -1 || name === '' || name.includes('{'))
      throw new DocumentProblem(pointer, 'a parameter is written {name}');
    if (pieces.at(-1)?.kind === 'parameter')
      throw new DocumentProblem(pointer, 'two parameters stand without text between them');
    pieces.push({ kind: 'parameter', name });
    from = close + 1;
  }
  return pieces;
}

/** Names of the parameters of a template, in their order. */
export function parameterNames(template: string, pointer: string): readonly string[] {
  return template
    .split('/')
    .flatMap((segment) => piecesOf(segment, pointer))
    .flatMap((piece) => (piece.kind === 'parameter' ? [piece.name] : []));
}

/** Each parameter takes as little as it can, and the last one what is left; every one takes something. */
function matchPieces(pieces: readonly Piece[], segment: string): string[] | undefined {
  const values: string[] = [];
  let at = 0;
  for (const [index, piece] of pieces.entries()) {
    if (piece.kind === 'text') {
      if (!segment.startsWith(piece.text, at)) return undefined;
      at += piece.text.length;
      continue;
    }
    const next = pieces[index + 1];
    let end = segment.length;
    if (next?.kind === 'text')
      end = index + 2 === pieces.length ? segment.length - next.text.length : segment.indexOf(next.text, at + 1);
    if (end <= at) return undefined;
    values.push(segment.slice(at, end));
    at = end;
  }
  return at === segment.length ? values : undefined;
}
