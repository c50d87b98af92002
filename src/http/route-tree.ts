import { literalKey, type Template } from './path-template.ts';

/** Position of the matching route in the list that was compiled, or why there is none. */
export type RouteMatch = number | 'not_found' | 'method';

/** A route where its template ends. */
export interface RouteEnd {
  readonly index: number;
  /** Upper-case; empty means every method. */
  readonly methods: readonly string[];
}

/** The templates of one host, while routes are added. */
export interface GrowingNode {
  readonly literals: Map<string, GrowingNode>;
  parameter: GrowingNode | undefined;
  /** Routes that end here. */
  readonly ends: RouteEnd[];
  /** Routes whose `*` begins here. */
  readonly rests: RouteEnd[];
}

export function growingNode(): GrowingNode {
  return { literals: new Map(), parameter: undefined, ends: [], rests: [] };
}

export function addTemplate(root: GrowingNode, template: Template, end: RouteEnd): void {
  let node = root;
  for (const segment of template.segments) {
    if (segment.kind === 'parameter') {
      node.parameter ??= growingNode();
      node = node.parameter;
    } else {
      const next = node.literals.get(segment.text) ?? growingNode();
      node.literals.set(segment.text, next);
      node = next;
    }
  }
  (template.rest ? node.rests : node.ends).push(end);
}

/** Templates are shorter; what is deeper in a path only a rest can match. */
const SEGMENTS_MAX = 64;

/** Words of a node in the packed tree. */
const PARENT = 0;
/** The node behind `{parameter}`, or −1. */
const PARAMETER = 1;
/** How many nodes lie behind literals. */
const LITERALS = 2;
/** Where its own literal is among all of them; of a parameter there is none. */
const TEXT_FROM = 3;
const TEXT_TO = 4;
/** Routes that end here, and from RESTS on those whose `*` begins here. */
const ENDS = 5;
const RESTS = 6;
const RESTS_TO = 7;
const NODE_WORDS = 8;

const NONE = -1;

/**
 * Templates of one host as a tree in a few flat arrays. Each node is reached by one way only, so a search looks at each at
 * most once, and at none deeper than SEGMENTS_MAX.
 *
 * A tree of objects and maps would be a dozen places in memory for each route, and with many routes each of them a wait
 * for it. Here nodes that follow each other lie beside each other, and the way from a node over a literal is one probe in
 * a table over all of them.
 */
export class RouteTree {
  readonly #nodes: Int32Array;
  /** Open addressing over node and literal: the child, or NONE. */
  readonly #children: Int32Array;
  /** Characters of all literals, which a canonical path writes in ASCII. */
  readonly #texts: Uint8Array;
  /** Of each end the position in `#methods` and the route. */
  readonly #ends: Int32Array;
  readonly #methods: readonly (readonly string[])[];
  /** Whether the last search met the path with another method. */
  #otherMethod = false;

  constructor(root: GrowingNode) {
    const packed = new TreePacking(root);
    this.#nodes = Int32Array.from(packed.nodes);
    this.#texts = Uint8Array.from(packed.texts);
    this.#ends = Int32Array.from(packed.ends);
    this.#methods = packed.methods;
    this.#children = this.#tableOfChildren(packed.nodes.length / NODE_WORDS);
  }

  /** `path` is canonical, `method` as it was sent. */
  match(path: string, method: string): RouteMatch {
    this.#otherMethod = false;
    const found = this.#search(0, path, 1, method, 0);
    if (found >= 0) return found;
    return this.#otherMethod ? 'method' : 'not_found';
  }

  /** `from` is where the next segment begins; past the end when there is none. */
  #search(node: number, path: string, from: number, method: string, depth: number): number {
    const nodes = this.#nodes;
    const at = node * NODE_WORDS;
    const rests = word(nodes, at + RESTS);
    if (from > path.length) {
      const ended = this.#choose(word(nodes, at + ENDS), rests, method);
      if (ended >= 0 || this.#otherMethod) return ended;
    } else if (depth < SEGMENTS_MAX) {
      let end = from;
      while (end < path.length && path.charCodeAt(end) !== SLASH) end++;
      const literal = word(nodes, at + LITERALS) === 0 ? NONE : this.#child(node, path, from, end);
      if (literal !== NONE) {
        const found = this.#search(literal, path, end + 1, method, depth + 1);
        if (found >= 0 || this.#otherMethod) return found;
      }
      const parameter = word(nodes, at + PARAMETER);
      if (parameter !== NONE && end > from) {
        const found = this.#search(parameter, path, end + 1, method, depth + 1);
        if (found >= 0 || this.#otherMethod) return found;
      }
    }
    return this.#choose(rests, word(nodes, at + RESTS_TO), method);
  }

  /** The node behind a literal that is spelled as a segment of the path, or with delimiters it has percent-encoded. */
  #child(node: number, path: string, from: number, to: number): number {
    let hash = seed(node);
    for (let i = from; i < to; i++) {
      const code = path.charCodeAt(i);
      if (code === PERCENT) {
        const key = literalKey(path.slice(from, to));
        return this.#probe(node, hashOf(node, key), key, 0, key.length);
      }
      hash = mixed(hash, code);
    }
    return this.#probe(node, hash, path, from, to);
  }

  #probe(node: number, hash: number, text: string, from: number, to: number): number {
    const table = this.#children;
    const mask = table.length - 1;
    for (let slot = slotOf(hash, mask); ; slot = (slot + 1) & mask) {
      const child = word(table, slot);
      if (child === NONE || this.#isBehind(child, node, text, from, to)) return child;
    }
  }

  #isBehind(child: number, node: number, text: string, from: number, to: number): boolean {
    const nodes = this.#nodes;
    const at = child * NODE_WORDS;
    if (word(nodes, at + PARENT) !== node) return false;
    const textFrom = word(nodes, at + TEXT_FROM);
    if (word(nodes, at + TEXT_TO) - textFrom !== to - from) return false;
    for (let i = from; i < to; i++) if (text.charCodeAt(i) !== this.#texts[textFrom + i - from]) return false;
    return true;
  }

  #choose(from: number, to: number, method: string): number {
    let get = NONE;
    let any = NONE;
    for (let end = from; end < to; end++) {
      const methods = this.#methods[word(this.#ends, end * 2)] ?? [];
      const index = word(this.#ends, end * 2 + 1);
      if (methods.length === 0) {
        if (any < 0) any = index;
      } else if (methods.includes(method)) return index;
      else if (get < 0 && method === 'HEAD' && methods.includes('GET')) get = index;
    }
    // RFC 9110 §9.3.2: HEAD is answered as GET, so it is judged as GET where nothing is said of it.
    if (get >= 0) return get;
    if (any < 0 && to > from) this.#otherMethod = true;
    return any;
  }

  /** At most half full, so that a probe finds an end soon. What literals there are the configuration says, not a call. */
  #tableOfChildren(count: number): Int32Array {
    let size = 2;
    while (size < count * 2) size *= 2;
    const table = new Int32Array(size).fill(NONE);
    for (let node = 1; node < count; node++) {
      const at = node * NODE_WORDS;
      const from = word(this.#nodes, at + TEXT_FROM);
      if (from === NONE) continue;
      let hash = seed(word(this.#nodes, at + PARENT));
      for (let i = from; i < word(this.#nodes, at + TEXT_TO); i++) hash = mixed(hash, this.#texts[i] ?? 0);
      let slot = slotOf(hash, size - 1);
      while (table[slot] !== NONE) slot = (slot + 1) & (size - 1);
      table[slot] = node;
    }
    return table;
  }
}

const SLASH = 0x2f;
const PERCENT = 0x25;

function word(words: Int32Array, at: number): number {
  return words[at] ?? NONE;
}

/** FNV-1a, over the node first. */
function seed(node: number): number {
  return Math.imul(node ^ 0x811c9dc5, 0x01000193);
}

function mixed(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}

function hashOf(node: number, text: string): number {
  let hash = seed(node);
  for (let i = 0; i < text.length; i++) hash = mixed(hash, text.charCodeAt(i));
  return hash;
}

/** Low bits of a product know nothing of the high bits that went into it. */
function slotOf(hash: number, mask: number): number {
  return (hash ^ (hash >>> 15)) & mask;
}

/** Writes a tree down, a node before those behind it. */
class TreePacking {
  readonly nodes: number[] = [];
  readonly texts: number[] = [];
  readonly ends: number[] = [];
  readonly methods: (readonly string[])[] = [];
  readonly #textPlaces = new Map<string, number>();
  readonly #methodPlaces = new Map<string, number>();

  constructor(root: GrowingNode) {
    this.#write(root, NONE, undefined);
  }

  #write(node: GrowingNode, parent: number, text: string | undefined): number {
    const at = this.nodes.length;
    const number = at / NODE_WORDS;
    const textFrom = text === undefined ? NONE : this.#textPlace(text);
    const ends = this.ends.length / 2;
    const rests = ends + node.ends.length;
    this.nodes.push(parent, NONE, node.literals.size, textFrom, textFrom + (text?.length ?? 0));
    this.nodes.push(ends, rests, rests + node.rests.length);
    for (const { index, methods } of [...node.ends, ...node.rests]) this.ends.push(this.#methodPlace(methods), index);
    if (node.parameter !== undefined) this.nodes[at + PARAMETER] = this.#write(node.parameter, number, undefined);
    for (const [literal, child] of node.literals) this.#write(child, number, literal);
    return number;
  }

  #textPlace(text: string): number {
    const known = this.#textPlaces.get(text);
    if (known !== undefined) return known;
    const place = this.texts.length;
    for (let i = 0; i < text.length; i++) this.texts.push(text.charCodeAt(i));
    this.#textPlaces.set(text, place);
    return place;
  }

  #methodPlace(methods: readonly string[]): number {
    const key = methods.join(' ');
    const known = this.#methodPlaces.get(key);
    if (known !== undefined) return known;
    this.#methodPlaces.set(key, this.methods.length);
    return this.methods.push(methods) - 1;
  }
}
