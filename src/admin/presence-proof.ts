import { createHmac, timingSafeEqual } from 'node:crypto';

/** Field a caller of `/livez` sends what it made up in, and the field of the answer. */
export const CHALLENGE_FIELD = 'sallyport-challenge';
export const PROOF_FIELD = 'sallyport-proof';

const CHALLENGE = /^[A-Za-z0-9_-]{22,86}$/;

/**
 * Proves to who has the admin token that the one who answers on a port has it too, without telling it: HMAC-SHA-256 over the
 * port and what the caller made up. The port is in it, so that nobody passes the question on to a gateway on another one.
 * Undefined where the challenge is none.
 */
export function presenceProof(token: string, port: number, challenge: string): string | undefined {
  if (!CHALLENGE.test(challenge)) return undefined;
  return createHmac('sha256', token).update(`sallyport presence ${port} ${challenge}`).digest('base64url');
}

/** Compares in time that does not depend on where they differ. */
export function isPresenceProof(given: string, token: string, port: number, challenge: string): boolean {
  const expected = Buffer.from(presenceProof(token, port, challenge) ?? '');
  const bytes = Buffer.from(given);
  return expected.length > 0 && bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
