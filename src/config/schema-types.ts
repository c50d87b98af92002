import type { DiagnosticCode, SourcePath } from './diagnostics.ts';
import type { Position, SourceNode } from './source-tree.ts';

/** The mark of a value that was refused; its diagnostic has been reported. */
export const INVALID: unique symbol = Symbol('invalid');

export type JsonSchema = { readonly [keyword: string]: unknown };

/** Takes what is wrong while a file is read, and resolves its `${…}`. */
export interface ReadContext {
  report(code: DiagnosticCode, position: Position, path: SourcePath, message: string, fix?: string): void;
  interpolate(text: string): Interpolation;
  /** Makes a path from the file absolute; relative ones start from the file's folder. */
  resolvePath(path: string): string;
  /** Reads a whole file the configuration names, and has it watched; throws where it cannot. */
  readFile(path: string): string;
}

export type Interpolation =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'resolved'; readonly text: string }
  | { readonly kind: 'refused'; readonly code: DiagnosticCode; readonly message: string; readonly fix?: string };

/**
 * One description of a value, from which come its validation with positions, the JSON Schema for editors and the
 * reference in the documentation, so that the three cannot disagree.
 */
export interface Schema<T> {
  /** Completes "expected …". */
  readonly expected: string;
  readonly jsonSchema: JsonSchema;
  /** What stands below, for the reference. */
  readonly children: readonly SchemaChild[];
  read(node: SourceNode, path: SourcePath, context: ReadContext): T | typeof INVALID;
}

export interface SchemaChild {
  /** Appended to the path of the parent: `.port`, `.<name>`, `[]`, or empty for an alternative form of the parent. */
  readonly suffix: string;
  readonly description: string;
  /** How the reference shows what holds where the key is absent. */
  readonly absent: string;
  readonly availability: 'now' | 'later';
  readonly schema: Schema<unknown>;
}
