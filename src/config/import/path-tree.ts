import { parseTemplate } from '../../http/path-template.ts';
import type { DraftProtection } from './draft.ts';

/** One operation of a document: a method at a path, and what it asks. */
export interface Operation {
  readonly name: string;
  readonly method: string;
  readonly protection: DraftProtection;
  readonly deprecated: boolean;
  readonly line: number;
}

export interface OperationGroup {
  readonly path: string;
  readonly methods: readonly string[];
  readonly protection: DraftProtection;
  readonly operations: readonly Operation[];
}

interface Node {
  readonly segment: string;
  readonly children: Map<string, Node>;
  readonly operations: Operation[];
}

const PARAMETER = '{}';

/**
 * Operations by path. Where all that lies under a path asks the same of a method, one route with `*` stands for it;
 * never for what asks nobody, and never above the first segment, so that nothing undocumented becomes open to everybody.
 */
export class PathTree {
  readonly #root: Node = node('');
  readonly #baseSegments: number;

  constructor(baseSegments: number) {
    this.#baseSegments = baseSegments;
  }

  /** Whether each segment could be kept as it is; false where one was widened to a parameter. */
  add(path: string, operation: (widened: boolean) => Operation): boolean {
    const parts = path.split('/').slice(1, SEGMENTS_MAX);
    let widened = path.split('/').length > SEGMENTS_MAX;
    let at = this.#root;
    for (const [index, part] of parts.entries()) {
      const segment = segmentOf(part, index === parts.length - 1, index);
      if (segment.widened) widened = true;
      const key = segment.text.startsWith('{') ? PARAMETER : segment.text;
      const next = at.children.get(key) ?? node(segment.text);
      at.children.set(key, next);
      at = next;
    }
    at.operations.push(operation(widened));
    return !widened;
  }

  groups(): readonly OperationGroup[] {
    const found: OperationGroup[] = [];
    this.#collect(this.#root, '', 0, new Set(), found);
    return found;
  }

  #collect(at: Node, path: string, depth: number, names: ReadonlySet<string>, found: OperationGroup[]): void {
    const all = [...operationsUnder(at)];
    if (depth > this.#baseSegments && placesUnder(at) > 1 && at.segment !== '' && agree(all)) {
      found.push(...byProtection(all, `${path}/*`));
      return;
    }
    if (at.operations.length > 0) found.push(...byProtection(at.operations, path === '' ? '/' : path));
    for (const child of at.children.values()) {
      const segment = uniqueParameter(child.segment, names, depth);
      const inner = segment.startsWith('{') ? new Set([...names, segment]) : names;
      this.#collect(child, `${path}/${segment}`, depth + 1, inner, found);
    }
  }
}

const SEGMENTS_MAX = 50;

function node(segment: string): Node {
  return { segment, children: new Map(), operations: [] };
}

function segmentOf(part: string, last: boolean, index: number): { readonly text: string; readonly widened: boolean } {
  if (part === '' && last) return { text: '', widened: false };
  if (part !== '*' && part !== '' && parseTemplate(`/${part}`).ok) return { text: part, widened: false };
  const name = /^\{([A-Za-z0-9_.-]{1,64})\}$/.exec(part)?.[1]?.replace(/[^A-Za-z0-9_-]/g, '_');
  if (name !== undefined && /^[A-Za-z_]/.test(name)) return { text: `{${name}}`, widened: false };
  const whole = /^\{[^{}]*\}$/.test(part);
  return { text: `{segment${index + 1}}`, widened: !whole };
}

function uniqueParameter(segment: string, names: ReadonlySet<string>, depth: number): string {
  return segment.startsWith('{') && names.has(segment) ? `{segment${depth + 1}}` : segment;
}

function* operationsUnder(at: Node): Generator<Operation> {
  yield* at.operations;
  for (const child of at.children.values()) yield* operationsUnder(child);
}

function placesUnder(at: Node): number {
  let places = at.operations.length > 0 ? 1 : 0;
  for (const child of at.children.values()) places += placesUnder(child);
  return places;
}

/** Whether every method asks one and the same thing, and of somebody who was identified. */
function agree(operations: readonly Operation[]): boolean {
  const asked = new Map<string, string>();
  for (const { method, protection } of operations) {
    if (protection.closed || protection.authenticate.kind === 'none') return false;
    const text = JSON.stringify(protection);
    if ((asked.get(method) ?? text) !== text) return false;
    asked.set(method, text);
  }
  return true;
}

function byProtection(operations: readonly Operation[], path: string): readonly OperationGroup[] {
  const groups = Map.groupBy(operations, ({ protection }) => JSON.stringify(protection));
  return [...groups.values()].flatMap((group) => {
    const protection = group[0]?.protection;
    if (protection === undefined) return [];
    return [{ path, methods: [...new Set(group.map(({ method }) => method))], protection, operations: group }];
  });
}
