import type { Check } from './check-run.ts';
import type { JsonRecord } from './json-node.ts';

/** Which way a value goes: fields may be for answers or for requests alone. */
export type Direction = 'request' | 'response';

export interface SchemaOptions {
  readonly direction: Direction;
  /** True: fields are refused that no schema at their place speaks of, where none leaves the place open. */
  readonly refusesUnknown: boolean;
}

/** The check of a schema for one value; compiled on first use, so that schemas may hold themselves. */
export interface Cell {
  run: Check;
}

/** What is known of the place in a value that several schemas speak of together. */
export interface Place {
  /** Fields of the other direction: they need not be there, and must not. */
  readonly foreign: ReadonlySet<string>;
  /** Fields its schemas name outside of alternatives, where unknown ones are refused. */
  readonly closedTo: ReadonlySet<string> | undefined;
  /** True: an alternative that names no fields takes any. */
  readonly bareAlternativesOpen: boolean;
  /** True: the schema at hand is the only one of its place, and refuses unknown fields itself. */
  readonly isAlone: boolean;
}

export interface ResolvedSchema {
  readonly schema: unknown;
  readonly pointer: string;
}

/** What the parts of the compiler need of one another. */
export interface Compiling {
  readonly options: SchemaOptions;
  /** `nullable`, boolean `exclusiveMinimum`, and nothing beside a `$ref` (OpenAPI 3.0). */
  readonly isOpenApi30: boolean;
  /** For a value of its own: a member, an element, a body. */
  cell(schema: unknown, pointer: string): Cell;
  /** For the same value as the schema around it. */
  inPlace(schema: unknown, pointer: string, place: Place): Check;
  /** What a `$ref` leads to. */
  target(reference: JsonRecord, pointer: string): ResolvedSchema;
  /** Components whose `allOf` names this one, by their name. */
  subtypesOf(pointer: string): ReadonlyMap<string, ResolvedSchema>;
}
