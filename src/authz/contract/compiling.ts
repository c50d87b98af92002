import type { Check } from './check-run.ts';
import type { JsonRecord } from './json-node.ts';
import type { JsonOctets } from './json-octets.ts';

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

/** Whether the next value in the octets is surely what a schema says. False says nothing: the value has to be checked. */
export type Recogniser = (octets: JsonOctets) => boolean;

/** The recogniser of a schema for one value; compiled on first use too. */
export interface RecogniserCell {
  recognise: Recogniser;
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
  /** For octets of a body, before its value is made. */
  recogniser(schema: unknown, pointer: string): RecogniserCell;
  /** The schema itself, where there is only a reference to it. */
  resolved(schema: unknown, pointer: string): ResolvedSchema;
  /** For the same value as the schema around it. */
  inPlace(schema: unknown, pointer: string, place: Place): Check;
  /** What a `$ref` leads to. */
  target(reference: JsonRecord, pointer: string): ResolvedSchema;
  /** Components whose `allOf` names this one, by their name. */
  subtypesOf(pointer: string): ReadonlyMap<string, ResolvedSchema>;
}
