/**
 * Why a store could not do what it was asked.
 * `locked` another process holds it · `full` no room on the disk or at its own bound · `corrupt` its file is damaged ·
 * `readonly` · `version` written by a newer release · `io` the system refused · `closed` · `exists` what is to be
 * added is there already · `malformed` what was given is unreadable ·
 * `cursor` the paging cursor is none of this store's.
 */
export type StoreErrorCode =
  | 'locked'
  | 'full'
  | 'corrupt'
  | 'readonly'
  | 'version'
  | 'io'
  | 'closed'
  | 'exists'
  | 'malformed'
  | 'cursor';

/** A failure of a store, of a kind the caller can act on. The message names no stored value. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
