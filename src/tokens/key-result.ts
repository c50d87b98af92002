import type { ConsumerFault, KeyFault } from './api-key-rules.ts';

export interface KeyRefusal {
  readonly ok: false;
  /** `not_stored`: in force on every thread, but the store did not take it. */
  readonly code: 'invalid' | 'unknown' | 'already_rotated' | 'revoked' | 'exists' | 'not_stored';
  readonly message: string;
  /** Of what is wrong with a key or consumer: the field it stands in. */
  readonly field?: (KeyFault | ConsumerFault)['field'];
  /** Of a key that was rotated already. */
  readonly successorId?: string;
}

export type KeyResult<T> = ({ readonly ok: true } & T) | KeyRefusal;

export function refused(code: KeyRefusal['code'], message: string): KeyRefusal {
  return { ok: false, code, message };
}

export function refusedFor({ field, message }: KeyFault | ConsumerFault): KeyRefusal {
  return { ok: false, code: 'invalid', message, field };
}
