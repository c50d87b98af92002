import type { ImportNote } from './import-notes.ts';

export type SourceFormat = 'openapi' | 'kong' | 'nginx';

export interface Imported {
  readonly format: SourceFormat;
  /** A configuration that loads once `variables` are set. */
  readonly yaml: string;
  readonly notes: readonly ImportNote[];
  readonly routes: number;
  /** Operations or rules of the source. */
  readonly operations: number;
  /** Environment variables the configuration refers to: secrets, which are never copied. */
  readonly variables: readonly string[];
}

export type ImportResult =
  | { readonly ok: true; readonly imported: Imported }
  | { readonly ok: false; readonly line: number; readonly problem: string };

export interface ImportOptions {
  /** Name of the file, for the first line of what is written. */
  readonly fileName: string;
  /** The file as seen from the configuration that is written; without it `./` and its name. */
  readonly documentPath?: string | undefined;
  /** Origin of the API, over what the source says. */
  readonly upstreamUrl?: string | undefined;
}
