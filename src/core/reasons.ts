import { ACCESS_REASONS } from './reasons/access.ts';
import { AUTHENTICATION_REASONS } from './reasons/authentication.ts';
import { CONTENT_REASONS } from './reasons/content.ts';
import { FORWARDING_REASONS } from './reasons/forwarding.ts';
import { GRAPHQL_REASONS } from './reasons/graphql.ts';
import { PAYLOAD_REASONS } from './reasons/payload.ts';
import type { Reason } from './reasons/reason.ts';
import { REQUEST_REASONS } from './reasons/request.ts';

export type { Reason } from './reasons/reason.ts';

/**
 * The catalogue of reasons: the only texts a caller ever gets.
 * `status` and `title` are public; why exactly a call was refused stands in its event, not in the answer.
 * Codes are stable: documents, clients and stored events rely on them.
 */
export const REASONS = {
  ...REQUEST_REASONS,
  ...AUTHENTICATION_REASONS,
  ...ACCESS_REASONS,
  ...CONTENT_REASONS,
  ...GRAPHQL_REASONS,
  ...PAYLOAD_REASONS,
  ...FORWARDING_REASONS,
} as const satisfies Record<string, Reason>;

export type ReasonCode = keyof typeof REASONS;

/** Looks a reason up with the interface's type, so that optional fields are visible. */
export function reasonOf(code: ReasonCode): Reason {
  return REASONS[code];
}

/** The code shown to the caller: unknown, wrong, expired and revoked credentials look alike. */
export function publicCode(code: ReasonCode): string {
  return reasonOf(code).publicCode ?? code;
}
