export interface KeyRefusal {
  readonly ok: false;
  /** `not_stored`: in force on every thread, but the store did not take it. */
  readonly code: 'invalid' | 'unknown' | 'already_rotated' | 'revoked' | 'exists' | 'not_stored';
  readonly message: string;
  /** Of a key that was rotated already. */
  readonly successorId?: string;
}

export type KeyResult<T> = ({ readonly ok: true } & T) | KeyRefusal;

export function refused(code: KeyRefusal['code'], message: string): KeyRefusal {
  return { ok: false, code, message };
}
