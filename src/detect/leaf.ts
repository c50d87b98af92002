/** Where in a call a value stood: some classes are judged by it, and an operator finds the value by it. */
export type LeafLocation =
  | 'path'
  | 'query'
  | 'header'
  | 'cookie'
  | 'form'
  | 'json'
  | 'multipart'
  | 'xml'
  | 'graphql'
  | 'protobuf'
  | 'token'
  | 'raw';

/** One value or one name a call carries. */
export interface Leaf {
  readonly location: LeafLocation;
  /** The text is a name (of a parameter, field, header, file), not a value. */
  readonly isKey: boolean;
  /** Hierarchical key path as text, for instance `body.items[].note`. */
  readonly path: string;
  readonly text: string;
  /** Decoders applied before, outermost first: `json-string`, `base64url`, … */
  readonly decoded: readonly string[];
}
