import type { AccessConditions } from './access.ts';

/** What has to be so of a caller and a call: every scope, and every condition. */
export interface FieldTerms {
  readonly scopes: readonly string[];
  readonly conditions: AccessConditions;
}

export type RequestVerb = 'allow' | 'drop' | 'deny';
export type ResponseVerb = 'allow' | 'mask' | 'drop' | 'deny';

/** What is done with the fields of bodies that lie on these paths. */
export interface FieldRule<Verb extends ResponseVerb> {
  readonly verb: Verb;
  /** In the form `parseFieldPath` reads. */
  readonly paths: readonly string[];
  /** It counts where these hold; undefined: always. */
  readonly if: FieldTerms | undefined;
  /** It does not count where these hold; undefined: it does. */
  readonly unless: FieldTerms | undefined;
}

/** Which fields of bodies a caller may set and see. */
export interface FieldRules {
  readonly request: readonly FieldRule<RequestVerb>[];
  readonly response: readonly FieldRule<ResponseVerb>[];
  /** What is done with fields of requests that no rule allows, where one rule allows. */
  readonly otherFields: 'deny' | 'drop';
  /** What is done with bodies that are not JSON. */
  readonly otherTypes: 'deny' | 'pass';
}

/** Whose the rows of an answer are. */
export interface RowRule {
  /** Path of the rows, in the form `parseFieldPath` reads. */
  readonly at: string;
  /** Expression (CEL) over `row` and the call that says whether a row is the caller's. */
  readonly owner: string;
  readonly do: 'report' | 'drop' | 'deny';
}
