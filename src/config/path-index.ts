import type { Template } from '../http/path-template.ts';

interface IndexNode<T> {
  readonly literals: Map<string, IndexNode<T>>;
  parameter: IndexNode<T> | undefined;
  /** Of templates that end here. */
  readonly ends: T[];
  /** Of templates that take any rest from here on. */
  readonly rests: T[];
}

/**
 * Templates by their segments, so that those that share calls are found without comparing every pair: APIs put all of their
 * paths under one prefix.
 */
export class PathIndex<T extends { readonly shape: Template }> {
  readonly #root: IndexNode<T> = newNode();

  constructor(items: readonly T[]) {
    for (const item of items) {
      let node = this.#root;
      for (const segment of item.shape.segments)
        if (segment.kind === 'parameter') node = node.parameter ??= newNode();
        else {
          const next = node.literals.get(segment.text) ?? newNode<T>();
          node.literals.set(segment.text, next);
          node = next;
        }
      (item.shape.rest ? node.rests : node.ends).push(item);
    }
  }

  /** Everything whose template may share a path with this one, and little else. */
  near(shape: Template): readonly T[] {
    const found: T[] = [];
    collect(this.#root, shape, 0, found);
    return found;
  }
}

function collect<T>(node: IndexNode<T>, shape: Template, depth: number, found: T[]): void {
  const segment = shape.segments[depth];
  if (segment === undefined && shape.rest) {
    collectAll(node, found);
    return;
  }
  for (const item of node.rests) found.push(item);
  if (segment === undefined) {
    for (const item of node.ends) found.push(item);
    return;
  }
  if (node.parameter !== undefined) collect(node.parameter, shape, depth + 1, found);
  if (segment.kind === 'literal') {
    const next = node.literals.get(segment.text);
    if (next !== undefined) collect(next, shape, depth + 1, found);
  } else for (const next of node.literals.values()) collect(next, shape, depth + 1, found);
}

function collectAll<T>(node: IndexNode<T>, found: T[]): void {
  for (const item of node.ends) found.push(item);
  for (const item of node.rests) found.push(item);
  if (node.parameter !== undefined) collectAll(node.parameter, found);
  for (const next of node.literals.values()) collectAll(next, found);
}

function newNode<T>(): IndexNode<T> {
  return { literals: new Map(), parameter: undefined, ends: [], rests: [] };
}
