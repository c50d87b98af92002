/** A part of a document as it was read: nothing is known of it yet. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** Why a document cannot be used, and where. Thrown while it is read and compiled, never while a call is judged. */
export class DocumentProblem extends Error {
  override readonly name = 'DocumentProblem';
  readonly pointer: string;

  constructor(pointer: string, message: string) {
    super(message);
    this.pointer = pointer;
  }
}

export function recordOf(node: unknown): JsonRecord | undefined {
  return typeof node === 'object' && node !== null && !Array.isArray(node) ? (node as JsonRecord) : undefined;
}

/** A member of its own; one named `__proto__` or `constructor` is like any other. */
export function memberOf(node: unknown, name: string): unknown {
  const record = recordOf(node);
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

export function textOf(node: unknown, name: string): string | undefined {
  const value = memberOf(node, name);
  return typeof value === 'string' ? value : undefined;
}

/** Entries of a record that a document may leave out; anything but a record is refused. */
export function entriesOf(node: unknown, name: string, pointer: string): readonly (readonly [string, unknown])[] {
  const value = memberOf(node, name);
  if (value === undefined) return [];
  const record = recordOf(value);
  if (record === undefined) throw new DocumentProblem(below(pointer, name), 'this is not an object');
  return Object.entries(record);
}

export function listOf(node: unknown, name: string, pointer: string): readonly unknown[] {
  const value = memberOf(node, name);
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new DocumentProblem(below(pointer, name), 'this is not an array');
  return value;
}

/** RFC 6901. */
export function below(pointer: string, step: string | number): string {
  return `${pointer}/${typeof step === 'number' ? step : step.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** What a pointer names, or undefined; `pointer` without the `#`. */
export function lookUp(root: unknown, pointer: string): unknown {
  if (pointer === '') return root;
  if (!pointer.startsWith('/')) return undefined;
  let node = root;
  for (const step of pointer.slice(1).split('/')) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(node)) {
      if (!/^(?:0|[1-9]\d{0,6})$/.test(name)) return undefined;
      node = node[Number(name)];
    } else node = memberOf(node, name);
    if (node === undefined) return undefined;
  }
  return node;
}
